// Least squares with many rows, reduced once and exactly to as many rows as there are columns.
#pragma once

#include <vector>

namespace saddlesim {

// |A z - B|^2 = |R z - C|^2 + rest for every z.
struct LeastSquares {
  std::vector<double> r;  // columns x columns, upper triangular, row by row
  std::vector<double> c;  // columns x right_columns
  double rest;
};

// Householder's QR decomposition of A (rows x columns, rows >= columns), applied to B (rows x right_columns). Every number
// is a fixed sequence of IEEE operations: the same bits on every machine, which a library's decomposition would not give.
LeastSquares reduce_rows(const double* a, int rows, int columns, const double* b, int right_columns);

}  // namespace saddlesim
