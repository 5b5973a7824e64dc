// f(U) = 1/(4n) sum_i (<A_i, U U'> - b_i)^2 for n measurements of a d x d matrix; x is U, d x r, row by row.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

// With p the D = d (d + 1) / 2 entries on and below the diagonal of U U' this is 1/4 |R p - c|^2 + constant, and the
// gradient C U, where C holds R'(R p - c): two products with one shared matrix for all trajectories. Given more than D
// measurements R is triangular, D x D, so a gradient costs D^2 multiplications beside D r + d^2 r small ones.
class MatrixSensing final : public Landscape {
 public:
  // `measurements` is n x D: row i holds the weights of the entries (a, b), b <= a, of U U' in <A_i, U U'>.
  MatrixSensing(const double* measurements, const double* targets, int n, int d, int rank);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override;

 private:
  int entries() const { return d_ * (d_ + 1) / 2; }
  void square(ConstLaneMatrix u, LaneMatrix full, LaneMatrix entries, int column) const;
  Lanes residual(LaneMatrix entries, LaneMatrix residual) const;
  void spread(ConstLaneMatrix entries, int column, LaneMatrix full) const;

  int d_, rank_;
  SharedMatrix r_, r_transposed_;
  std::vector<Real> c_;
  double rest_;  // |R p - c|^2 + rest is the mean of the squares
};

}  // namespace saddlesim
