#include "columns.hpp"

namespace saddlesim::bind {

namespace {

Columns simulate_run(const Landscape& landscape, const Initial& initial, const Method& method, const Escape& escape,
                     std::uint64_t key, std::uint64_t first, std::uint64_t count, std::int64_t max_steps, int threads,
                     const Records& record, const std::optional<ProgressCallback>& progress) {
  Columns columns(static_cast<py::ssize_t>(count), landscape.dim(), record);
  const Results results = columns.results();
  const Run run{landscape, initial, method, escape, key, first, count, max_steps, threads};
  run_into(columns, [&] { return simulate(run, results, polling(progress, count)); });
  return columns;
}

}  // namespace

void register_simulate(py::module_& m) {
  py::class_<Records>(m, "Records")
      .def(py::init([](bool saddle_exits, bool points) { return Records{saddle_exits, points}; }),
           py::arg("saddle_exits"), py::arg("points"));
  py::class_<Columns>(m, "Columns")
      .def_readonly("steps", &Columns::steps)
      .def_readonly("outcome", &Columns::outcome)
      .def_readonly("underflowed", &Columns::underflowed)
      .def_readonly("value", &Columns::value)
      .def_readonly("gradient_norm", &Columns::gradient_norm)
      .def_readonly("perturbations", &Columns::perturbations)
      .def_readonly("gradient_evaluations", &Columns::gradients)
      .def_readonly("value_evaluations", &Columns::values)
      .def_readonly("hessian_vector_products", &Columns::products)
      .def_readonly("saddle_exits", &Columns::saddle_exits)
      .def_readonly("points", &Columns::points)
      .def_readonly("seconds", &Columns::seconds)
      .def_property_readonly("threads", [](const Columns& c) { return c.diagnostics.threads; })
      .def_property_readonly("solo", [](const Columns& c) { return c.diagnostics.solo; })
      .def_property_readonly("interrupted", [](const Columns& c) { return c.diagnostics.stopped; })
      .def_property_readonly("failure", [](const Columns& c) { return raised(c.diagnostics.failure); })
      .def_property_readonly("trajectory_steps", [](const Columns& c) { return c.diagnostics.trajectory_steps; })
      .def_property_readonly("lane_steps", [](const Columns& c) { return c.diagnostics.lane_steps; });
  m.def("simulate", &simulate_run, py::arg("landscape"), py::arg("initial"), py::arg("method"), py::arg("escape"),
        py::kw_only(), py::arg("key"), py::arg("first"), py::arg("count"), py::arg("max_steps"), py::arg("threads"),
        py::arg("record"), py::arg("progress"),
        "Runs trajectories first, ..., first + count - 1; max_steps < 0 means no budget.");
}

}  // namespace saddlesim::bind
