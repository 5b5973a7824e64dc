// Losses of networks on samples: f is the sum of the loss over samples and outputs.
#pragma once

#include "saddlesim/elementary.hpp"

namespace saddlesim {

enum class Loss { squared, logistic };

// The loss of an output, with its first two derivatives there.
struct OutputLoss {
  Lanes value, slope, curvature;
};

// 1/2 (output - target)^2, or log(1 + exp(-target output)) for targets +1 and -1.
SADDLESIM_INLINE OutputLoss loss_of(Loss loss, const Lanes& output, const Lanes& target) {
  if (loss == Loss::squared) {
    const Lanes error = output - target;
    return {Lanes(0.5) * error * error, error, Lanes(1.0)};
  }
  const auto s = softplus(-target * output);
  return {s.value, -target * s.slope, s.curvature};
}

}  // namespace saddlesim
