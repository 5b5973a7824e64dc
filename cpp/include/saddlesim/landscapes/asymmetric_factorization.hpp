// f(U, V) = 1/2 |U V' - M|^2 + balance/8 |U'U - V'V|^2 for a d1 x d2 matrix M; x is U (d1 x r), then V (d2 x r).
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/minus_matrix.hpp"

namespace saddlesim {

// With G = U'U, K = V'V, B = G - K the gradient is U (K + balance/2 B) - M V and V (G - balance/2 B) - M'U: small
// matrices, and M through its factors where its rank is low.
class AsymmetricFactorization final : public Landscape {
 public:
  AsymmetricFactorization(const double* m, int d1, int d2, int rank, double balance);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override;

 private:
  struct Small;  // the r x r matrices, in scratch
  Small small(Lanes* scratch) const;
  void gram(ConstLaneMatrix u, ConstLaneMatrix v, const Small& s) const;
  Lanes imbalance(const Small& s) const;
  Estimate estimate(const Lanes* u, const Small& s, const Lanes* gradient) const;

  int d1_, d2_, rank_;
  double balance_;
  std::vector<Real> m_;
  double norm2_;  // |M|^2
  MinusMatrix minus_m_, minus_transposed_;
};

}  // namespace saddlesim
