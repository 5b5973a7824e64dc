#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/initial.hpp"
#include "saddlesim/landscape.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

Array sample(const Initial& initial, std::uint64_t key, std::uint64_t first, py::ssize_t count, int dim) {
  Array out({count, static_cast<py::ssize_t>(dim)});
  double* to = out.mutable_data();
  const py::gil_scoped_release unlocked;
  const PhiloxKey keys(key);
  for (py::ssize_t i = 0; i < count; ++i)
    initial.sample(keys, first + static_cast<std::uint64_t>(i), dim, to + i * dim);
  return out;
}

}  // namespace

void register_initials(py::module_& m) {
  py::class_<Initial, std::shared_ptr<Initial>>(m, "Initial")
      .def("sample", &sample, py::arg("key"), py::arg("first"), py::arg("count"), py::arg("dim"),
           "The start points of trajectories first, ..., first + count - 1: shape (count, dim).");
  m.def(
      "uniform",
      [](double low, double high) -> std::shared_ptr<Initial> { return std::make_shared<UniformInitial>(low, high); },
      py::arg("low"), py::arg("high"));
  const auto radial = [&](const char* name, RadialInitial::Law law) {
    m.def(
        name,
        [law](double scale, const Array& center) -> std::shared_ptr<Initial> {
          return std::make_shared<RadialInitial>(law, scale, to_vector(center));
        },
        py::arg("scale"), py::arg("center"));
  };
  radial("gaussian", RadialInitial::Law::gaussian);
  radial("sphere", RadialInitial::Law::sphere);
  radial("ball", RadialInitial::Law::ball);
  m.def(
      "scaled",
      [](const Array& scales) -> std::shared_ptr<Initial> {
        return std::make_shared<ScaledInitial>(to_vector(scales));
      },
      py::arg("scales"));
  m.def(
      "repeated",
      [](const std::shared_ptr<Initial>& initial, int count, std::vector<int> sources) -> std::shared_ptr<Initial> {
        for (const int source : sources) {
          if ((source < 0 ? ~source : source) >= count) throw std::invalid_argument("sources must be less than count");
        }
        return std::make_shared<RepeatedInitial>(initial, count, std::move(sources));
      },
      py::arg("initial"), py::arg("count"), py::arg("sources"));
  m.def(
      "retracted",
      [](const std::shared_ptr<Initial>& initial, const Landscape& landscape) -> std::shared_ptr<Initial> {
        return std::make_shared<RetractedInitial>(initial, landscape.spheres());
      },
      py::arg("initial"), py::arg("landscape"));
  m.def(
      "at",
      [](const Array& points) -> std::shared_ptr<Initial> {
        if (points.ndim() != 2) throw std::invalid_argument("points must have shape (n, dim)");
        return std::make_shared<PointInitial>(to_vector(points), static_cast<int>(points.shape(1)));
      },
      py::arg("points"));
}

}  // namespace saddlesim::bind
