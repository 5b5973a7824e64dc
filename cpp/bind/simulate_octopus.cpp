// The exact paths of the octopus.
#include "columns.hpp"
#include "saddlesim/exact/octopus_flow.hpp"
#include "saddlesim/exact/octopus_kicks.hpp"
#include "saddlesim/exact/octopus_times.hpp"

namespace saddlesim::bind {

namespace {

// Counts with what certifies them.
struct ExactColumns : LogColumns {
  Column<double> tie_distance, underflow_margin;
  Column<bool> redone;

  ExactColumns(py::ssize_t rows, py::ssize_t dim, const Records& records)
      : LogColumns(rows, dim, records), tie_distance(rows), underflow_margin(rows), redone(rows) {}
  ExactResults exact_results() {
    return {results(),
            log10_steps.mutable_data(),
            log10_exits(),
            tie_distance.mutable_data(),
            underflow_margin.mutable_data(),
            redone.mutable_data()};
  }
};

ExactColumns simulate_exact_run(const Octopus& octopus, const Initial& initial, double step_size, const Escape& escape,
                                Search search, double tolerance, std::uint64_t key, std::uint64_t first,
                                std::uint64_t count, std::int64_t max_steps, int threads, const Records& record,
                                const std::optional<ProgressCallback>& progress) {
  ExactColumns columns(static_cast<py::ssize_t>(count), octopus.dim(), record);
  const ExactResults results = columns.exact_results();
  const ExactRun run{octopus, initial, step_size, escape, search, tolerance, key, first, count, max_steps, threads};
  run_into(columns, [&] { return simulate_exactly(run, results, polling(progress, count)); });
  return columns;
}

Columns simulate_kicked_run(const Octopus& octopus, const Initial& initial, double step_size, double radius,
                            double gradient_threshold, std::int64_t min_interval, std::uint64_t key,
                            std::uint64_t first, std::uint64_t count, std::int64_t max_steps, int threads,
                            const Records& record, const std::optional<ProgressCallback>& progress) {
  Columns columns(static_cast<py::ssize_t>(count), octopus.dim(), record);
  const Results results = columns.results();
  const KickedRun run{octopus, initial, step_size, radius, gradient_threshold, min_interval,
                      key,     key,     first,     count,  max_steps,          threads};
  run_into(columns, [&] { return simulate_kicks(run, results, polling(progress, count)); });
  return columns;
}

LogColumns simulate_flow_run(const Octopus& octopus, const Initial& initial, std::uint64_t key, std::uint64_t first,
                             std::uint64_t count, int threads, const Records& record,
                             const std::optional<ProgressCallback>& progress) {
  LogColumns columns(static_cast<py::ssize_t>(count), octopus.dim(), record);
  const FlowResults results{columns.results(), columns.log10_steps.mutable_data(), columns.log10_exits()};
  const FlowRun run{octopus, initial, key, first, count, threads};
  run_into(columns, [&] { return simulate_flow(run, results, polling(progress, count)); });
  return columns;
}

}  // namespace

void register_simulate_octopus(py::module_& m) {
  py::enum_<Search>(m, "Search")
      .value("past_last_saddle", Search::past_last_saddle)
      .value("reaches_minimum", Search::reaches_minimum)
      .value("first_hold", Search::first_hold);
  py::class_<ExactColumns, LogColumns>(m, "ExactColumns")
      .def_readonly("tie_distance", &ExactColumns::tie_distance)
      .def_readonly("underflow_margin", &ExactColumns::underflow_margin)
      .def_readonly("redone", &ExactColumns::redone);
  m.def("simulate_exactly", &simulate_exact_run, py::arg("octopus"), py::arg("initial"), py::arg("step_size"),
        py::arg("escape"), py::arg("search"), py::arg("tolerance"), py::kw_only(), py::arg("key"), py::arg("first"),
        py::arg("count"), py::arg("max_steps"), py::arg("threads"), py::arg("record"), py::arg("progress"),
        "The same for gradient descent on the octopus, stage by stage.");
  m.def("simulate_kicks", &simulate_kicked_run, py::arg("octopus"), py::arg("initial"), py::arg("step_size"),
        py::arg("radius"), py::arg("gradient_threshold"), py::arg("min_interval"), py::kw_only(), py::arg("key"),
        py::arg("first"), py::arg("count"), py::arg("max_steps"), py::arg("threads"), py::arg("record"),
        py::arg("progress"), "The same for perturbed gradient descent on the octopus, past the last saddle.");
  m.def("simulate_flow", &simulate_flow_run, py::arg("octopus"), py::arg("initial"), py::kw_only(), py::arg("key"),
        py::arg("first"), py::arg("count"), py::arg("threads"), py::arg("record"), py::arg("progress"),
        "The same for gradient flow on the octopus, past the last saddle: log10_steps is that of the time.");
}

}  // namespace saddlesim::bind
