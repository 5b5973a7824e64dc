// The product of a symmetric matrix that all trajectories share and vectors of their own.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <vector>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Only tiles on and below the diagonal are kept, and each is read once for its rows and its columns: a matrix that is
// larger than the caches comes from memory half as often. An element of a product is summed over k in increasing order by
// fused multiply-adds all the same, so the tiles do not show in its bits.
class SymmetricMatrix {
 public:
  SymmetricMatrix() = default;
  // From size x size numbers, row by row.
  SymmetricMatrix(const double* a, int size);

  int size() const { return size_; }

  // y = start + A x; `start` is what all trajectories share, null if it is 0. x and y do not overlap.
  struct Vector {
    const Lanes* x;
    Lanes* y;
    const Real* start = nullptr;
  };
  void multiply(std::initializer_list<Vector> vectors) const;

  // The greatest sum of the absolute values of a row: no eigenvalue of the matrix, or of that of absolute values, exceeds
  // it.
  double row_norm() const { return row_norm_; }

 private:
  static constexpr int kTile = 136;  // its numbers and what they multiply leave room in a cache of 2 MB

  int tiles() const { return (size_ + kTile - 1) / kTile; }
  int height(int tile) const { return tile + 1 < tiles() ? kTile : size_ - tile * kTile; }
  // Row by row, kTile numbers a row.
  const Real* tile(int row, int column) const {
    return numbers_.data() + (std::size_t(row) * std::size_t(row + 1) / 2 + std::size_t(column)) * kTile * kTile;
  }

  int size_ = 0;
  double row_norm_ = 0.0;
  std::vector<Real> numbers_;
};

}  // namespace saddlesim
