// The landscapes whose points are weights of a network.
#include "register.hpp"
#include "saddlesim/landscapes/small_data_network.hpp"
#include "saddlesim/landscapes/student_teacher.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_network_landscapes(py::module_& m) {
  py::class_<StudentTeacher, Landscape, std::shared_ptr<StudentTeacher>>(m, "StudentTeacher")
      .def(py::init([](const Array& teacher, int students) {
             if (teacher.ndim() != 2) throw std::invalid_argument("teacher must have shape (k, d)");
             return std::make_shared<StudentTeacher>(teacher.data(), static_cast<int>(teacher.shape(0)),
                                                     static_cast<int>(teacher.shape(1)), students);
           }),
           py::arg("teacher"), py::arg("students"));
  py::enum_<Activation>(m, "Activation")
      .value("relu", Activation::relu)
      .value("leaky_relu", Activation::leaky_relu)
      .value("sigmoid", Activation::sigmoid)
      .value("tanh", Activation::tanh)
      .value("arctan", Activation::arctan);
  py::class_<SmallDataNetwork, Landscape, std::shared_ptr<SmallDataNetwork>>(m, "SmallDataNetwork")
      .def(py::init<Activation>(), py::arg("activation"));
}

}  // namespace saddlesim::bind
