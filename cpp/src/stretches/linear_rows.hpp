// Rows of a block that go x+ = x - step_size * slope * (x - center) each by itself, many steps in registers.
#pragma once

#include <algorithm>
#include <cstdint>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Whether `slope` may be multiplied into the step size: a product with a power of two is exact, and so the order of
// multiplications does not matter. Below 1 it might lose bits of subnormal numbers.
inline bool multiplies_exactly(double slope) {
  int exponent = 0;
  return std::fabs(std::frexp(slope, &exponent)) == 0.5 && exponent >= 1 && exponent < 100;
}

// One step: `factors` are step_size * slope of every row and lane if kExact, else its slope.
template <bool kExact>
SADDLESIM_INLINE Lanes linear_step(const Lanes& x, const Lanes& center, const Lanes& factor, const Lanes& eta) {
  if constexpr (kExact) return fma(factor, x - center, x);
  return fma(eta, factor * (x - center), x);
}

template <bool kExact, int kRows>
inline void step_few_rows(Lanes* x, const Lanes* centers, const Lanes* factors, double eta, std::uint32_t steps) {
  const Lanes etas = eta;
  Lanes row[kRows];
  for (int j = 0; j < kRows; ++j) row[j] = x[j];
  for (; steps != 0; --steps) {
#pragma GCC unroll 8
    for (int j = 0; j < kRows; ++j) row[j] = linear_step<kExact>(row[j], centers[j], factors[j], etas);
  }
  for (int j = 0; j < kRows; ++j) x[j] = row[j];
}

template <bool kExact>
inline void step_rows(int rows, Lanes* x, const Lanes* centers, const Lanes* factors, double eta, std::uint32_t steps) {
  constexpr int kMost = 8;  // as many as fit into registers
  while (rows > 0) {
    const int groups = (rows + kMost - 1) / kMost, few = (rows + groups - 1) / groups;
    switch (few) {
      case 1:
        step_few_rows<kExact, 1>(x, centers, factors, eta, steps);
        break;
      case 2:
        step_few_rows<kExact, 2>(x, centers, factors, eta, steps);
        break;
      case 3:
        step_few_rows<kExact, 3>(x, centers, factors, eta, steps);
        break;
      case 4:
        step_few_rows<kExact, 4>(x, centers, factors, eta, steps);
        break;
      case 5:
        step_few_rows<kExact, 5>(x, centers, factors, eta, steps);
        break;
      case 6:
        step_few_rows<kExact, 6>(x, centers, factors, eta, steps);
        break;
      case 7:
        step_few_rows<kExact, 7>(x, centers, factors, eta, steps);
        break;
      default:
        step_few_rows<kExact, 8>(x, centers, factors, eta, steps);
        break;
    }
    rows -= few, x += few, centers += few, factors += few;
  }
}

}  // namespace saddlesim
