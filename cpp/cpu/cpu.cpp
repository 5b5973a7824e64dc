#include <pybind11/pybind11.h>

#include "level.hpp"

namespace py = pybind11;

namespace {

// The highest level of x86-64 whose instructions the processor has and whose registers the operating system saves;
// 1 on other architectures.
int level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool v2 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
  if (!v2) return 1;
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  if (!v3) return 2;
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 4 : 3;
#else
  return 1;
#endif
}

}  // namespace

PYBIND11_MODULE(_cpu, m, py::mod_gil_not_used()) {
  m.doc() = "What the processor can do.";
  m.def("level", &level, "The level of x86-64 that this processor has, from 1 to 4; 1 on other architectures.");
  m.def("native_level", [] { return saddlesim::cpu::kNativeLevel; }, "The level that a native build needs.");
}
