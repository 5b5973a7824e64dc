// Which lanes of a block matter, and whose they are.
//
// Lanes without a trajectory idle on with whatever numbers they have. That costs nothing, but a function that somebody
// else wrote is not to be called at points where nobody is.
#pragma once

#include <cstdint>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// While it lives, evaluations in its thread (or fiber) are about these lanes, as they are at the time.
class Attention {
 public:
  // `trajectories` are the kLanes ids; null where there are none. Both must outlive it.
  Attention(const LaneSet& lanes, const std::uint64_t* trajectories)
      : lanes_(lanes), trajectories_(trajectories), before_(current()) {
    current() = this;
  }
  ~Attention() { current() = before_; }
  Attention(const Attention&) = delete;
  Attention& operator=(const Attention&) = delete;

  const std::uint64_t* trajectories() const { return trajectories_; }

  // That of this thread; null where all lanes matter.
  static const Attention*& current() {
    thread_local const Attention* innermost = nullptr;
    return innermost;
  }
  static LaneSet lanes() { return current() ? current()->lanes_ : kAllLanes; }

 private:
  const LaneSet& lanes_;
  const std::uint64_t* trajectories_;
  const Attention* before_;
};

// Of the lanes that matter those in which all of x is finite.
inline LaneSet finite_lanes(const Lanes* x, int dim) {
  Lanes zero = 0.0;  // stays 0 until a NaN or an infinity turns it into NaN
  for (int j = 0; j < dim; ++j) zero = fma(x[j], Lanes(0.0), zero);
  return Attention::lanes() & to_bits(zero == zero);
}

}  // namespace saddlesim
