// What multiplies for LayerPasses where a trajectory is alone: its numbers fill Lanes one after the other.
#pragma once

#include <algorithm>

#include "saddlesim/dense.hpp"

namespace saddlesim {

// How many Lanes hold so many numbers.
inline int whole_lanes(int count) { return (count + kLanes - 1) / kLanes; }

struct SoloBackend {
  using Element = Real;
  static constexpr int kPart = 512;  // Lanes of an elementwise pass that a thread takes at a time

  ConstDenseMatrix samples;
  const Lanes* targets;
  Team& team;
  Update update = Update::assign;  // of a gradient

  void multiply(ConstDenseMatrix a, ConstDenseMatrix b, DenseMatrix c, Update how) const {
    saddlesim::multiply(a, b, c, team, how);
  }
  template <class F>
  void each(int numbers, const F& f) const {
    const int count = whole_lanes(numbers);
    team.run((count + kPart - 1) / kPart, [&](int part) {
      for (int i = part * kPart, end = std::min(count, i + kPart); i < end; ++i) f(i);
    });
  }
  void inputs(ConstDenseMatrix W, DenseMatrix z) const { multiply(samples, W.transposed(), z, Update::assign); }
  void collect(ConstDenseMatrix g, DenseMatrix W) const { multiply(g.transposed(), samples, W, update); }
  Lanes target(int i) const { return targets[i]; }
};

}  // namespace saddlesim
