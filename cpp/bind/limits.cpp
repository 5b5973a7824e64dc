#include "saddlesim/limits.hpp"

#include "register.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_limits(py::module_& m) {
  const py::call_guard<py::gil_scoped_release> unlocked;
  m.def("fma_flops", &fma_flops, py::arg("seconds"), unlocked,
        "Operations a second of one thread that does nothing but fused multiply-adds.");
  m.def("fma_operations", &fma_operations, py::arg("seconds"), unlocked,
        "Such operations that one thread gets done in so many seconds, beside whatever else runs.");
  m.def("triad_bandwidth", &triad_bandwidth, py::arg("bytes"), py::arg("seconds"), unlocked,
        "Bytes a second of a = b + s c on arrays of so many bytes in all.");
  m.def("gradients", &gradients, py::arg("landscape"), py::arg("seconds"), unlocked,
        "Gradients a second of points that stay in the cache, on one thread.");
  m.def("philox_words", &philox_words, py::arg("seconds"), unlocked, "32-bit random words a second.");
  m.def("normals_single", &normals_single, py::arg("seconds"), unlocked,
        "Normal deviates of single-precision resolution a second.");
  m.def("normals_double", &normals_double, py::arg("seconds"), unlocked, "Normal deviates of 53 bits a second.");
}

}  // namespace saddlesim::bind
