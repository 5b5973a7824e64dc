// The measurements of MatrixSensing.
#pragma once

#include <vector>

#include "saddlesim/samples.hpp"
#include "saddlesim/shared_rows.hpp"

namespace saddlesim {

// U U' is taken once for a batch, as is the product with U at its end; a sample costs 2 d (d + 1) / 2 multiply-adds.
class SensingSamples final : public Samples {
 public:
  // As MatrixSensing has them: n x d (d + 1) / 2 weights.
  SensingSamples(const double* measurements, const double* targets, int n, int d, int rank);

  int scratch_rows() const override { return 3 * rows_.columns(); }
  void begin(const Lanes* x, Lanes* gradient, Lanes* scratch) const override;
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;
  void end(const Lanes* x, Lanes* gradient, Lanes* scratch) const override;

 private:
  int d_, rank_;
  SharedRows rows_;
  std::vector<Real> targets_;
};

}  // namespace saddlesim
