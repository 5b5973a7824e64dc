#include <pybind11/eigen.h>

#include "columns.hpp"
#include "saddlesim/evaluate.hpp"
#include "saddlesim/landscapes/octopus.hpp"
#include "saddlesim/landscapes/quadratic.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

// Makes an array of shape `shape` and fills it with the GIL released; empty after Ctrl-C.
template <class Evaluate>
Array evaluated(const Landscape& landscape, const Array& points, int threads, const std::vector<py::ssize_t>& shape,
                Evaluate evaluate) {
  const std::size_t count = check_points(landscape, points);
  Array out(shape);
  double* to = out.mutable_data();
  run_to_end(count, [&](const auto& poll) {
    return evaluate(Evaluation{landscape, points.data(), count, threads, poll}, to);
  });
  return out;
}

Array value(const Landscape& landscape, const Array& points, int threads) {
  return evaluated(landscape, points, threads, {points.shape(0)}, evaluate_value);
}

Array gradient(const Landscape& landscape, const Array& points, int threads) {
  return evaluated(landscape, points, threads, {points.shape(0), points.shape(1)}, evaluate_gradient);
}

Array hvp(const Landscape& landscape, const Array& points, const Array& vectors, int threads) {
  if (check_points(landscape, vectors) != check_points(landscape, points))
    throw std::invalid_argument("vectors must have the shape of points");
  return evaluated(landscape, points, threads, {points.shape(0), points.shape(1)},
                   [&](const Evaluation& at, double* to) { return evaluate_hvp(at, vectors.data(), to); });
}

// The rows of x, moved onto the landscape's manifold.
Array retract(const Landscape& landscape, const Array& points) {
  const std::size_t count = check_points(landscape, points), dim = static_cast<std::size_t>(landscape.dim());
  Array out({points.shape(0), points.shape(1)});
  BlockOf<Doubles> x(landscape.dim());
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < dim; ++j) x[static_cast<int>(j)] = Doubles(points.data()[i * dim + j]);
    landscape.spheres().retract(x.data());
    for (std::size_t j = 0; j < dim; ++j) out.mutable_data()[i * dim + j] = x[static_cast<int>(j)][0];
  }
  return out;
}

}  // namespace

void register_landscapes(py::module_& m) {
  py::class_<Landscape, std::shared_ptr<Landscape>>(m, "Landscape")
      .def_property_readonly("dim", &Landscape::dim)
      .def("value", &value, py::arg("points"), py::arg("threads"))
      .def("gradient", &gradient, py::arg("points"), py::arg("threads"))
      .def("hvp", &hvp, py::arg("points"), py::arg("vectors"), py::arg("threads"))
      .def("retract", &retract, py::arg("points"));
  py::class_<QuadraticSaddle, Landscape, std::shared_ptr<QuadraticSaddle>>(m, "QuadraticSaddle")
      .def(py::init<Eigen::VectorXd, const std::optional<RowMatrix>&>(), py::arg("eigenvalues"), py::arg("rotation"));
  py::class_<Octopus, Landscape, std::shared_ptr<Octopus>>(m, "Octopus")
      .def(py::init<int, double, double, double>(), py::arg("dim"), py::arg("L"), py::arg("gamma"), py::arg("tau"));
}

}  // namespace saddlesim::bind
