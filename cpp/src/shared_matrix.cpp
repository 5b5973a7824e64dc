#include "saddlesim/shared_matrix.hpp"

#include <algorithm>
#include <cstddef>

namespace saddlesim {

namespace {

// A tile of the product is held in registers: kHigh x kWide of them. Every number of the shared matrix is broadcast
// once for kWide multiply-adds, every register of x is loaded once for kHigh.
constexpr int kHigh = SADDLESIM_AVX512 ? 8 : 4;
constexpr int kWide = 3;

struct Columns {
  const Register* x[kWide];
  Register* y[kWide];
  std::ptrdiff_t x_stride, y_stride;
};

template <int kRows, int kColumns, Update kUpdate>
void multiply_tile(const Real* a, int begin, int end, int row, const Columns& columns) {
  Register sum[kRows][kColumns];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j)
      sum[i][j] = kUpdate == Update::assign ? Register{} : columns.y[j][(row + i) * columns.y_stride];
  }
  std::ptrdiff_t at = begin * columns.x_stride;
  for (int k = begin; k < end; ++k, a += kRows, at += columns.x_stride) {
    Register right[kColumns];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) right[j] = columns.x[j][at];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Register left = native::splat(kUpdate == Update::subtract ? -a[i] : a[i]);
#pragma GCC unroll 8
      for (int j = 0; j < kColumns; ++j) sum[i][j] = native::fma(left, right[j], sum[i][j]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) columns.y[j][(row + i) * columns.y_stride] = sum[i][j];
  }
}

template <int kColumns, Update kUpdate>
void multiply_tile(int height, const Real* a, int begin, int end, int row, const Columns& columns) {
  switch (height) {
    case 1:
      return multiply_tile<1, kColumns, kUpdate>(a, begin, end, row, columns);
    case 2:
      return multiply_tile<2, kColumns, kUpdate>(a, begin, end, row, columns);
    case 4:
      return multiply_tile<4, kColumns, kUpdate>(a, begin, end, row, columns);
    default:
      return multiply_tile<kHigh, kColumns, kUpdate>(a, begin, end, row, columns);
  }
}

template <Update kUpdate>
void multiply_tile(int wide, int height, const Real* a, int begin, int end, int row, const Columns& columns) {
  switch (wide) {
    case 1:
      return multiply_tile<1, kUpdate>(height, a, begin, end, row, columns);
    case 2:
      return multiply_tile<2, kUpdate>(height, a, begin, end, row, columns);
    default:
      return multiply_tile<kWide, kUpdate>(height, a, begin, end, row, columns);
  }
}

}  // namespace

std::vector<double> transpose(const double* a, int rows, int columns) {
  const auto m = static_cast<std::size_t>(rows), n = static_cast<std::size_t>(columns);
  std::vector<double> turned(m * n);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) turned[j * m + i] = a[i * n + j];
  }
  return turned;
}

SharedMatrix::SharedMatrix(const double* a, int rows, int columns) : rows_(rows), columns_(columns) {
  const auto at = [&](int i, int k) {
    return a[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(k)];
  };
  for (int row = 0, height = kHigh; row < rows; row += height) {
    while (height > rows - row) height /= 2;
    const auto column_is_zero = [&](int k) {
      for (int i = row; i < row + height; ++i) {
        if (at(i, k) != 0.0) return false;
      }
      return true;
    };
    Panel panel{row, height, 0, columns, numbers_.size()};
    while (panel.begin < panel.end && column_is_zero(panel.begin)) ++panel.begin;
    while (panel.begin < panel.end && column_is_zero(panel.end - 1)) --panel.end;
    for (int k = panel.begin; k < panel.end; ++k) {
      for (int i = row; i < row + height; ++i) numbers_.push_back(static_cast<Real>(at(i, k)));
    }
    panels_.push_back(panel);
  }
}

void SharedMatrix::multiply(ConstLaneMatrix x, LaneMatrix y, Update update) const {
  Columns columns{{}, {}, std::ptrdiff_t{x.row_stride} * kParts, std::ptrdiff_t{y.row_stride} * kParts};
  const int registers = x.columns * kParts;
  for (int first = 0; first < registers; first += kWide) {
    const int wide = std::min(kWide, registers - first);
    for (int j = 0; j < wide; ++j) {
      const int column = (first + j) / kParts, part = (first + j) % kParts;
      columns.x[j] = reinterpret_cast<const Register*>(&x(0, column)) + part;
      columns.y[j] = reinterpret_cast<Register*>(&y(0, column)) + part;
    }
    for (const Panel& p : panels_) {
      const Real* a = numbers_.data() + p.offset;
      switch (update) {
        case Update::assign:
          multiply_tile<Update::assign>(wide, p.height, a, p.begin, p.end, p.first_row, columns);
          break;
        case Update::add:
          multiply_tile<Update::add>(wide, p.height, a, p.begin, p.end, p.first_row, columns);
          break;
        case Update::subtract:
          multiply_tile<Update::subtract>(wide, p.height, a, p.begin, p.end, p.first_row, columns);
          break;
      }
    }
  }
}

}  // namespace saddlesim
