// f at one point at a time, SIMD running within it: for x so long that a block of trajectories is too much, or where there
// are too few trajectories to fill one.
#pragma once

#include "saddlesim/landscape.hpp"
#include "saddlesim/team.hpp"

namespace saddlesim {

// A second way of a Landscape to compute the same: value, gradient and product have the very bits that a lane has. Only for
// a landscape that notices nothing (Notice), whose coordinates never underflow, and that is on no manifold.
//
// x, gradient, v and product are dim numbers; `scratch` is solo_scratch() Lanes, of which nothing is kept.
class Solo {
 public:
  virtual ~Solo() = default;
  virtual int solo_scratch() const = 0;
  virtual Real solo_value(const Real* x, Lanes* scratch, Team& team) const = 0;
  // Answers f, as Landscape::gradient estimates it; the estimate must be exact there.
  virtual Real solo_gradient(const Real* x, Real* gradient, Lanes* scratch, Team& team) const = 0;
  virtual void solo_hvp(const Real* x, const Real* v, Real* product, Lanes* scratch, Team& team) const = 0;
};

}  // namespace saddlesim
