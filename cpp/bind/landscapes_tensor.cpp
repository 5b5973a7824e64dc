#include "register.hpp"
#include "saddlesim/landscapes/tensor_decomposition.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_tensor_landscapes(py::module_& m) {
  py::enum_<TensorObjective>(m, "TensorObjective")
      .value("one", TensorObjective::one)
      .value("all", TensorObjective::all)
      .value("cp", TensorObjective::cp);
  py::class_<TensorDecomposition, Landscape, std::shared_ptr<TensorDecomposition>>(m, "TensorDecomposition")
      .def(py::init([](const Array& components, int rows, TensorObjective objective, bool riemannian) {
             if (components.ndim() != 2) throw std::invalid_argument("components must have shape (m, d)");
             return std::make_shared<TensorDecomposition>(components.data(), static_cast<int>(components.shape(0)),
                                                          static_cast<int>(components.shape(1)), rows, objective,
                                                          riemannian);
           }),
           py::arg("components"), py::arg("rows"), py::arg("objective"), py::arg("riemannian"));
}

}  // namespace saddlesim::bind
