// A product of unit spheres: x is `count` rows of `size` numbers, each row of length 1.
#pragma once

#include "saddlesim/lanes.hpp"

namespace saddlesim {

struct Spheres {
  int count = 0, size = 0;  // no rows: all of R^dim

  // Divides every row by its length: the point of the manifold that is nearest. A row that has length 1 up to rounding
  // is left as it is, so that a point at rest stays at rest.
  template <class T>
  void retract(LanesOf<T>* x) const {
    using Numbers = LanesOf<T>;
    // twice what a row that was just divided can be off
    const Numbers rounding = double{std::numeric_limits<T>::epsilon()} * (size + 4);
    for (int i = 0; i < count; ++i, x += size) {
      Numbers norm2 = 0.0;
      for (int k = 0; k < size; ++k) norm2 = fma(x[k], x[k], norm2);
      const auto there = abs(norm2 - Numbers(1.0)) <= rounding;
      if (to_bits(there) == kAllLanes) continue;
      const Numbers scale = select(there, Numbers(1.0), Numbers(1.0) / sqrt(norm2));
      for (int k = 0; k < size; ++k) x[k] = x[k] * scale;
    }
  }

  // v minus its components along the rows of x: onto the tangent space at x. `v` may be `projected`.
  void project(const Lanes* x, const Lanes* v, Lanes* projected) const {
    for (int i = 0; i < count * size; i += size) {
      Lanes along = 0.0;
      for (int k = i; k < i + size; ++k) along = fma(x[k], v[k], along);
      for (int k = i; k < i + size; ++k) projected[k] = fma(-along, x[k], v[k]);
    }
  }
};

}  // namespace saddlesim
