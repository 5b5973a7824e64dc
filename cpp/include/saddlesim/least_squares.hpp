#pragma once
#include <vector>
namespace saddlesim {
struct LeastSquares {
  std::vector<double> r, c;
  double rest;
};
LeastSquares reduce_rows(const double* a, int rows, int columns, const double* b, int right_columns);
}  // namespace saddlesim
