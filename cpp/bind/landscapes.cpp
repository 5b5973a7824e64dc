#include <pybind11/eigen.h>
#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/evaluate.hpp"
#include "saddlesim/landscapes/octopus.hpp"
#include "saddlesim/landscapes/quadratic.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

std::size_t check_points(const Landscape& landscape, const Array& points) {
  if (points.ndim() != 2 || points.shape(1) != landscape.dim())
    throw std::invalid_argument("points must have shape (n, dim)");
  return static_cast<std::size_t>(points.shape(0));
}

Array value(const Landscape& landscape, const Array& points) {
  const std::size_t count = check_points(landscape, points);
  Array out(points.shape(0));
  double* to = out.mutable_data();
  const py::gil_scoped_release unlocked;
  evaluate_value(landscape, points.data(), count, to);
  return out;
}

Array gradient(const Landscape& landscape, const Array& points) {
  const std::size_t count = check_points(landscape, points);
  Array out({points.shape(0), points.shape(1)});
  double* to = out.mutable_data();
  const py::gil_scoped_release unlocked;
  evaluate_gradient(landscape, points.data(), count, to);
  return out;
}

Array hvp(const Landscape& landscape, const Array& points, const Array& vectors) {
  const std::size_t count = check_points(landscape, points);
  if (check_points(landscape, vectors) != count) throw std::invalid_argument("vectors must have the shape of points");
  Array out({points.shape(0), points.shape(1)});
  double* to = out.mutable_data();
  const py::gil_scoped_release unlocked;
  evaluate_hvp(landscape, points.data(), vectors.data(), count, to);
  return out;
}

}  // namespace

void register_landscapes(py::module_& m) {
  py::class_<Landscape, std::shared_ptr<Landscape>>(m, "Landscape")
      .def_property_readonly("dim", &Landscape::dim)
      .def("value", &value, py::arg("points"))
      .def("gradient", &gradient, py::arg("points"))
      .def("hvp", &hvp, py::arg("points"), py::arg("vectors"));
  py::class_<QuadraticSaddle, Landscape, std::shared_ptr<QuadraticSaddle>>(m, "QuadraticSaddle")
      .def(py::init<Eigen::VectorXd, const std::optional<RowMatrix>&>(), py::arg("eigenvalues"), py::arg("rotation"));
  py::class_<Octopus, Landscape, std::shared_ptr<Octopus>>(m, "Octopus")
      .def(py::init<int, double, double, double>(), py::arg("dim"), py::arg("L"), py::arg("gamma"), py::arg("tau"));
}

}  // namespace saddlesim::bind
