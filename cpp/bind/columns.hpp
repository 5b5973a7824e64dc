// What a run gives back to Python, and how it is run: with the GIL released, taken some twenty times a second.
#pragma once

#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <chrono>
#include <optional>

#include "register.hpp"
#include "saddlesim/engine.hpp"

namespace saddlesim::bind {

namespace py = pybind11;

template <class T>
using Column = py::array_t<T>;
using ProgressCallback = py::typing::Callable<py::object(std::uint64_t, std::uint64_t)>;

// The columns that are made on request only.
struct Records {
  bool saddle_exits, points;
};

// What simulate() returns: a column of each result, and what is known of the run.
struct Columns {
  Column<std::int64_t> steps, perturbations, gradients, values, products;
  Column<std::int8_t> outcome;
  Column<bool> underflowed;
  Column<double> value, gradient_norm;
  std::optional<Column<std::int64_t>> saddle_exits;
  std::optional<Column<double>> points;
  Diagnostics diagnostics;
  double seconds = 0.0;

  Columns(py::ssize_t rows, py::ssize_t dim, const Records& records)
      : steps(rows),
        perturbations(rows),
        gradients(rows),
        values(rows),
        products(rows),
        outcome(rows),
        underflowed(rows),
        value(rows),
        gradient_norm(rows) {
    if (records.saddle_exits) saddle_exits.emplace(std::vector<py::ssize_t>{rows, dim});
    if (records.points) points.emplace(std::vector<py::ssize_t>{rows, dim});
  }
  Results results() {
    return {steps.mutable_data(),
            outcome.mutable_data(),
            underflowed.mutable_data(),
            value.mutable_data(),
            gradient_norm.mutable_data(),
            perturbations.mutable_data(),
            gradients.mutable_data(),
            values.mutable_data(),
            products.mutable_data(),
            saddle_exits ? saddle_exits->mutable_data() : nullptr,
            points ? points->mutable_data() : nullptr};
  }
};

// Counts, or times, that may be too large for whole numbers.
struct LogColumns : Columns {
  Column<double> log10_steps;
  std::optional<Column<double>> log10_saddle_exits;

  LogColumns(py::ssize_t rows, py::ssize_t dim, const Records& records)
      : Columns(rows, dim, records), log10_steps(rows) {
    if (records.saddle_exits) log10_saddle_exits.emplace(std::vector<py::ssize_t>{rows, dim});
  }
  double* log10_exits() { return log10_saddle_exits ? log10_saddle_exits->mutable_data() : nullptr; }
};

// What Python code raised on behalf of a run; None if nothing.
inline std::optional<py::object> raised(const std::exception_ptr& failure) {
  if (!failure) return {};
  try {
    std::rethrow_exception(failure);
  } catch (const py::error_already_set& error) {
    return error.value();
  }
}

// Looks for Ctrl-C and reports progress; false asks the run to stop.
inline std::function<bool(std::uint64_t)> polling(const std::optional<ProgressCallback>& progress,
                                                  std::uint64_t count) {
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

// Calls run(poll) with the GIL released; KeyboardInterrupt if it answers that it did not get to the end.
template <class RunAll>
void run_to_end(std::uint64_t count, RunAll run) {
  const std::optional<ProgressCallback> silent;
  const auto poll = polling(silent, count);
  bool complete = false;
  {
    const py::gil_scoped_release unlocked;
    complete = run(poll);
  }
  if (!complete) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw py::error_already_set();
  }
}

// The number of points, one a row.
inline std::size_t check_points(const Landscape& landscape, const Array& points) {
  if (points.ndim() != 2 || points.shape(1) != landscape.dim())
    throw std::invalid_argument("points must have shape (n, dim)");
  return static_cast<std::size_t>(points.shape(0));
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

}  // namespace saddlesim::bind
