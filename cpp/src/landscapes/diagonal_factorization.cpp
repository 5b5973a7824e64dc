#include "saddlesim/landscapes/diagonal_factorization.hpp"

#include <algorithm>

#include "saddlesim/minus_matrix.hpp"

namespace saddlesim {

namespace {

LaneMatrix rows_of(LaneMatrix m, int first, int count) {
  return {m.data + first * m.row_stride, count, m.columns, m.row_stride, m.column_stride};
}
ConstLaneMatrix rows_of(ConstLaneMatrix m, int first, int count) {
  return {m.data + first * m.row_stride, count, m.columns, m.row_stride, m.column_stride};
}

}  // namespace

DiagonalFactorization::DiagonalFactorization(const std::vector<double>& diagonal, int rank)
    : Landscape(static_cast<int>(diagonal.size()) * rank),
      diagonal_(to_real(diagonal)),
      rank_(rank),
      charged_(static_cast<int>(std::find(diagonal_.begin(), diagonal_.end(), Real{0}) - diagonal_.begin())),
      norm2_(sum_of_squares(diagonal_)) {}

Lanes DiagonalFactorization::value(const Lanes* x, Lanes* /*scratch*/) const {
  const ConstLaneMatrix u(x, rows(), rank_);
  Lanes sum = 0.0;
  for (int i = 0; i < rows(); ++i) {
    Lanes row = 0.0;  // the entries left of the diagonal count twice
    for (int j = 0; j <= i; ++j) {
      Lanes entry = i == j ? Lanes(-diagonal_[static_cast<std::size_t>(i)]) : Lanes(0.0);
      for (int k = 0; k < rank_; ++k) entry = fma(u(i, k), u(j, k), entry);
      row = fma(i == j ? entry : entry + entry, entry, row);
    }
    sum = sum + row;
  }
  return Lanes(0.25) * sum;
}

void DiagonalFactorization::minus_diagonal(ConstLaneMatrix v, LaneMatrix product) const {
  for (int i = 0; i < charged_; ++i) {
    const Lanes minus = -diagonal_[static_cast<std::size_t>(i)];
    for (int k = 0; k < rank_; ++k) product(i, k) = minus * v(i, k);
  }
}

// product + v square where there is something in product, v square elsewhere.
void DiagonalFactorization::add_product(ConstLaneMatrix v, ConstLaneMatrix square, LaneMatrix product) const {
  const int rest = rows() - charged_;
  multiply(rows_of(v, 0, charged_), square, rows_of(product, 0, charged_), Update::add);
  multiply(rows_of(v, charged_, rest), square, rows_of(product, charged_, rest));
}

// 4 f = |U'U|^2 - 2 <D, U U'> + |D|^2, which cancels near a zero of f.
Notice DiagonalFactorization::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const ConstLaneMatrix u(x, rows(), rank_);
  const LaneMatrix gram(scratch, rank_, rank_), g(gradient, rows(), rank_);
  multiply_by_transpose(u.transposed(), gram);
  minus_diagonal(u, g);
  add_product(u, gram, g);
  if (value) {
    Lanes overlap = 0.0;
    for (int i = 0; i < charged_; ++i) {
      for (int k = 0; k < rank_; ++k) {
        overlap = fma(Lanes(diagonal_[static_cast<std::size_t>(i)]) * u(i, k), u(i, k), overlap);
      }
    }
    const Lanes size = inner_product(gram.data, gram.data, rank_ * rank_) + Lanes(norm2_);
    *value = {Lanes(0.25) * fma(Lanes(-2.0), overlap, size), Lanes(kRounding) * size};
  }
  return {0, 0};
}

// V U'U + U (V'U + U'V) - D V
void DiagonalFactorization::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const ConstLaneMatrix u(x, rows(), rank_), w(v, rows(), rank_);
  const LaneMatrix gram(scratch, rank_, rank_), mixed(scratch + rank_ * rank_, rank_, rank_);
  const LaneMatrix p(product, rows(), rank_);
  multiply_by_transpose(u.transposed(), gram);
  multiply(w.transposed(), u, mixed);
  add_transpose(mixed);
  minus_diagonal(w, p);
  add_product(w, gram, p);
  multiply(u, mixed, p, Update::add);
}

}  // namespace saddlesim
