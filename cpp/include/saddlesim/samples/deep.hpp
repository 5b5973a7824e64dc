// The samples of DeepNetwork.
#pragma once

#include "saddlesim/pass_arrays.hpp"
#include "saddlesim/samples.hpp"
#include "saddlesim/shared_rows.hpp"

namespace saddlesim {

class DeepSamples final : public Samples {
 public:
  // As DeepNetwork has them.
  DeepSamples(const double* X, const double* Y, int n, Layers layers);

  int scratch_rows() const override { return arrays_.total + kTile * (layers_.width(0) + layers_.outputs()); }
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

 private:
  Layers layers_;
  PassArrays arrays_;  // for whole tiles
  SharedRows samples_, targets_;
};

}  // namespace saddlesim
