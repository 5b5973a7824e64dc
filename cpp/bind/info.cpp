#include <pybind11/typing.h>

#include <Eigen/Core>
#include <string>

#include "register.hpp"
#include "saddlesim/lanes.hpp"
#include "saddlesim/parallel.hpp"
#include "saddlesim/solo_run.hpp"
#include "saddlesim/stretch.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

std::string register_name() {
#if SADDLESIM_AVX512
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#elif defined(__SSE2__)
  return "SSE2";
#elif defined(__ARM_NEON)
  return "NEON";
#else
  return "scalar";
#endif
}

std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace

void register_info(py::module_& m) {
  m.def(
      "pin_threads", [](bool pin) { saddlesim::pin_threads = pin; }, py::arg("pin"),
      "Whether runs from now on bind their i-th thread to the i-th processor that the process may use.");
  m.def(
      "use_stretches", [](bool use) { saddlesim::use_stretches = use; }, py::arg("use"),
      "Whether runs from now on take many steps at once where they can. The results do not depend on it.");
  m.def(
      "use_solo", [](bool use) { saddlesim::use_solo = use; }, py::arg("use"),
      "Whether runs from now on take one trajectory at a time where that is quicker. The results do not depend on it.");
  m.def(
      "build_info",
      [] {
        py::typing::Dict<py::str, py::str> info;
        info["version"] = SADDLESIM_VERSION;
        info["isa"] = register_name();
        info["build"] = SADDLESIM_ISA_NAME;
        info["lanes"] = std::to_string(kLanes);
        info["compiler"] = compiler_name();
        info["eigen"] = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                        std::to_string(EIGEN_MINOR_VERSION);
        return info;
      },
      "What this module was built for and with.");
}

}  // namespace saddlesim::bind
