// f(z) = 1/(4n) |A z - b|^2 for a matrix A and numbers b that all trajectories share.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/shared_matrix.hpp"
#include "saddlesim/symmetric_matrix.hpp"

namespace saddlesim {

// Many rows are reduced to as many as there are columns, R z - c. The gradient is K z - q with K = R'R / 2 and q = R'c / 2
// where K has no more entries than R and R' together, and R'(R z - c) / 2 elsewhere. f itself comes from R: beside the
// gradient it may be an estimate, because z'K z - 2 q'z cancels near a zero of f.
class MeanSquares {
 public:
  // A is n x columns, row by row.
  MeanSquares(const double* a, const double* b, int n, int columns);

  int scratch_rows() const { return r_.rows(); }
  Lanes value(const Lanes* z, Lanes* scratch) const;
  // Estimates f too, unless `value` is null.
  void gradient(const Lanes* z, Lanes* gradient, Lanes* scratch, Estimate* value) const;
  // The gradient at z, and the Hessian times dz.
  void derivatives(const Lanes* z, const Lanes* dz, Lanes* gradient, Lanes* product, Lanes* scratch) const;

 private:
  Lanes residuals(const Lanes* z, Lanes* rho) const;
  Estimate estimate(const Lanes* z, const Lanes* gradient) const;

  SharedMatrix r_, half_transposed_;  // R, and R' / 2 unless there is K
  std::vector<Real> c_;
  double rest_;  // |R z - c|^2 + rest is the mean of the squares
  SymmetricMatrix k_;
  std::vector<Real> minus_q_;
};

}  // namespace saddlesim
