// What each lane's sample is to give.
#pragma once

#include <cstddef>
#include <vector>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

inline Lanes target(const std::vector<Real>& targets, const Words& which) {
  Lanes found;
  for (int lane = 0; lane < kLanes; ++lane) found.set(lane, targets[static_cast<std::size_t>(which[lane])]);
  return found;
}

}  // namespace saddlesim
