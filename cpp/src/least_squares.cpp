#include "saddlesim/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

namespace {

// I - factor v v' with v = 0 above its first row.
struct Reflector {
  int first;
  std::vector<double> v;
  double factor;

  // Columns side by side in the lanes of a block.
  void apply(BlockOf<Doubles>& columns) const {
    Doubles sum[4] = {0.0, 0.0, 0.0, 0.0};
    const int size = static_cast<int>(v.size());
    const Doubles* x = &columns[first];
    int i = 0;
    for (; i + 4 <= size; i += 4) {
      for (int k = 0; k < 4; ++k) sum[k] = fma(Doubles(v[static_cast<std::size_t>(i + k)]), x[i + k], sum[k]);
    }
    for (int k = 0; i < size; ++i, ++k) sum[k] = fma(Doubles(v[static_cast<std::size_t>(i)]), x[i], sum[k]);
    const Doubles along = Doubles(-factor) * ((sum[0] + sum[1]) + (sum[2] + sum[3]));
    for (i = 0; i < size; ++i)
      columns[first + i] = fma(along, Doubles(v[static_cast<std::size_t>(i)]), columns[first + i]);
  }
};

// The reflection that turns what is in one lane from row `first` on into a multiple of the first unit vector.
Reflector reflector(const BlockOf<Doubles>& columns, int lane, int first) {
  Reflector h{first, std::vector<double>(static_cast<std::size_t>(columns.rows() - first)), 0.0};
  double norm2 = 0.0;
  for (std::size_t i = 0; i < h.v.size(); ++i) {
    h.v[i] = columns[first + static_cast<int>(i)][lane];
    norm2 = std::fma(h.v[i], h.v[i], norm2);
  }
  if (norm2 == 0.0) return h;  // nothing to turn
  const double norm = std::sqrt(norm2);
  h.v[0] += std::copysign(norm, h.v[0]);
  h.factor = 1.0 / (norm * std::fabs(h.v[0]));  // 2 / |v|^2
  return h;
}

}  // namespace

LeastSquares reduce_rows(const double* a, int rows, int columns, const double* b, int right_columns) {
  std::vector<Reflector> reflectors;
  reflectors.reserve(static_cast<std::size_t>(columns));
  const auto width = static_cast<std::size_t>(columns), right = static_cast<std::size_t>(right_columns);
  LeastSquares reduced{std::vector<double>(width * width), std::vector<double>(width * right), 0.0};
  BlockOf<Doubles> block(rows);
  // A block of columns at a time, by all the reflections before it: these are read once for kLanes columns.
  for (int begin = 0; begin < columns + right_columns; begin += kLanes) {
    const int count = std::min(kLanes, columns + right_columns - begin);
    for (int lane = 0; lane < kLanes; ++lane) {
      const int column = begin + lane;
      for (int i = 0; i < rows; ++i) {
        const auto row = static_cast<std::size_t>(i);
        const double entry = lane >= count      ? 0.0
                             : column < columns ? a[row * width + static_cast<std::size_t>(column)]
                                                : b[row * right + static_cast<std::size_t>(column - columns)];
        block[i].set(lane, entry);
      }
    }
    for (const Reflector& h : reflectors) h.apply(block);
    for (int lane = 0; lane < count && begin + lane < columns; ++lane) {
      reflectors.push_back(reflector(block, lane, begin + lane));
      reflectors.back().apply(block);
    }
    for (int lane = 0; lane < count; ++lane) {
      const int column = begin + lane;
      const auto at = static_cast<std::size_t>(column);
      for (int i = 0; i < rows; ++i) {
        const auto row = static_cast<std::size_t>(i);
        if (column < columns) {
          if (i <= column) reduced.r[row * width + at] = block[i][lane];
        } else if (i < columns) {
          reduced.c[row * right + at - width] = block[i][lane];
        } else {
          reduced.rest = std::fma(block[i][lane], block[i][lane], reduced.rest);
        }
      }
    }
  }
  return reduced;
}

}  // namespace saddlesim
