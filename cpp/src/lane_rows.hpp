// Rows of a matrix, one a trajectory, into the lanes of a block and back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Fetches what comes so many coordinates later, in the row or in that of the same lane in the next block: the hardware
// does not follow so many rows at once. The address may lie past the end, which a fetch does not mind.
template <bool kToWrite>
SADDLESIM_INLINE void fetch_ahead(const double* row, int j, int dim) {
  constexpr int kAhead = 64;
  const int within = j + kAhead < dim ? j + kAhead : j + kAhead - dim + kLanes * dim;
  const auto address = reinterpret_cast<std::uintptr_t>(row) + sizeof(double) * static_cast<std::uintptr_t>(within);
  __builtin_prefetch(reinterpret_cast<const void*>(address), kToWrite);
}

// The lanes beyond the last of `count` rows repeat it.
inline void load_rows(const double* rows, std::size_t count, Lanes* block, int dim) {
  constexpr int width = native::kWidth;
  const int whole = dim - dim % width;
  const double* row[kLanes];
  for (int lane = 0; lane < kLanes; ++lane)
    row[lane] = rows + std::min(static_cast<std::size_t>(lane), count - 1) * static_cast<std::size_t>(dim);
  for (int j = 0; j < whole; j += width) {
    Doubles columns[width];
    for (int part = 0; part < Doubles::kRegisters; ++part) {
      native::f64 square[width];
      for (int i = 0; i < width; ++i) {
        std::memcpy(&square[i], row[part * width + i] + j, sizeof square[i]);
        fetch_ahead<false>(row[part * width + i], j, dim);
      }
      native::transpose(square);
      for (int i = 0; i < width; ++i) columns[i].part[part] = square[i];
    }
    for (int i = 0; i < width; ++i) block[j + i] = to_lanes(columns[i]);
  }
  for (int j = whole; j < dim; ++j) {
    for (int lane = 0; lane < kLanes; ++lane) block[j].set(lane, row[lane][j]);
  }
}
inline void load_rows(const double* rows, std::size_t count, Block& block) {
  load_rows(rows, count, block.data(), block.rows());
}

// Writes the first `count` lanes, with NaN in the rows whose point is outside.
inline void store_rows(const Lanes* block, int dim, LaneSet outside, std::size_t count, double* rows) {
  constexpr int width = native::kWidth;
  const int lanes = static_cast<int>(std::min(count, static_cast<std::size_t>(kLanes)));
  const int whole = dim - dim % width;
  const auto row = [&](int lane) { return rows + static_cast<std::ptrdiff_t>(lane) * dim; };
  for (int j = 0; j < whole; j += width) {
    Doubles columns[width];
    for (int i = 0; i < width; ++i) columns[i] = widen(block[j + i]);
    for (int part = 0; part * width < lanes; ++part) {
      native::f64 square[width];
      for (int i = 0; i < width; ++i) square[i] = columns[i].part[part];
      native::transpose(square);
      for (int i = 0; i < width && part * width + i < lanes; ++i) {
        std::memcpy(row(part * width + i) + j, &square[i], sizeof square[i]);
        fetch_ahead<true>(row(part * width + i), j, dim);
      }
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
