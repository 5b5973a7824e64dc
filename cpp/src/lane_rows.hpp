// Rows of a matrix, one a trajectory, into the lanes of a block and back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// How many coordinates ahead rows are fetched: the hardware does not follow so many rows at once.
inline constexpr int kFetchAhead = 64;

// The lanes beyond the last of `count` rows repeat it.
inline void load_rows(const double* rows, std::size_t count, Block& block) {
  using native::kWidth;
  const int dim = block.rows(), whole = dim - dim % kWidth;
  const double* row[kLanes];
  for (int lane = 0; lane < kLanes; ++lane)
    row[lane] = rows + std::min(static_cast<std::size_t>(lane), count - 1) * static_cast<std::size_t>(dim);
  for (int j = 0; j < whole; j += kWidth) {
    const int ahead = std::min(j + kFetchAhead, dim - 1);
    for (int part = 0; part < kParts; ++part) {
      native::f64 square[kWidth];
      for (int i = 0; i < kWidth; ++i) {
        std::memcpy(&square[i], row[part * kWidth + i] + j, sizeof square[i]);
        __builtin_prefetch(row[part * kWidth + i] + ahead);
      }
      native::transpose(square);
      for (int i = 0; i < kWidth; ++i) block[j + i].part[part] = square[i];
    }
  }
  for (int j = whole; j < dim; ++j) {
    for (int lane = 0; lane < kLanes; ++lane) block[j].set(lane, row[lane][j]);
  }
}

// Writes the first `count` lanes, with NaN in the rows whose point is outside.
inline void store_rows(const Lanes* block, int dim, LaneSet outside, std::size_t count, double* rows) {
  using native::kWidth;
  const int lanes = static_cast<int>(std::min(count, static_cast<std::size_t>(kLanes)));
  const int whole = dim - dim % kWidth;
  const auto row = [&](int lane) { return rows + static_cast<std::ptrdiff_t>(lane) * dim; };
  for (int j = 0; j < whole; j += kWidth) {
    for (int part = 0; part * kWidth < lanes; ++part) {
      native::f64 square[kWidth];
      for (int i = 0; i < kWidth; ++i) square[i] = block[j + i].part[part];
      native::transpose(square);
      for (int i = 0; i < kWidth && part * kWidth + i < lanes; ++i)
        std::memcpy(row(part * kWidth + i) + j, &square[i], sizeof square[i]);
    }
  }
  for (int lane = 0; lane < lanes; ++lane) {
    for (int j = whole; j < dim; ++j) row(lane)[j] = block[j][lane];
  }
  for_lanes(outside & kAllLanes, [&](int lane) {
    if (lane < lanes) std::fill_n(row(lane), dim, __builtin_nan(""));
  });
}

}  // namespace saddlesim
