// Plain numbers in the order in which a register tile reads them.
#pragma once

#include <algorithm>
#include <cstddef>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Numbers of this thread's own, which stay with it: products come by the thousand. Each `kUse` has others.
template <int kUse>
Real* workspace(std::size_t numbers) {
  thread_local Block block;
  const std::size_t rows = (numbers + kLanes - 1) / kLanes;
  if (static_cast<std::size_t>(block.rows()) < rows) block = Block(static_cast<int>(rows));
  return reinterpret_cast<Real*>(block.data());
}

// Squares of pack()'s numbers, turned in registers, where numbers of one i are neighbours; answers how many k that were.
template <class T>
int pack_squares(const T* from, std::ptrdiff_t stride, int count, int depth, int width, bool negate, T* to) {
  int k = 0;
  if constexpr (sizeof(T) == sizeof(double)) {
    for (; width % kWidth == 0 && k + kWidth <= depth; k += kWidth) {
      for (int i = 0; i < width; i += kWidth) {
        native::vector<T> square[kWidth];  // whose type must depend on T: there is no turning of floats
        for (int row = 0; row < kWidth; ++row) {
          square[row] = Register{};
          if (i + row < count) __builtin_memcpy(&square[row], from + (i + row) * stride + k, sizeof(Register));
          if (negate) square[row] = -square[row];
        }
        native::transpose(square);
        for (int column = 0; column < kWidth; ++column) {
          __builtin_memcpy(to + std::ptrdiff_t{k + column} * width + i, &square[column], sizeof(Register));
        }
      }
    }
  }
  return k;
}

// to[k * width + i] = from[i * stride + k * step] for i < count and k < depth, or minus that; 0 for other i < width.
inline void pack(const Real* from, std::ptrdiff_t stride, std::ptrdiff_t step, int count, int depth, int width,
                 bool negate, Real* to) {
  const Real sign = negate ? Real(-1) : Real(1);
  for (int k = step == 1 ? pack_squares(from, stride, count, depth, width, negate, to) : 0; k < depth; ++k) {
    Real* const row = to + std::ptrdiff_t{k} * width;
    const Real* const column = from + k * step;
    if (stride == 1 && count == width && width % kWidth == 0) {
      for (int i = 0; i < width; i += kWidth) {
        Register numbers;
        __builtin_memcpy(&numbers, column + i, sizeof numbers);
        numbers = sign * numbers;
        __builtin_memcpy(row + i, &numbers, sizeof numbers);
      }
    } else if (stride == 1) {
      for (int i = 0; i < count; ++i) row[i] = sign * column[i];
    } else {
      for (int i = 0; i < count; ++i) row[i] = sign * column[i * stride];
    }
    std::fill(row + count, row + width, Real(0));
  }
}

}  // namespace saddlesim
