#include "saddlesim/trace.hpp"

#include "columns.hpp"

namespace saddlesim::bind {

namespace {

// Which ends of the Hessian's spectrum are looked at too, and how many products that may take.
struct Curvatures {
  bool smallest, largest;
  int most_products;
};

struct Traces {
  Column<double> value, gradient_norm;
  std::optional<Column<double>> min_eigenvalue, max_eigenvalue;
  bool complete = false;

  Traces(py::ssize_t rows, py::ssize_t columns, const Curvatures& curvatures)
      : value(std::vector<py::ssize_t>{rows, columns}), gradient_norm(std::vector<py::ssize_t>{rows, columns}) {
    if (curvatures.smallest) min_eigenvalue.emplace(std::vector<py::ssize_t>{rows, columns});
    if (curvatures.largest) max_eigenvalue.emplace(std::vector<py::ssize_t>{rows, columns});
  }
  TraceResults results(int most_products) {
    return {value.mutable_data(), gradient_norm.mutable_data(),
            min_eigenvalue ? min_eigenvalue->mutable_data() : nullptr,
            max_eigenvalue ? max_eigenvalue->mutable_data() : nullptr, most_products};
  }
};

// Makes the arrays and fills them by run(TraceRun, TraceResults, poll) with the GIL released.
template <class F>
Traces traced(const Initial& initial, std::uint64_t key, std::uint64_t first, std::uint64_t count,
              const std::vector<std::int64_t>& steps, const Curvatures& curvatures, int threads, F run) {
  Traces traces(static_cast<py::ssize_t>(count), static_cast<py::ssize_t>(steps.size()), curvatures);
  const TraceResults results = traces.results(curvatures.most_products);
  const std::optional<ProgressCallback> silent;
  const auto poll = polling(silent, count);
  const py::gil_scoped_release unlocked;
  traces.complete = run(TraceRun{initial, key, first, count, steps, threads}, results, poll);
  return traces;
}

}  // namespace

void register_trace(py::module_& m) {
  py::class_<Curvatures>(m, "Curvatures")
      .def(py::init<bool, bool, int>(), py::arg("smallest"), py::arg("largest"), py::arg("most_products"));
  py::class_<Traces>(m, "Traces")
      .def_readonly("min_eigenvalue", &Traces::min_eigenvalue)
      .def_readonly("max_eigenvalue", &Traces::max_eigenvalue)
      .def_readonly("value", &Traces::value)
      .def_readonly("gradient_norm", &Traces::gradient_norm)
      .def_readonly("complete", &Traces::complete);
  m.def(
      "trace",
      [](const Landscape& landscape, const Initial& initial, const Method& method, std::uint64_t key,
         std::uint64_t first, std::uint64_t count, const std::vector<std::int64_t>& steps, const Curvatures& curvatures,
         int threads) {
        return traced(initial, key, first, count, steps, curvatures, threads,
                      [&](const TraceRun& run, const TraceResults& results, const auto& poll) {
                        return trace(run, landscape, method, results, poll);
                      });
      },
      py::arg("landscape"), py::arg("initial"), py::arg("method"), py::kw_only(), py::arg("key"), py::arg("first"),
      py::arg("count"), py::arg("steps"), py::arg("curvatures"), py::arg("threads"),
      "Value, gradient norm and curvature at given steps: (count, steps).");
  m.def(
      "trace_exactly",
      [](const Octopus& octopus, const Initial& initial, double step_size, std::uint64_t key, std::uint64_t first,
         std::uint64_t count, const std::vector<std::int64_t>& steps, const Curvatures& curvatures, int threads) {
        return traced(initial, key, first, count, steps, curvatures, threads,
                      [&](const TraceRun& run, const TraceResults& results, const auto& poll) {
                        return trace_exactly(run, octopus, step_size, results, poll);
                      });
      },
      py::arg("octopus"), py::arg("initial"), py::arg("step_size"), py::kw_only(), py::arg("key"), py::arg("first"),
      py::arg("count"), py::arg("steps"), py::arg("curvatures"), py::arg("threads"),
      "The same by the exact walk of gradient descent.");
}

}  // namespace saddlesim::bind
