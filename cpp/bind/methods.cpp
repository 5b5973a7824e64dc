#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/methods/accelerated.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/methods/momentum.hpp"
#include "saddlesim/methods/negative_curvature.hpp"
#include "saddlesim/methods/noisy_gradient_descent.hpp"
#include "saddlesim/methods/perturbed_gradient_descent.hpp"
#include "saddlesim/methods/stochastic_gradient_descent.hpp"

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
  py::class_<HeavyBall, Method, std::shared_ptr<HeavyBall>>(m, "HeavyBall")
      .def(py::init<double, double>(), py::arg("step_size"), py::arg("momentum"));
  py::class_<Nesterov, Method, std::shared_ptr<Nesterov>>(m, "Nesterov")
      .def(py::init<double, double>(), py::arg("step_size"), py::arg("momentum"));
  py::class_<PerturbedAccelerated, Method, std::shared_ptr<PerturbedAccelerated>>(m, "PerturbedAccelerated")
      .def(py::init([](double step_size, double theta, double gamma, double reach, double radius,
                       double gradient_threshold, std::int64_t min_interval, std::uint64_t key) {
             return std::make_shared<PerturbedAccelerated>(
                 PerturbedAccelerated::Parameters{step_size, theta, gamma, reach},
                 Kicks(radius, gradient_threshold, min_interval, key));
           }),
           py::arg("step_size"), py::arg("theta"), py::arg("gamma"), py::arg("reach"), py::arg("radius"),
           py::arg("gradient_threshold"), py::arg("min_interval"), py::arg("key"));
  py::class_<NegativeCurvatureDescent, Method, std::shared_ptr<NegativeCurvatureDescent>>(m, "NegativeCurvatureDescent")
      .def(
          py::init([](double step_size, double gradient_threshold, double curvature_tolerance, double hessian_lipschitz,
                      bool by_gradients, double probe_radius, std::int64_t most_probes, std::uint64_t key) {
            return std::make_shared<NegativeCurvatureDescent>(
                NegativeCurvatureDescent::Parameters{step_size, gradient_threshold, curvature_tolerance,
                                                     hessian_lipschitz, by_gradients, probe_radius, most_probes},
                key);
          }),
          py::arg("step_size"), py::arg("gradient_threshold"), py::arg("curvature_tolerance"),
          py::arg("hessian_lipschitz"), py::arg("by_gradients"), py::arg("probe_radius"), py::arg("most_probes"),
          py::arg("key"));
  py::class_<GaussianNoise>(m, "GaussianNoise")
      .def_static("isotropic", &GaussianNoise::isotropic, py::arg("scale"))
      .def_static(
          "diagonal", [](const Array& scales) { return GaussianNoise::diagonal(to_vector(scales)); }, py::arg("scales"))
      .def_static(
          "factor",
          [](const Array& l) {
            if (l.ndim() != 2) throw std::invalid_argument("l must be a matrix");
            return GaussianNoise::factor(l.data(), static_cast<int>(l.shape(0)), static_cast<int>(l.shape(1)));
          },
          py::arg("l"));
  py::class_<StochasticGradientDescent, Method, std::shared_ptr<StochasticGradientDescent>>(m,
                                                                                            "StochasticGradientDescent")
      .def(py::init([](double step_size, const GaussianNoise& noise,
                       const std::optional<std::shared_ptr<Samples>>& samples, std::int64_t batch, bool replacement,
                       std::uint64_t key) {
             return std::make_shared<StochasticGradientDescent>(step_size, noise, samples.value_or(nullptr), batch,
                                                                replacement, key);
           }),
           py::arg("step_size"), py::arg("noise"), py::arg("samples"), py::arg("batch"), py::arg("replacement"),
           py::arg("key"));
}

}  // namespace saddlesim::bind
