// f(U) = 1/(4n) sum_i (<A_i, U U'> - b_i)^2 for n measurements of a d x d matrix; x is U, d x r, row by row.
#pragma once

#include "saddlesim/landscape.hpp"
#include "saddlesim/mean_squares.hpp"

namespace saddlesim {

// A function of the D = d (d + 1) / 2 numbers z_ab = <u_a, u_b>, b < a, and z_aa = |u_a|^2 / 2. The gradient is C U, where
// C is the symmetric matrix whose entries on and below the diagonal are the derivatives by z.
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

  int d_, rank_;
  MeanSquares squares_;
};

}  // namespace saddlesim
