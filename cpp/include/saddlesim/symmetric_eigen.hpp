// Eigenvalues and eigenvectors of a symmetric matrix, with the same bits on every machine.
#pragma once

#include <vector>

namespace saddlesim {

struct SymmetricEigen {
  std::vector<double> values;   // the largest magnitudes first; those within rounding of 0 are 0
  std::vector<double> vectors;  // size x size, row by row; column k belongs to values[k]
};

// Of m, row by row, of which the lower triangle is read. Jacobi's method: some ten sweeps of 4 size^3 operations.
SymmetricEigen symmetric_eigen(const double* m, int size);

}  // namespace saddlesim
