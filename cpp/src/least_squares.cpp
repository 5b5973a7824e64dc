#include "saddlesim/least_squares.hpp"

#include <cmath>
namespace saddlesim {
LeastSquares reduce_rows(const double* a, int rows, int columns, const double* b, int right_columns) {
  int w = columns + right_columns;
  std::vector<double> m((size_t)rows * w);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) m[(size_t)i * w + j] = a[(size_t)i * columns + j];
    for (int j = 0; j < right_columns; ++j) m[(size_t)i * w + columns + j] = b[(size_t)i * right_columns + j];
  }
  for (int k = 0; k < columns; ++k) {
    double n2 = 0;
    for (int i = k; i < rows; ++i) n2 = std::fma(m[(size_t)i * w + k], m[(size_t)i * w + k], n2);
    if (n2 == 0) continue;
    double al = m[(size_t)k * w + k] < 0 ? std::sqrt(n2) : -std::sqrt(n2);
    std::vector<double> v(rows - k);
    for (int i = k; i < rows; ++i) v[i - k] = m[(size_t)i * w + k];
    v[0] -= al;
    double vv = 0;
    for (double x : v) vv = std::fma(x, x, vv);
    for (int j = k; j < w; ++j) {
      double s = 0;
      for (int i = k; i < rows; ++i) s = std::fma(v[i - k], m[(size_t)i * w + j], s);
      s = 2 * s / vv;
      for (int i = k; i < rows; ++i) m[(size_t)i * w + j] = std::fma(-s, v[i - k], m[(size_t)i * w + j]);
    }
    for (int i = k + 1; i < rows; ++i) m[(size_t)i * w + k] = 0;
  }
  LeastSquares o;
  o.rest = 0;
  for (int i = 0; i < columns; ++i)
    for (int j = 0; j < columns; ++j) o.r.push_back(m[(size_t)i * w + j]);
  for (int i = 0; i < columns; ++i)
    for (int j = 0; j < right_columns; ++j) o.c.push_back(m[(size_t)i * w + columns + j]);
  for (int i = columns; i < rows; ++i)
    for (int j = 0; j < right_columns; ++j)
      o.rest = std::fma(m[(size_t)i * w + columns + j], m[(size_t)i * w + columns + j], o.rest);
  return o;
}
}  // namespace saddlesim
