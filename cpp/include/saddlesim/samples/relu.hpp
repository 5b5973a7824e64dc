// The samples of TwoLayerReLU.
#pragma once

#include <vector>

#include "saddlesim/samples.hpp"
#include "saddlesim/shared_rows.hpp"

namespace saddlesim {

class ReLUSamples final : public Samples {
 public:
  // As TwoLayerReLU has them.
  ReLUSamples(const double* X, const std::vector<double>& y, int d, const std::vector<double>& signs);

  int scratch_rows() const override { return kTile * (rows_.columns() + width() + 2); }
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

 private:
  int width() const { return static_cast<int>(signs_.size()); }

  SharedRows rows_;
  std::vector<Real> y_, signs_;
  Real scale_;  // m^-1/2
};

}  // namespace saddlesim
