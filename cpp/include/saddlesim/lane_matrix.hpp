// Small dense algebra with lanes across trajectories: every lane has matrices of its own.
//
// An element of a product is summed over k in increasing order by fused multiply-adds, whatever the tiling, so a lane's
// bits depend on its own numbers alone.
#pragma once

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// A matrix of Lanes that somebody else owns, with any strides: a block of it, or its transpose, is one too.
template <class Element>
struct LaneView {
  Element* data;
  int rows, columns;
  int row_stride, column_stride;

  LaneView(Element* data, int rows, int columns)
      : data(data), rows(rows), columns(columns), row_stride(columns), column_stride(1) {}
  LaneView(Element* data, int rows, int columns, int row_stride, int column_stride)
      : data(data), rows(rows), columns(columns), row_stride(row_stride), column_stride(column_stride) {}
  operator LaneView<const Element>() const { return {data, rows, columns, row_stride, column_stride}; }

  Element& operator()(int i, int j) const { return data[i * row_stride + j * column_stride]; }
  LaneView transposed() const { return {data, columns, rows, column_stride, row_stride}; }
};
using LaneMatrix = LaneView<Lanes>;
using ConstLaneMatrix = LaneView<const Lanes>;

enum class Update { assign, add, subtract };

// c = a b, or c + a b, or c - a b. c overlaps neither a nor b.
void multiply(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, Update update = Update::assign);

// c = a a', exactly symmetric.
void multiply_by_transpose(ConstLaneMatrix a, LaneMatrix c);

// sum_ij a_ij b_ij, row by row.
inline Lanes inner_product(ConstLaneMatrix a, ConstLaneMatrix b) {
  Lanes sum = 0.0;
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j < a.columns; ++j) sum = fma(a(i, j), b(i, j), sum);
  }
  return sum;
}

}  // namespace saddlesim
