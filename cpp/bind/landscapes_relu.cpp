// Two-layer ReLU networks, which tell their outputs too.
#include "register.hpp"
#include "saddlesim/landscapes/two_layer_relu.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

// The outputs of one network.
Array predictions(const TwoLayerReLU& f, const Array& point) {
  if (point.size() != f.dim()) throw std::invalid_argument("point must have dim numbers");
  const std::vector<Real> x = to_real(point.data(), static_cast<std::size_t>(f.dim()));
  std::vector<Real> outputs(static_cast<std::size_t>(f.samples()));
  Block scratch(f.solo_scratch());
  Team alone(1);
  f.solo_predict(x.data(), outputs.data(), scratch.data(), alone);
  Array out(f.samples());
  std::copy(outputs.begin(), outputs.end(), out.mutable_data());
  return out;
}

}  // namespace

void register_relu_landscapes(py::module_& m) {
  py::class_<TwoLayerReLU, Landscape, std::shared_ptr<TwoLayerReLU>>(m, "TwoLayerReLU")
      .def(py::init([](const Array& X, const Array& y, const Array& signs) {
             if (X.ndim() != 2 || X.shape(0) != y.size()) throw std::invalid_argument("X must have a row for each y");
             return std::make_shared<TwoLayerReLU>(X.data(), to_vector(y), static_cast<int>(X.shape(1)),
                                                   to_vector(signs));
           }),
           py::arg("X"), py::arg("y"), py::arg("signs"))
      .def("predictions", &predictions, py::arg("point"), "The outputs at one point, one for each row of X.");
}

}  // namespace saddlesim::bind
