// One point at a time, SIMD running within it.
#include "saddlesim/solo.hpp"

#include "../src/subnormals.hpp"
#include "register.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

const Solo& solo(const Landscape& landscape) {
  const auto* const found = dynamic_cast<const Solo*>(&landscape);
  if (!found) throw std::invalid_argument("landscape must be one that is computed a point at a time");
  return *found;
}

std::vector<Real> solo_point(const Landscape& landscape, const Array& point) {
  if (point.size() != landscape.dim()) throw std::invalid_argument("point must have dim numbers");
  return to_real(point.data(), static_cast<std::size_t>(point.size()));
}

Array solo_array(const std::vector<Real>& found) {
  Array out(static_cast<py::ssize_t>(found.size()));
  std::copy(found.begin(), found.end(), out.mutable_data());
  return out;
}

double solo_value(const Landscape& landscape, const Array& point, int threads) {
  const std::vector<Real> x = solo_point(landscape, point);
  const FlushedSubnormals flushed;
  Block scratch(solo(landscape).solo_scratch());
  Team team(threads);
  return static_cast<double>(solo(landscape).solo_value(x.data(), scratch.data(), team));
}

Array solo_gradient(const Landscape& landscape, const Array& point, int threads) {
  const std::vector<Real> x = solo_point(landscape, point);
  std::vector<Real> found(x.size());
  const FlushedSubnormals flushed;
  Block scratch(solo(landscape).solo_scratch());
  Team team(threads);
  solo(landscape).solo_gradient(x.data(), found.data(), scratch.data(), team);
  return solo_array(found);
}

Array solo_hvp(const Landscape& landscape, const Array& point, const Array& vector, int threads) {
  const std::vector<Real> x = solo_point(landscape, point), v = solo_point(landscape, vector);
  std::vector<Real> found(x.size());
  const FlushedSubnormals flushed;
  Block scratch(solo(landscape).solo_scratch());
  Team team(threads);
  solo(landscape).solo_hvp(x.data(), v.data(), found.data(), scratch.data(), team);
  return solo_array(found);
}

}  // namespace

void register_solo(py::module_& m) {
  m.def("solo_value", &solo_value, py::arg("landscape"), py::arg("point"), py::arg("threads"));
  m.def("solo_gradient", &solo_gradient, py::arg("landscape"), py::arg("point"), py::arg("threads"));
  m.def("solo_hvp", &solo_hvp, py::arg("landscape"), py::arg("point"), py::arg("vector"), py::arg("threads"));
}

}  // namespace saddlesim::bind
