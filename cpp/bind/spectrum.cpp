#include "saddlesim/spectrum.hpp"

#include "columns.hpp"

namespace saddlesim::bind {

namespace {

// The ends of the spectrum at many points, a row a point.
struct Ends {
  Column<double> ritz;                             // (count, 2): the smallest and the largest Ritz value
  Column<double> eigenvalues, residuals, vectors;  // (ends, count), and dim for the vectors: the smallest end first
  Column<std::int64_t> steps;

  Ends(py::ssize_t ends, py::ssize_t count, py::ssize_t dim)
      : ritz({count, py::ssize_t{2}}),
        eigenvalues({ends, count}),
        residuals({ends, count}),
        vectors({ends, count, dim}),
        steps(count) {}

  EndResults end(py::ssize_t which) {
    return {eigenvalues.mutable_data(which), vectors.mutable_data(which), residuals.mutable_data(which)};
  }
};

// Orthonormal rows for each point, shape (count, k, dim).
Deflation deflation_of(const Array& rows, const Array& points) {
  if (rows.ndim() != 3 || rows.shape(0) != points.shape(0) || rows.shape(2) != points.shape(1))
    throw std::invalid_argument("deflated must have shape (n, k, dim)");
  return {rows.data(), static_cast<int>(rows.shape(1))};
}

using Indices = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

Ends extreme_eigenpairs_of(const Landscape& landscape, const Array& points, const Array& deflated,
                           const Indices& indices, std::uint64_t key, std::uint64_t draw, int steps, double tolerance,
                           bool both_ends, int threads) {
  const std::size_t count = check_points(landscape, points);

  Ends ends(both_ends ? 2 : 1, points.shape(0), points.shape(1));
  const KrylovResults results{ends.end(0), both_ends ? ends.end(1) : EndResults{}, ends.ritz.mutable_data(),
                              ends.steps.mutable_data()};
  const KrylovGoal goal{.most_steps = steps, .tolerance = tolerance, .both_ends = both_ends};
  const Deflation deflation = deflation_of(deflated, points);
  const KrylovStarts starts{key, indices.data(), draw};
  run_to_end(count, [&](const auto& poll) {
    return extreme_eigenpairs({landscape, points.data(), count, threads, poll}, starts, deflation, goal, results);
  });
  return ends;
}

py::typing::Tuple<Column<double>, Column<double>> tridiagonals_of(const Landscape& landscape, const Array& points,
                                                                  const Indices& indices, std::uint64_t key, int steps,
                                                                  int threads) {
  const std::size_t count = check_points(landscape, points);
  Column<double> diagonal({points.shape(0), py::ssize_t{steps}}), coupling({points.shape(0), py::ssize_t{steps}});
  double *a = diagonal.mutable_data(), *b = coupling.mutable_data();
  run_to_end(count, [&](const auto& poll) {
    return tridiagonals({landscape, points.data(), count, threads, poll}, {key, indices.data(), 0}, steps, a, b);
  });
  return py::make_tuple(diagonal, coupling);
}

py::typing::Tuple<Column<std::int64_t>, Column<double>> inertia_of(const Landscape& landscape, const Array& points,
                                                                   const Array& deflated, const Array& shifts,
                                                                   const Array& lifts, int threads) {
  const std::size_t count = check_points(landscape, points);
  Column<std::int64_t> negative(points.shape(0));
  Column<double> error(points.shape(0));
  const InertiaResults results{negative.mutable_data(), error.mutable_data()};
  const Deflation deflation = deflation_of(deflated, points);
  run_to_end(count, [&](const auto& poll) {
    return inertia({landscape, points.data(), count, threads, poll}, shifts.data(), lifts.data(), deflation, results);
  });
  return py::make_tuple(negative, error);
}

}  // namespace

void register_spectrum(py::module_& m) {
  py::class_<Ends>(m, "Ends")
      .def_readonly("ritz", &Ends::ritz)
      .def_readonly("eigenvalues", &Ends::eigenvalues)
      .def_readonly("residuals", &Ends::residuals)
      .def_readonly("vectors", &Ends::vectors)
      .def_readonly("steps", &Ends::steps);
  m.def("extreme_eigenpairs", &extreme_eigenpairs_of, py::arg("landscape"), py::arg("points"), py::kw_only(),
        py::arg("deflated"), py::arg("indices"), py::arg("key"), py::arg("draw"), py::arg("steps"),
        py::arg("tolerance"), py::arg("both_ends"), py::arg("threads"),
        "The ends of the Hessian's spectrum at each point by Lanczos's iteration.");
  m.def("tridiagonals", &tridiagonals_of, py::arg("landscape"), py::arg("points"), py::kw_only(), py::arg("indices"),
        py::arg("key"), py::arg("steps"), py::arg("threads"),
        "Diagonals and couplings of Lanczos's tridiagonal matrices, each (n, steps).");
  m.def("inertia", &inertia_of, py::arg("landscape"), py::arg("points"), py::kw_only(), py::arg("deflated"),
        py::arg("shifts"), py::arg("lifts"), py::arg("threads"),
        "Negative pivots of an LDL' factorisation of each shifted Hessian, and its backward error.");
}

}  // namespace saddlesim::bind
