#include "saddlesim/flow.hpp"

#include "columns.hpp"

namespace saddlesim::bind {

namespace {

LogColumns integrate_flow_run(const Landscape& landscape, const Initial& initial, const Escape& escape,
                              double relative_tolerance, double absolute_tolerance, std::uint64_t key,
                              std::uint64_t first, std::uint64_t count, std::int64_t max_steps, int threads,
                              const Records& record, const std::optional<ProgressCallback>& progress) {
  LogColumns columns(static_cast<py::ssize_t>(count), landscape.dim(), record);
  const FlowResults results{columns.results(), columns.log10_steps.mutable_data(), columns.log10_exits()};
  const FlowTolerance tolerance{relative_tolerance, absolute_tolerance};
  const IntegratedRun run{landscape, initial, escape, tolerance, key, first, count, max_steps, threads};
  run_into(columns, [&] { return integrate_flow(run, results, polling(progress, count)); });
  return columns;
}

}  // namespace

void register_flow(py::module_& m) {
  py::class_<LogColumns, Columns>(m, "LogColumns")
      .def_readonly("log10_steps", &LogColumns::log10_steps)
      .def_readonly("log10_saddle_exits", &LogColumns::log10_saddle_exits);
  m.def("integrate_flow", &integrate_flow_run, py::arg("landscape"), py::arg("initial"), py::arg("escape"),
        py::arg("relative_tolerance"), py::arg("absolute_tolerance"), py::kw_only(), py::arg("key"), py::arg("first"),
        py::arg("count"), py::arg("max_steps"), py::arg("threads"), py::arg("record"), py::arg("progress"),
        "The same for gradient flow: log10_steps is that of the time, max_steps are steps of integration.");
}

}  // namespace saddlesim::bind
