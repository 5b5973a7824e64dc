// One function for each binding file; module.cpp calls them in order.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace saddlesim::bind {

void register_random(pybind11::module_& m);
void register_custom(pybind11::module_& m);
void register_landscapes(pybind11::module_& m);
void register_matrix_landscapes(pybind11::module_& m);
void register_deep_landscapes(pybind11::module_& m);
void register_network_landscapes(pybind11::module_& m);
void register_relu_landscapes(pybind11::module_& m);
void register_tensor_landscapes(pybind11::module_& m);
void register_dense(pybind11::module_& m);
void register_follow(pybind11::module_& m);
void register_flow(pybind11::module_& m);
void register_samples(pybind11::module_& m);
void register_frame(pybind11::module_& m);
void register_initials(pybind11::module_& m);
void register_methods(pybind11::module_& m);
void register_escapes(pybind11::module_& m);
void register_simulate(pybind11::module_& m);
void register_simulate_octopus(pybind11::module_& m);
void register_spectrum(pybind11::module_& m);
void register_trace(pybind11::module_& m);
void register_network(pybind11::module_& m);
void register_limits(pybind11::module_& m);
void register_info(pybind11::module_& m);

using Array = pybind11::array_t<double, pybind11::array::c_style | pybind11::array::forcecast>;

// The size of a square matrix.
inline int square(const char* name, const Array& a) {
  if (a.ndim() != 2 || a.shape(0) != a.shape(1)) throw std::invalid_argument(std::string(name) + " must be square");
  return static_cast<int>(a.shape(0));
}

// The number n of rows of data (n, d) that come with n targets.
inline int samples(const Array& data, const Array& targets) {
  if (data.ndim() != 2 || targets.ndim() != 1 || data.shape(0) != targets.shape(0))
    throw std::invalid_argument("data and targets must have the shapes (n, d) and (n,)");
  return static_cast<int>(data.shape(0));
}

inline std::vector<double> to_vector(const Array& a) { return {a.data(), a.data() + a.size()}; }

}  // namespace saddlesim::bind
