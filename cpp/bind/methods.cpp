#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/methods/noisy_gradient_descent.hpp"
#include "saddlesim/methods/perturbed_gradient_descent.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_methods(py::module_& m) {
  py::enum_<NoiseLaw>(m, "NoiseLaw")
      .value("gaussian", NoiseLaw::gaussian)
      .value("sphere", NoiseLaw::sphere)
      .value("ball", NoiseLaw::ball);
  py::class_<Method, std::shared_ptr<Method>>(m, "Method");
  py::class_<GradientDescent, Method, std::shared_ptr<GradientDescent>>(m, "GradientDescent")
      .def(py::init<double>(), py::arg("step_size"));
  py::class_<NoisyGradientDescent, Method, std::shared_ptr<NoisyGradientDescent>>(m, "NoisyGradientDescent")
      .def(py::init<double, double, NoiseLaw, std::uint64_t>(), py::arg("step_size"), py::arg("scale"), py::arg("law"),
           py::arg("key"));
  py::class_<PerturbedGradientDescent, Method, std::shared_ptr<PerturbedGradientDescent>>(m, "PerturbedGradientDescent")
      .def(py::init<double, double, double, std::int64_t, std::optional<double>, std::uint64_t>(), py::arg("step_size"),
           py::arg("radius"), py::arg("gradient_threshold"), py::arg("min_interval"), py::arg("value_threshold"),
           py::arg("key"));
}

}  // namespace saddlesim::bind
