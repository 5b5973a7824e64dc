#include "saddlesim/escapes.hpp"

#include "register.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_escapes(py::module_& m) {
  py::class_<Escape, std::shared_ptr<Escape>>(m, "Escape");
  py::class_<LeavesBall, Escape, std::shared_ptr<LeavesBall>>(m, "LeavesBall")
      .def(py::init([](const Array& center, double radius) {
             return std::make_shared<LeavesBall>(to_vector(center), radius);
           }),
           py::arg("center"), py::arg("radius"));
  py::class_<LeavesSubspace, Escape, std::shared_ptr<LeavesSubspace>>(m, "LeavesSubspace")
      .def(py::init([](const Array& center, const Array& basis, double radius) {
             if (basis.ndim() != 2 || basis.shape(1) != center.size())
               throw std::invalid_argument("basis must have shape (k, dim)");
             return std::make_shared<LeavesSubspace>(to_vector(center), to_vector(basis), radius);
           }),
           py::arg("center"), py::arg("basis"), py::arg("radius"));
  py::class_<EveryCoordinateBeyond, Escape, std::shared_ptr<EveryCoordinateBeyond>>(m, "EveryCoordinateBeyond")
      .def(py::init<double>(), py::arg("level"));
  py::class_<ValueBelow, Escape, std::shared_ptr<ValueBelow>>(m, "ValueBelow")
      .def(py::init<double>(), py::arg("level"));
  py::class_<GradientBelow, Escape, std::shared_ptr<GradientBelow>>(m, "GradientBelow")
      .def(py::init<double>(), py::arg("level"));
  py::class_<SecondOrderStationary, Escape, std::shared_ptr<SecondOrderStationary>>(m, "SecondOrderStationary")
      .def(py::init<double, double, int>(), py::arg("gradient_tolerance"), py::arg("curvature_tolerance"),
           py::arg("most_products"));
  py::class_<NearMirroredPoint, Escape, std::shared_ptr<NearMirroredPoint>>(m, "NearMirroredPoint")
      .def(py::init<double, double>(), py::arg("target"), py::arg("tolerance"));
}

}  // namespace saddlesim::bind
