#include "saddlesim/lane_matrix.hpp"

#include <algorithm>
#include <cstddef>

namespace saddlesim {

namespace {

using native::f64;

// A tile of the product is held in registers: kHigh x kWide of them, beside kHigh + kWide that are loaded for each k.
constexpr int kHigh = 4;
constexpr int kWide = native::kWidth == 8 ? 4 : 2;

// One register part of a matrix of Lanes.
template <class Register>
struct Part {
  Register* data;
  std::ptrdiff_t row_stride, column_stride;

  template <class Element>
  Part(const LaneView<Element>& m, int i, int j, int part)
      : data(reinterpret_cast<Register*>(&m(i, j)) + part),
        row_stride(std::ptrdiff_t{m.row_stride} * kParts),
        column_stride(std::ptrdiff_t{m.column_stride} * kParts) {}
  Register& operator()(std::ptrdiff_t i, std::ptrdiff_t j) const { return data[i * row_stride + j * column_stride]; }
};

template <int kRows, int kColumns, Update kUpdate>
void multiply_tile(Part<const f64> a, Part<const f64> b, Part<f64> c, int depth) {
  f64 sum[kRows][kColumns];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) sum[i][j] = kUpdate == Update::assign ? f64{} : c(i, j);
  }
  for (int k = 0; k < depth; ++k) {
    f64 right[kColumns];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) right[j] = b(k, j);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const f64 left = kUpdate == Update::subtract ? -a(i, k) : a(i, k);
#pragma GCC unroll 8
      for (int j = 0; j < kColumns; ++j) sum[i][j] = native::fma(left, right[j], sum[i][j]);
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) c(i, j) = sum[i][j];
  }
}

template <int kRows, Update kUpdate>
void multiply_tile(int columns, Part<const f64> a, Part<const f64> b, Part<f64> c, int depth) {
  switch (columns) {
    case 1:
      return multiply_tile<kRows, 1, kUpdate>(a, b, c, depth);
    case 2:
      return multiply_tile<kRows, 2, kUpdate>(a, b, c, depth);
    case 3:
      return multiply_tile<kRows, std::min(3, kWide), kUpdate>(a, b, c, depth);
    default:
      return multiply_tile<kRows, kWide, kUpdate>(a, b, c, depth);
  }
}

template <Update kUpdate>
void multiply_tile(int rows, int columns, Part<const f64> a, Part<const f64> b, Part<f64> c, int depth) {
  switch (rows) {
    case 1:
      return multiply_tile<1, kUpdate>(columns, a, b, c, depth);
    case 2:
      return multiply_tile<2, kUpdate>(columns, a, b, c, depth);
    case 3:
      return multiply_tile<3, kUpdate>(columns, a, b, c, depth);
    default:
      return multiply_tile<kHigh, kUpdate>(columns, a, b, c, depth);
  }
}

// The tiles of c; of those, only the ones that touch the lower triangle if `triangle`.
template <Update kUpdate>
void multiply_tiles(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, bool triangle) {
  for (int part = 0; part < kParts; ++part) {
    for (int i = 0; i < c.rows; i += kHigh) {
      const int rows = std::min(kHigh, c.rows - i), end = triangle ? i + rows : c.columns;
      for (int j = 0; j < end; j += kWide) {
        multiply_tile<kUpdate>(rows, std::min(kWide, c.columns - j), {a, i, 0, part}, {b, 0, j, part}, {c, i, j, part},
                               a.columns);
      }
    }
  }
}

}  // namespace

void multiply(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, Update update) {
  switch (update) {
    case Update::assign:
      return multiply_tiles<Update::assign>(a, b, c, false);
    case Update::add:
      return multiply_tiles<Update::add>(a, b, c, false);
    case Update::subtract:
      return multiply_tiles<Update::subtract>(a, b, c, false);
  }
}

void multiply_by_transpose(ConstLaneMatrix a, LaneMatrix c) {
  multiply_tiles<Update::assign>(a, a.transposed(), c, true);
  for (int i = 0; i < c.rows; ++i) {
    for (int j = i + 1; j < c.columns; ++j) c(i, j) = c(j, i);
  }
}

}  // namespace saddlesim
