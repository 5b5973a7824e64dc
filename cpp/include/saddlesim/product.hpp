// The product of a shared matrix and a block: every trajectory multiplied by the same numbers.
//
// Each lane sums over k in increasing order with fused multiply-adds, so its bits depend on the matrix and on
// itself alone; a general matrix product would sum in an order that depends on sizes and on the machine.
#pragma once

#include "saddlesim/lanes.hpp"

namespace saddlesim {

namespace detail {
template <int kRows>
SADDLESIM_INLINE void multiply_rows(const double* a, int columns, const Lanes* x, Lanes* y) {
  Lanes sum[kRows];
  for (auto& s : sum) s = Lanes(0.0);
  for (int k = 0; k < columns; ++k) {
    const Lanes xk = x[k];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) sum[r] = fma(Lanes(a[r * columns + k]), xk, sum[r]);
  }
  for (int r = 0; r < kRows; ++r) y[r] = sum[r];
}
}  // namespace detail

// y = A x for a row-major matrix A of `rows` x `columns`; y and x must not overlap.
inline void multiply(const double* a, int rows, int columns, const Lanes* x, Lanes* y) {
  int r = 0;
  for (; r + 4 <= rows; r += 4) detail::multiply_rows<4>(a + r * columns, columns, x, y + r);
  for (; r < rows; ++r) detail::multiply_rows<1>(a + r * columns, columns, x, y + r);
}

}  // namespace saddlesim
