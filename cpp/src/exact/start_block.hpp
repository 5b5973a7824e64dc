// The starts of up to kLanes trajectories, as points and, coordinate by coordinate, as magnitudes.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "saddlesim/initial.hpp"

namespace saddlesim {

class StartBlock {
 public:
  StartBlock(const Initial& initial, std::uint64_t key, int dim)
      : initial_(initial), key_(key), magnitudes_(dim), points_(static_cast<std::size_t>(dim) * kLanes) {}

  // Trajectories first, ..., first + lanes - 1; the lanes beyond repeat the last.
  void load(std::uint64_t first, int lanes) {
    const int dim = magnitudes_.rows();
    for (int lane = 0; lane < kLanes; ++lane) {
      double* x = points_.data() + offset(lane);
      initial_.sample(key_, first + static_cast<std::uint64_t>(std::min(lane, lanes - 1)), dim, x);
      for (int j = 0; j < dim; ++j) magnitudes_[j].set(lane, std::fabs(x[j]));
    }
  }
  const Block& magnitudes() const { return magnitudes_; }
  const double* point(int lane) const { return points_.data() + offset(lane); }

 private:
  std::size_t offset(int lane) const {
    return static_cast<std::size_t>(lane) * static_cast<std::size_t>(magnitudes_.rows());
  }

  const Initial& initial_;
  PhiloxKey key_;
  Block magnitudes_;
  std::vector<double> points_;
};

}  // namespace saddlesim
