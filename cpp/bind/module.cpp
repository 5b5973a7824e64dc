#include "register.hpp"
#include "saddlesim/real.hpp"

// CMake says how the module is called: one is built for each instruction set and precision (_core_v3, _single_v3, ...).
PYBIND11_MODULE(SADDLESIM_MODULE, m, pybind11::mod_gil_not_used()) {
  using namespace saddlesim::bind;
  // where everybody finds what is in it, whichever was chosen
  m.attr("__name__") = saddlesim::kSingle ? "saddlesim._single" : "saddlesim._core";
  m.doc() = "The C++ core of saddlesim. Arguments are checked by the Python package in front of it.";
  register_landscapes(m);
  register_matrix_landscapes(m);
  register_samples(m);
  register_deep_landscapes(m);
  register_network_landscapes(m);
  register_relu_landscapes(m);
  register_tensor_landscapes(m);
  register_initials(m);
  register_frame(m);
  register_methods(m);
  register_escapes(m);
  register_simulate(m);
  register_dense(m);
  register_info(m);
#if !defined(SADDLESIM_SINGLE)  // what is of double precision by its nature
  register_custom(m);
  register_random(m);
  register_flow(m);
  register_follow(m);
  register_simulate_octopus(m);
  register_spectrum(m);
  register_trace(m);
  register_network(m);
  register_limits(m);
#endif
}
