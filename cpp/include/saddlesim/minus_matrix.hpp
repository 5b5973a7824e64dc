// -M for a matrix M that all trajectories share, multiplied through its factors where that is cheaper.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "saddlesim/lane_matrix.hpp"
#include "saddlesim/rank_factors.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

// The sum of the squares, one after the other.
inline double sum_of_squares(const std::vector<Real>& numbers) {
  double sum = 0.0;
  for (const double a : numbers) sum = std::fma(a, a, sum);
  return sum;
}

// One side of a product with -M: -M x = minus_left (right x), or -M x itself.
class MinusMatrix {
 public:
  // Of a rows x columns matrix, row by row.
  MinusMatrix(const double* m, int rows, int columns) {
    const RankFactors f = rank_factors(m, rows, columns);
    if (f.rank > 0 && f.rank * (rows + columns) < rows * columns) {  // M = 0 has no factors
      right_ = SharedMatrix(f.right.data(), f.rank, columns);
      minus_left_ = to_real(f.left);
    } else {
      minus_left_ = to_real(m, static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
    }
    for (Real& a : minus_left_) a = -a;
  }

  // Rows of scratch for a product with a matrix of `columns` columns.
  int scratch_rows(int columns) const { return right_.rows() * columns; }

  // -M x as a term of a sum; keeps what it needs in `scratch`.
  Product times(ConstLaneMatrix x, Lanes* scratch) const {
    if (right_.empty()) return {minus_left_.data(), x};
    const LaneMatrix between(scratch, right_.rows(), x.columns);
    right_.multiply(x, between);
    return {minus_left_.data(), between};
  }

 private:
  std::vector<Real> minus_left_;
  SharedMatrix right_;  // empty where the whole matrix is cheaper
};

}  // namespace saddlesim
