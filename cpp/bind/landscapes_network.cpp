// The landscapes whose points are weights of a network.
#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/landscapes/deep_linear_network.hpp"
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
  py::class_<DeepLinearNetwork, Landscape, std::shared_ptr<DeepLinearNetwork>>(m, "DeepLinearNetwork")
      .def(py::init([](const Array& x, const Array& y, const std::vector<int>& hidden) {
             if (x.ndim() != 2 || y.ndim() != 2 || x.shape(0) != y.shape(0))
               throw std::invalid_argument("X and Y must have as many rows");
             std::vector<int> widths{static_cast<int>(x.shape(1))};
             widths.insert(widths.end(), hidden.begin(), hidden.end());
             widths.push_back(static_cast<int>(y.shape(1)));
             return std::make_shared<DeepLinearNetwork>(x.data(), y.data(), static_cast<int>(x.shape(0)), widths);
           }),
           py::arg("X"), py::arg("Y"), py::arg("hidden"));
  py::class_<SmallDataNetwork, Landscape, std::shared_ptr<SmallDataNetwork>>(m, "SmallDataNetwork")
      .def(py::init<Activation>(), py::arg("activation"));
}

}  // namespace saddlesim::bind
