// The samples of QuadraticNetwork.
#pragma once

#include <vector>

#include "saddlesim/samples.hpp"
#include "saddlesim/shared_rows.hpp"

namespace saddlesim {

class QuadraticNetworkSamples final : public Samples {
 public:
  // As QuadraticNetwork has them: n x d samples.
  QuadraticNetworkSamples(const double* samples, const double* targets, int n, int d, int width);

  int scratch_rows() const override { return kTile * (rows_.columns() + width_); }
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

 private:
  int width_;
  SharedRows rows_;
  std::vector<Real> targets_;
};

}  // namespace saddlesim
