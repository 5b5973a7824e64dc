// f(U) = 1/4 |U U' - M|^2 for a symmetric d x d matrix M; x is U, d x r, row by row.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/minus_matrix.hpp"

namespace saddlesim {

// With G = U'U the gradient is U G - M U, and M, where its rank is low, is multiplied through its factors: 2 d r^2 +
// 2 d r rank(M) multiplications instead of the 2 d^2 r of (U U' - M) U.
class MatrixFactorization final : public Landscape {
 public:
  MatrixFactorization(const double* m, int d, int rank);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override;

 private:
  Estimate estimate(const Lanes* u, const Lanes* gram, const Lanes* gradient) const;

  int d_, rank_;
  std::vector<Real> m_;
  double norm2_;  // |M|^2
  MinusMatrix minus_m_;
};

}  // namespace saddlesim
