#include "saddlesim/follow.hpp"

#include "columns.hpp"

namespace saddlesim::bind {

void register_follow(py::module_& m) {
  py::class_<Follower>(m, "Follower")
      .def(
          "advance",
          [](Follower& follower, double to, const std::optional<ProgressCallback>& progress, std::uint64_t total) {
            const auto poll = polling(progress, total);
            const py::gil_scoped_release unlocked;
            return follower.advance(to, [&](double at) { return poll(static_cast<std::uint64_t>(at)); });
          },
          py::arg("to"), py::arg("progress"), py::arg("total"),
          "Goes on until that step or time; false where Ctrl-C stopped it. progress(step, total) is called meanwhile.")
      .def_property_readonly("at", &Follower::at)
      .def_property_readonly("finite", &Follower::finite)
      .def("value", &Follower::value, py::call_guard<py::gil_scoped_release>())
      .def("gradient_norm", &Follower::gradient_norm, py::call_guard<py::gil_scoped_release>())
      .def(
          "point",
          [](const Follower& follower, int dim) {
            Array x(dim);
            follower.point(x.mutable_data());
            return x;
          },
          py::arg("dim"));
  m.def(
      "follow",
      [](const Landscape& landscape, const Method& method, const Initial& initial, std::uint64_t key,
         std::uint64_t trajectory,
         int threads) { return follow(landscape, method, {initial, key, trajectory}, threads); },
      py::arg("landscape"), py::arg("method"), py::arg("initial"), py::kw_only(), py::arg("key"), py::arg("trajectory"),
      py::arg("threads"), py::keep_alive<0, 1>(), py::keep_alive<0, 2>(),
      "Starts to follow a trajectory of simulate().");
  m.def(
      "follow_flow",
      [](const Landscape& landscape, double relative, double absolute, const Initial& initial, std::uint64_t key,
         std::uint64_t trajectory,
         int threads) { return follow_flow(landscape, {relative, absolute}, {initial, key, trajectory}, threads); },
      py::arg("landscape"), py::arg("relative"), py::arg("absolute"), py::arg("initial"), py::kw_only(), py::arg("key"),
      py::arg("trajectory"), py::arg("threads"), py::keep_alive<0, 1>(), "The same of gradient flow.");
}

}  // namespace saddlesim::bind
