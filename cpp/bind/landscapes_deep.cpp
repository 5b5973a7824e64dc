// Fully-connected networks of any depth, and what they are made of.
#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/landscapes/deep_network.hpp"
#include "saddlesim/samples/deep.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

void check_samples(const Array& X, const Array& Y, const Layers& layers) {
  if (X.ndim() != 2 || Y.ndim() != 2 || X.shape(0) != Y.shape(0) || X.shape(1) != layers.width(0) ||
      Y.shape(1) != layers.outputs())
    throw std::invalid_argument("X and Y must have as many rows, and as many columns as the layers say");
}

}  // namespace

void register_deep_landscapes(py::module_& m) {
  py::enum_<Activation>(m, "Activation")
      .value("relu", Activation::relu)
      .value("leaky_relu", Activation::leaky_relu)
      .value("sigmoid", Activation::sigmoid)
      .value("tanh", Activation::tanh)
      .value("arctan", Activation::arctan)
      .value("softplus", Activation::softplus)
      .value("quadratic", Activation::quadratic);
  py::enum_<Loss>(m, "Loss").value("squared", Loss::squared).value("logistic", Loss::logistic);
  py::class_<Layers>(m, "Layers")
      .def(py::init<std::vector<int>, const std::vector<double>&, Activation, Loss>(), py::arg("widths"),
           py::arg("scales"), py::arg("activation"), py::arg("loss"));
  py::class_<DeepNetwork, Landscape, std::shared_ptr<DeepNetwork>>(m, "DeepNetwork")
      .def(py::init([](const Array& X, const Array& Y, const Layers& layers) {
             check_samples(X, Y, layers);
             return std::make_shared<DeepNetwork>(X.data(), Y.data(), static_cast<int>(X.shape(0)), layers);
           }),
           py::arg("X"), py::arg("Y"), py::arg("layers"));
  m.def(
      "deep_samples",
      [](const Array& X, const Array& Y, const Layers& layers) -> std::shared_ptr<Samples> {
        check_samples(X, Y, layers);
        return std::make_shared<DeepSamples>(X.data(), Y.data(), static_cast<int>(X.shape(0)), layers);
      },
      py::arg("X"), py::arg("Y"), py::arg("layers"));
}

}  // namespace saddlesim::bind
