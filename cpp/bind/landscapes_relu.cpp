// Two-layer ReLU networks.
#include "register.hpp"
#include "saddlesim/landscapes/two_layer_relu.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_relu_landscapes(py::module_& m) {
  py::class_<TwoLayerReLU, Landscape, std::shared_ptr<TwoLayerReLU>>(m, "TwoLayerReLU")
      .def(py::init([](const Array& X, const Array& y, const Array& signs) {
             if (X.ndim() != 2 || X.shape(0) != y.size()) throw std::invalid_argument("X must have a row for each y");
             return std::make_shared<TwoLayerReLU>(X.data(), to_vector(y), static_cast<int>(X.shape(1)),
                                                   to_vector(signs));
           }),
           py::arg("X"), py::arg("y"), py::arg("signs"));
}

}  // namespace saddlesim::bind
