#include "saddlesim/frame.hpp"

#include <utility>

#include "register.hpp"
#include "saddlesim/symmetric_eigen.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

using Turn = void (Frame::*)(const double*, double*) const;

// All rows of points, shape (n, dim).
template <Turn kTurn>
Array turn(const Frame& frame, const Array& points) {
  if (points.ndim() != 2 || points.shape(1) != frame.dim())
    throw std::invalid_argument("points must have shape (n, dim)");
  Array turned({points.shape(0), points.shape(1)});
  double* to = turned.mutable_data();
  const double* from = points.data();
  const py::ssize_t rows = points.shape(0);
  const py::gil_scoped_release unlocked;
  for (py::ssize_t i = 0; i < rows; ++i) (frame.*kTurn)(from + i * frame.dim(), to + i * frame.dim());
  return turned;
}

std::pair<Array, Array> eigen(const Array& matrix) {
  const int size = square("matrix", matrix);
  const SymmetricEigen found = [&] {
    const py::gil_scoped_release unlocked;
    return symmetric_eigen(matrix.data(), size);
  }();
  return {Array(py::ssize_t{size}, found.values.data()),
          Array({py::ssize_t{size}, py::ssize_t{size}}, found.vectors.data())};
}

}  // namespace

void register_frame(py::module_& m) {
  py::class_<Frame>(m, "Frame")
      .def(py::init([](const Array& q, int columns) { return Frame(q.data(), square("q", q), columns); }), py::arg("q"),
           py::arg("columns"))
      .def("enter", &turn<&Frame::enter>, py::arg("points"), "Q'U of each point U, a row each.")
      .def("leave", &turn<&Frame::leave>, py::arg("points"), "Q U of each point U, a row each.");
  m.def(
      "framed",
      [](const std::shared_ptr<Initial>& initial, const Frame& frame) -> std::shared_ptr<Initial> {
        return std::make_shared<FramedInitial>(initial, frame);
      },
      py::arg("initial"), py::arg("frame"));
  m.def("symmetric_eigen", &eigen, py::arg("matrix"),
        "Eigenvalues, the largest magnitudes first and rounding taken as 0, and eigenvectors as columns.");
}

}  // namespace saddlesim::bind
