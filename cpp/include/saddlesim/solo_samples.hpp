// The gradient of a minibatch for one trajectory alone.
#pragma once

#include <cstdint>

#include "saddlesim/samples.hpp"
#include "saddlesim/team.hpp"

namespace saddlesim {

// A second way of Samples to compute the same, with the very bits that a lane has. `scratch` is solo_scratch() Lanes, of
// which nothing is kept.
class SoloSamples {
 public:
  static constexpr int kSoloTile = 128;

  virtual ~SoloSamples() = default;
  virtual int solo_scratch() const = 0;
  // Writes (`first`), or adds to the gradient, what at most kSoloTile samples have, 1 / batch of it.
  virtual void solo_add(const Real* x, const std::uint64_t* which, int size, double batch, bool first, Real* gradient,
                        Lanes* scratch, Team& team) const = 0;
};

}  // namespace saddlesim
