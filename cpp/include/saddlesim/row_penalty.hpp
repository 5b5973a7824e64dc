// penalty sum_i (|x_i| - row_bound)_+^4 over the rows of a matrix.
#pragma once

#include "saddlesim/lane_matrix.hpp"

namespace saddlesim {

class RowPenalty {
 public:
  // Of a row's length over the bound.
  struct Excess {
    Lanes length, inverse, over;  // |x_i|, 1 / |x_i| and (|x_i| - row_bound)_+
    bool any;
  };

  RowPenalty(double penalty, double row_bound, int rows, int columns)
      : penalty_(static_cast<Real>(penalty)),
        row_bound_(static_cast<Real>(row_bound)),
        rows_(rows),
        columns_(columns) {}

  Real penalty() const { return penalty_; }

  Excess excess(const Lanes* row) const {
    const Lanes length = sqrt(inner_product(row, row, columns_));
    const Mask over = length > Lanes(row_bound_);
    if (!saddlesim::any(over)) return {length, 0.0, 0.0, false};
    return {length, select(over, Lanes(1.0) / length, Lanes(0.0)), select(over, length - Lanes(row_bound_), Lanes(0.0)),
            true};
  }

  // Adds 4 penalty s^3 / |x_i| x_i, s what is over, to each row of the gradient; returns the sum of s^4.
  Lanes add_gradient(const Lanes* x, Lanes* gradient) const {
    Lanes over4 = 0.0;
    for (int i = 0; i < rows_; ++i, x += columns_, gradient += columns_) {
      const Excess e = excess(x);
      if (!e.any) continue;
      const Lanes over2 = e.over * e.over;
      over4 = fma(over2, over2, over4);
      const Lanes factor = Lanes(4.0 * penalty_) * over2 * e.over * e.inverse;
      for (int c = 0; c < columns_; ++c) gradient[c] = fma(factor, x[c], gradient[c]);
    }
    return over4;
  }

 private:
  Real penalty_, row_bound_;
  int rows_, columns_;
};

}  // namespace saddlesim
