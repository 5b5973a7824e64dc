#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <chrono>
#include <optional>

#include "register.hpp"
#include "saddlesim/engine.hpp"
#include "saddlesim/exact/octopus_times.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

template <class T>
using Column = py::array_t<T>;
using ProgressCallback = py::typing::Callable<py::object(std::uint64_t, std::uint64_t)>;

// The columns that are made on request only.
struct Records {
  bool saddle_exits, points;
};

// What simulate() returns: a column of each result, and what is known of the run.
struct Columns {
  Column<std::int64_t> steps, perturbations;
  Column<std::int8_t> outcome;
  Column<bool> underflowed;
  Column<double> value, gradient_norm;
  std::optional<Column<std::int64_t>> saddle_exits;
  std::optional<Column<double>> points;
  Diagnostics diagnostics;
  double seconds = 0.0;

  Columns(py::ssize_t rows, py::ssize_t dim, const Records& records)
      : steps(rows), perturbations(rows), outcome(rows), underflowed(rows), value(rows), gradient_norm(rows) {
    if (records.saddle_exits) saddle_exits.emplace(std::vector<py::ssize_t>{rows, dim});
    if (records.points) points.emplace(std::vector<py::ssize_t>{rows, dim});
  }
  Results results() {
    return {steps.mutable_data(),         outcome.mutable_data(),
            underflowed.mutable_data(),   value.mutable_data(),
            gradient_norm.mutable_data(), perturbations.mutable_data(),
            saddle_exits ? saddle_exits->mutable_data() : nullptr,
            points ? points->mutable_data() : nullptr};
  }
};

// Looks for Ctrl-C and reports progress; false asks the run to stop.
std::function<bool(std::uint64_t)> polling(const std::optional<ProgressCallback>& progress, std::uint64_t count) {
  return [&progress, count](std::uint64_t finished) {
    const py::gil_scoped_acquire locked;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (progress) (*progress)(finished, count);
    } catch (py::error_already_set& error) {
      if (!error.matches(PyExc_KeyboardInterrupt)) throw;
      return false;  // the caller gets what there is, marked as interrupted
    }
    return true;
  };
}

// Runs with the GIL released, and takes the time.
template <class Simulate>
void run_into(Columns& columns, Simulate simulate) {
  const auto start = std::chrono::steady_clock::now();
  {
    const py::gil_scoped_release unlocked;
    columns.diagnostics = simulate();
  }
  columns.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Columns simulate_run(const Landscape& landscape, const Initial& initial, const Method& method, const Escape& escape,
                     std::uint64_t key, std::uint64_t first, std::uint64_t count, std::int64_t max_steps, int threads,
                     const Records& record, const std::optional<ProgressCallback>& progress) {
  Columns columns(static_cast<py::ssize_t>(count), landscape.dim(), record);
  const Results results = columns.results();
  const Run run{landscape, initial, method, escape, key, first, count, max_steps, threads};
  run_into(columns, [&] { return simulate(run, results, polling(progress, count)); });
  return columns;
}

struct ExactColumns : Columns {
  Column<double> log10_steps, tie_distance, underflow_margin;
  Column<bool> redone;
  std::optional<Column<double>> log10_saddle_exits;

  ExactColumns(py::ssize_t rows, py::ssize_t dim, const Records& records)
      : Columns(rows, dim, records), log10_steps(rows), tie_distance(rows), underflow_margin(rows), redone(rows) {
    if (records.saddle_exits) log10_saddle_exits.emplace(std::vector<py::ssize_t>{rows, dim});
  }
  ExactResults exact_results() {
    return {results(),
            log10_steps.mutable_data(),
            log10_saddle_exits ? log10_saddle_exits->mutable_data() : nullptr,
            tie_distance.mutable_data(),
            underflow_margin.mutable_data(),
            redone.mutable_data()};
  }
};

ExactColumns simulate_exact_run(const Octopus& octopus, const Initial& initial, double step_size, const Escape& escape,
                                bool past_last_saddle, std::uint64_t key, std::uint64_t first, std::uint64_t count,
                                std::int64_t max_steps, int threads, const Records& record,
                                const std::optional<ProgressCallback>& progress) {
  ExactColumns columns(static_cast<py::ssize_t>(count), octopus.dim(), record);
  const ExactResults results = columns.exact_results();
  const Search search = past_last_saddle ? Search::past_last_saddle : Search::first_hold;
  const ExactRun run{octopus, initial, step_size, escape, search, key, first, count, max_steps, threads};
  run_into(columns, [&] { return simulate_exactly(run, results, polling(progress, count)); });
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
      .def_readonly("saddle_exits", &Columns::saddle_exits)
      .def_readonly("points", &Columns::points)
      .def_readonly("seconds", &Columns::seconds)
      .def_property_readonly("interrupted", [](const Columns& c) { return c.diagnostics.stopped; })
      .def_property_readonly("trajectory_steps", [](const Columns& c) { return c.diagnostics.trajectory_steps; })
      .def_property_readonly("lane_steps", [](const Columns& c) { return c.diagnostics.lane_steps; });
  py::class_<ExactColumns, Columns>(m, "ExactColumns")
      .def_readonly("log10_steps", &ExactColumns::log10_steps)
      .def_readonly("log10_saddle_exits", &ExactColumns::log10_saddle_exits)
      .def_readonly("tie_distance", &ExactColumns::tie_distance)
      .def_readonly("underflow_margin", &ExactColumns::underflow_margin)
      .def_readonly("redone", &ExactColumns::redone);
  m.def("simulate", &simulate_run, py::arg("landscape"), py::arg("initial"), py::arg("method"), py::arg("escape"),
        py::kw_only(), py::arg("key"), py::arg("first"), py::arg("count"), py::arg("max_steps"), py::arg("threads"),
        py::arg("record"), py::arg("progress"),
        "Runs trajectories first, ..., first + count - 1; max_steps < 0 means no budget.");
  m.def("simulate_exactly", &simulate_exact_run, py::arg("octopus"), py::arg("initial"), py::arg("step_size"),
        py::arg("escape"), py::arg("past_last_saddle"), py::kw_only(), py::arg("key"), py::arg("first"),
        py::arg("count"), py::arg("max_steps"), py::arg("threads"), py::arg("record"), py::arg("progress"),
        "The same for gradient descent on the octopus, stage by stage.");
}

}  // namespace saddlesim::bind
