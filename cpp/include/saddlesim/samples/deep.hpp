// The samples of DeepNetwork.
#pragma once

#include "saddlesim/pass_arrays.hpp"
#include "saddlesim/shared_rows.hpp"
#include "saddlesim/solo_samples.hpp"

namespace saddlesim {

class DeepSamples final : public Samples, public SoloSamples {
 public:
  // As DeepNetwork has them.
  DeepSamples(const double* X, const double* Y, int n, Layers layers);

  int scratch_rows() const override { return arrays_.total + kTile * (layers_.width(0) + layers_.outputs()); }
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

  int solo_scratch() const override;
  void solo_add(const Real* x, const std::uint64_t* which, int size, double batch, bool first, Real* gradient,
                Lanes* scratch, Team& team) const override;

 private:
  Layers layers_;
  PassArrays arrays_, solo_arrays_;  // for whole tiles
  SharedRows samples_, targets_;
};

}  // namespace saddlesim
