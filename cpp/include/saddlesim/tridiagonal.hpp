// Symmetric tridiagonal matrices, one a lane: the ends of their spectra.
#pragma once

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// T, or -T where `sign` is -1: its smallest eigenvalue is then minus the largest of T.
struct Tridiagonal {
  const Doubles* diagonal;  // size rows
  const Doubles* coupling;  // size - 1 rows: coupling[i] stands between i and i + 1
  int size;
  double sign = 1.0;
};

// The largest sum of magnitudes of a row: at least the spectral norm, and at most three times it.
Doubles row_norm(const Tridiagonal& t);

// The smallest eigenvalue, to a few units of rounding of the norm.
//
// Laguerre's iteration on the characteristic polynomial from Gershgorin's bound: from the left of all roots it rises to
// the smallest one without passing it, and is cubic in the end; clusters of roots are foreseen (Li and Zeng, "Laguerre's
// iteration in solving the symmetric tridiagonal eigenproblem, revisited", SIAM J. Sci. Comput. 15, 1994).
Doubles smallest_eigenvalue(const Tridiagonal& t);

// Whether all eigenvalues are at least `level`, by Sylvester's law of inertia: a pass without iteration.
WideMask none_below(const Tridiagonal& t, double level);

// The unit eigenvector of an eigenvalue, by a twisted factorisation: the row with the smallest pivot is where it starts
// (Dhillon and Parlett, "Multiple representations to compute orthogonal eigenvectors of symmetric tridiagonal matrices",
// Linear Algebra Appl. 387, 2004). `pivots` are 2 size rows that are overwritten.
void eigenvector(const Tridiagonal& t, const Doubles& eigenvalue, Doubles* vector, Doubles* pivots);

}  // namespace saddlesim
