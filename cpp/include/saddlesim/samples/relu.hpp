// The samples of TwoLayerReLU.
#pragma once

#include <vector>

#include "saddlesim/shared_rows.hpp"
#include "saddlesim/solo_samples.hpp"

namespace saddlesim {

class ReLUSamples final : public Samples, public SoloSamples {
 public:
  // As TwoLayerReLU has them.
  ReLUSamples(const double* X, const std::vector<double>& y, int d, const std::vector<double>& signs);

  int scratch_rows() const override { return kTile * (rows_.columns() + width() + 2); }
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

  int solo_scratch() const override;
  void solo_add(const Real* x, const std::uint64_t* which, int size, double batch, bool first, Real* gradient,
                Lanes* scratch, Team& team) const override;

 private:
  int width() const { return static_cast<int>(signs_.size()); }

  SharedRows rows_;
  std::vector<Real> y_, signs_;
  Real scale_;  // m^-1/2
};

}  // namespace saddlesim
