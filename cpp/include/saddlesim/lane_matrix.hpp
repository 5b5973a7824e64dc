// Small dense algebra with lanes across trajectories: every lane has matrices of its own.
//
// An element of a product is summed over k in increasing order by fused multiply-adds, whatever the tiling, so a lane's
// bits depend on its own numbers alone.
#pragma once

#include <initializer_list>

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

// One of the products of a sum: a b, or numbers that all trajectories share times b.
struct Product {
  Product(ConstLaneMatrix a, ConstLaneMatrix b) : shared(nullptr), a(a), b(b) {}
  // `shared` is a matrix of as many columns as b has rows, row by row.
  Product(const Real* shared, ConstLaneMatrix b) : shared(shared), a(b), b(b) {}

  const Real* shared;
  ConstLaneMatrix a, b;
};

// c = sum of the products, in their order; what it is made of is loaded and stored once. c overlaps none of them.
void sum_products(std::initializer_list<Product> products, LaneMatrix c);

// c = a a', exactly symmetric.
void multiply_by_transpose(ConstLaneMatrix a, LaneMatrix c);

// a = a + a'
inline void add_transpose(LaneMatrix a) {
  for (int i = 0; i < a.rows; ++i) {
    for (int j = 0; j <= i; ++j) a(i, j) = a(j, i) = a(i, j) + a(j, i);
  }
}

// |a b - m|^2 for a matrix m that all trajectories share, row by row; only the entries on and below the diagonal count
// if `lower`, those below it twice: all of it where a b and m are symmetric.
Lanes residual_norm2(ConstLaneMatrix a, ConstLaneMatrix b, const Real* m, bool lower);

// sum_j a_j b_j over `count` Lanes; in four sums, so that no multiply-add waits for the one before it.
inline Lanes inner_product(const Lanes* a, const Lanes* b, int count) {
  Lanes sum[4] = {0.0, 0.0, 0.0, 0.0};
  int j = 0;
  for (; j + 4 <= count; j += 4) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) sum[k] = fma(a[j + k], b[j + k], sum[k]);
  }
  for (int k = 0; j < count; ++j, ++k) sum[k] = fma(a[j], b[j], sum[k]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

}  // namespace saddlesim
