#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <chrono>
#include <optional>

#include "register.hpp"
#include "saddlesim/engine.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

template <class T>
using Column = py::array_t<T>;
using ProgressCallback = py::typing::Callable<py::object(std::uint64_t, std::uint64_t)>;

// What simulate() returns: a column of each result, and what is known of the run.
struct Columns {
  Column<std::int64_t> steps, perturbations;
  Column<std::int8_t> outcome;
  Column<bool> underflowed;
  Column<double> value, gradient_norm;
  std::optional<Column<std::int64_t>> saddle_exits;
  Diagnostics diagnostics;
  double seconds = 0.0;

  Columns(py::ssize_t rows, int exits)
      : steps(rows), perturbations(rows), outcome(rows), underflowed(rows), value(rows), gradient_norm(rows) {
    if (exits > 0) saddle_exits.emplace(std::vector<py::ssize_t>{rows, exits});
  }
  Results results() {
    return {steps.mutable_data(),         outcome.mutable_data(),
            underflowed.mutable_data(),   value.mutable_data(),
            gradient_norm.mutable_data(), perturbations.mutable_data(),
            saddle_exits ? saddle_exits->mutable_data() : nullptr};
  }
};

// Runs with the GIL released; takes it some twenty times a second to look for Ctrl-C and to report progress.
Columns simulate_run(const Landscape& landscape, const Initial& initial, const Method& method, const Escape& escape,
                     std::uint64_t key, std::uint64_t first, std::uint64_t count, std::int64_t max_steps, int threads,
                     bool record_saddle_exits, const std::optional<ProgressCallback>& progress) {
  Columns columns(static_cast<py::ssize_t>(count), record_saddle_exits ? landscape.dim() : 0);
  const Results results = columns.results();
  const Run run{landscape, initial, method, escape, key, first, count, max_steps, threads};

  const auto poll = [&](std::uint64_t finished) {
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

  const auto start = std::chrono::steady_clock::now();
  {
    const py::gil_scoped_release unlocked;
    columns.diagnostics = simulate(run, results, poll);
  }
  columns.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return columns;
}

}  // namespace

void register_simulate(py::module_& m) {
  py::class_<Columns>(m, "Columns")
      .def_readonly("steps", &Columns::steps)
      .def_readonly("outcome", &Columns::outcome)
      .def_readonly("underflowed", &Columns::underflowed)
      .def_readonly("value", &Columns::value)
      .def_readonly("gradient_norm", &Columns::gradient_norm)
      .def_readonly("perturbations", &Columns::perturbations)
      .def_readonly("saddle_exits", &Columns::saddle_exits)
      .def_readonly("seconds", &Columns::seconds)
      .def_property_readonly("interrupted", [](const Columns& c) { return c.diagnostics.stopped; })
      .def_property_readonly("trajectory_steps", [](const Columns& c) { return c.diagnostics.trajectory_steps; })
      .def_property_readonly("lane_steps", [](const Columns& c) { return c.diagnostics.lane_steps; });
  m.def("simulate", &simulate_run, py::arg("landscape"), py::arg("initial"), py::arg("method"), py::arg("escape"),
        py::kw_only(), py::arg("key"), py::arg("first"), py::arg("count"), py::arg("max_steps"), py::arg("threads"),
        py::arg("record_saddle_exits"), py::arg("progress"),
        "Runs trajectories first, ..., first + count - 1; max_steps < 0 means no budget.");
}

}  // namespace saddlesim::bind
