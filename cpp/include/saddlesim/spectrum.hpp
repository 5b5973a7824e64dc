// The ends of the Hessian's spectrum at many points, and how many of its eigenvalues are negative.
//
// Points are one a row; NaN outside the landscape's domain. All answer whether they got to the end.
#pragma once

#include "saddlesim/evaluate.hpp"
#include "saddlesim/lanczos.hpp"

namespace saddlesim {

// At each point, orthonormal rows or rows of zeros: count x each x dim numbers. Nothing is searched along them.
struct Deflation {
  const double* rows = nullptr;
  int each = 0;
};

// Where the random starts come from: that of point i is start `draw` of index first + i, or of indices[i].
struct KrylovStarts {
  std::uint64_t key;
  const std::int64_t* indices;
  std::uint64_t draw;
};

// A row a point; the vectors dim a row.
struct EndResults {
  double *eigenvalue, *vector, *residual;
};
struct KrylovResults {
  EndResults smallest;
  EndResults largest;  // its arrays are null where only the smallest eigenvalue is wanted
  double* ritz;        // 2 a row: the smallest and largest Ritz values
  std::int64_t* steps;
};
bool extreme_eigenpairs(const Evaluation& at, const KrylovStarts& starts, const Deflation& deflation,
                        const KrylovGoal& goal, const KrylovResults& results);

// The tridiagonal matrices of so many steps; couplings are 0 from where a Krylov space is exhausted on. `steps` a row.
bool tridiagonals(const Evaluation& at, const KrylovStarts& starts, int steps, double* diagonal, double* coupling);

// Of H - shift I + lift (Q'Q + N'N), Q the deflated rows and N the normals of the spheres, H read from its lower
// triangle: how many pivots of its LDL' factorisation are negative (by Sylvester's law as many as eigenvalues), and a
// bound on the norm of the change to the matrix for which that is exactly so. Pivots are taken in order; where a bad one
// comes up the bound is large or not finite, and nothing has been shown.
struct InertiaResults {
  std::int64_t* negative;
  double* error;
};
bool inertia(const Evaluation& at, const double* shifts, const double* lifts, const Deflation& deflation,
             const InertiaResults& results);

}  // namespace saddlesim
