// A radius that lengths are compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Numbers are multiplied by a power of two near 1 / radius before they are squared and summed: that is exact, and the
// squares are neither too large nor too small. |x| and the radius then compare as the sum and `level` do. Where no
// Real is as large as 1 / radius, the largest power of two stands for it.
struct Radius {
  explicit Radius(double radius)
      : scale(std::ldexp(1.0, std::min(-std::ilogb(radius), std::numeric_limits<Real>::max_exponent - 1))),
        level(radius * scale * (radius * scale)) {}
  double scale, level;

  // The sum for the length of v.
  Lanes squared(const Lanes* v, int dim) const {
    const Lanes factor = scale;
    Lanes sum = 0.0;
    for (int j = 0; j < dim; ++j) {
      const Lanes y = v[j] * factor;
      sum = fma(y, y, sum);
    }
    return sum;
  }
  // The same bits, of one vector.
  Real squared(const Real* v, int dim) const {
    Real sum = 0;
    for (int j = 0; j < dim; ++j) {
      const Real y = v[j] * static_cast<Real>(scale);
      sum = fma_real(y, y, sum);
    }
    return sum;
  }
};

}  // namespace saddlesim
