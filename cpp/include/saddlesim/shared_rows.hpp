// A matrix that all trajectories share, of which each lane reads a row of its own.
#pragma once

#include <cstddef>
#include <vector>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Rows are stored one after the other, each padded to whole registers.
class SharedRows {
 public:
  // From rows x columns numbers, row by row.
  SharedRows(const double* a, int rows, int columns) : columns_(columns), stride_(padded(columns)) {
    numbers_.resize(std::size_t(rows) * stride_);
    for (std::size_t i = 0; i < std::size_t(rows); ++i) {
      for (std::size_t j = 0; j < std::size_t(columns); ++j)
        numbers_[i * stride_ + j] = static_cast<Real>(a[i * std::size_t(columns) + j]);
    }
  }

  int columns() const { return columns_; }
  const Real* row(std::uint64_t i) const { return numbers_.data() + i * stride_; }

  // to[j] = a(row, j) in every lane, `row` the lane's own; columns() Lanes.
  void gather(const Words& row, Lanes* to) const {
    const Real* from[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) from[lane] = numbers_.data() + row[lane] * stride_;
    if constexpr (kSingle) {
      gather_numbers(from, to);
    } else {
      gather_registers(from, to);
    }
  }

 private:
  static std::size_t padded(int columns) {
    return (std::size_t(columns) + std::size_t(kWidth) - 1) / std::size_t(kWidth) * std::size_t(kWidth);
  }

  void gather_numbers(const Real* const* from, Lanes* to) const {
    for (int j = 0; j < columns_; ++j) {
      Real* const numbers = reinterpret_cast<Real*>(to + j);
#pragma GCC unroll 32
      for (int lane = 0; lane < kLanes; ++lane) numbers[lane] = from[lane][j];
    }
  }

  // Squares of registers are turned: a row's numbers are read together, and written where their lanes are.
  void gather_registers(const Real* const* from, Lanes* to) const {
    for (int part = 0; part < kParts; ++part) {
      const Real* const* rows = from + part * kWidth;
      for (int j = 0; j < columns_; j += kWidth) {
        Register square[kWidth];
#pragma GCC unroll 8
        for (int i = 0; i < kWidth; ++i) __builtin_memcpy(&square[i], rows[i] + j, sizeof(Register));
        turn(square);
        const int wide = columns_ - j < kWidth ? columns_ - j : kWidth;
        if (wide == kWidth) {
#pragma GCC unroll 8
          for (int i = 0; i < kWidth; ++i) to[j + i].part[part] = square[i];
        } else {
          for (int i = 0; i < wide; ++i) to[j + i].part[part] = square[i];
        }
      }
    }
  }

  template <class Square>
  SADDLESIM_INLINE static void turn(Square& square) {
    if constexpr (!kSingle) native::transpose(square);
  }

  int columns_;
  std::size_t stride_;
  std::vector<Real> numbers_;
};

}  // namespace saddlesim
