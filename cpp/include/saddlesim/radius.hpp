// A radius that lengths are compared with.
#pragma once

#include <cmath>

namespace saddlesim {

// Numbers are multiplied by a power of two near 1 / radius before they are squared and summed: that is exact, and the
// squares are neither too large nor too small. |x| and the radius then compare as the sum and `level` do.
struct Radius {
  explicit Radius(double radius)
      : scale(std::ldexp(1.0, -std::ilogb(radius))), level(radius * scale * (radius * scale)) {}
  double scale, level;
};

}  // namespace saddlesim
