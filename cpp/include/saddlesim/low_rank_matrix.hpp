// A matrix that all trajectories share, multiplied through its factors where that is cheaper.
#pragma once

#include "saddlesim/rank_factors.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

class LowRankMatrix {
 public:
  LowRankMatrix(const double* m, int rows, int columns)
      : LowRankMatrix(m, rows, columns, rank_factors(m, rows, columns)) {}

  int rows() const { return whole_.rows(); }
  int columns() const { return whole_.columns(); }
  int rank() const { return rank_; }
  // Rows of scratch for a product with `columns` columns.
  int scratch_rows(int columns) const { return left_.empty() ? 0 : rank_ * columns; }

  // y += A x or y -= A x.
  void multiply(ConstLaneMatrix x, LaneMatrix y, Update update, Lanes* scratch) const {
    multiply(whole_, right_, left_, x, y, update, scratch);
  }
  // The same with the transpose of A.
  void multiply_transposed(ConstLaneMatrix x, LaneMatrix y, Update update, Lanes* scratch) const {
    multiply(whole_transposed_, left_transposed_, right_transposed_, x, y, update, scratch);
  }

 private:
  LowRankMatrix(const double* m, int rows, int columns, const RankFactors& f)
      : rank_(f.rank), whole_(m, rows, columns), whole_transposed_(SharedMatrix::transposed(m, rows, columns)) {
    if (rank_ * (rows + columns) >= rows * columns) return;
    left_ = SharedMatrix(f.left.data(), rows, rank_);
    right_ = SharedMatrix(f.right.data(), rank_, columns);
    left_transposed_ = SharedMatrix::transposed(f.left.data(), rows, rank_);
    right_transposed_ = SharedMatrix::transposed(f.right.data(), rank_, columns);
  }
  static void multiply(const SharedMatrix& whole, const SharedMatrix& first, const SharedMatrix& second,
                       ConstLaneMatrix x, LaneMatrix y, Update update, Lanes* scratch) {
    if (first.empty()) return whole.multiply(x, y, update);
    const LaneMatrix between(scratch, first.rows(), x.columns);
    first.multiply(x, between);
    second.multiply(between, y, update);
  }

  int rank_;
  SharedMatrix whole_, whole_transposed_;
  SharedMatrix left_, right_, left_transposed_, right_transposed_;  // empty where the whole matrix is cheaper
};

}  // namespace saddlesim
