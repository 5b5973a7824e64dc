// One function for each binding file; module.cpp calls them in order.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <vector>

namespace saddlesim::bind {

void register_random(pybind11::module_& m);
void register_landscapes(pybind11::module_& m);
void register_initials(pybind11::module_& m);
void register_methods(pybind11::module_& m);
void register_escapes(pybind11::module_& m);
void register_simulate(pybind11::module_& m);
void register_simulate_octopus(pybind11::module_& m);
void register_trace(pybind11::module_& m);
void register_info(pybind11::module_& m);

using Array = pybind11::array_t<double, pybind11::array::c_style | pybind11::array::forcecast>;

inline std::vector<double> to_vector(const Array& a) { return {a.data(), a.data() + a.size()}; }

}  // namespace saddlesim::bind
