#include "saddlesim/landscapes/matrix_factorization.hpp"

#include <algorithm>
#include <cmath>

namespace saddlesim {

namespace {

double sum_of_squares(const std::vector<double>& numbers) {
  double sum = 0.0;
  for (const double a : numbers) sum = std::fma(a, a, sum);
  return sum;
}

}  // namespace

MatrixFactorization::MatrixFactorization(const double* m, int d, int rank)
    : Landscape(d * rank),
      d_(d),
      rank_(rank),
      entries_(m, m + static_cast<std::ptrdiff_t>(d) * d),
      m_(m, d, d),
      m_norm2_(sum_of_squares(entries_)) {}

// Gram matrix and gradient for value(), three Gram matrices for hvp(), and what a product with M needs.
int MatrixFactorization::scratch_rows() const {
  return std::max(rank_ * rank_ + dim(), 3 * rank_ * rank_) + m_.scratch_rows(rank_);
}

Lanes MatrixFactorization::value(const Lanes* x, Lanes* scratch) const {
  Lanes value;
  gradient(x, scratch + rank_ * rank_ + m_.scratch_rows(rank_), scratch, &value);
  return value;
}

Notice MatrixFactorization::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Lanes* value) const {
  const ConstLaneMatrix u(x, d_, rank_);
  const LaneMatrix gram(scratch, rank_, rank_), g(gradient, d_, rank_);
  multiply_by_transpose(u.transposed(), gram);
  multiply(u, gram, g);
  m_.multiply(u, g, Update::subtract, scratch + rank_ * rank_);
  if (value) *value = value_at(u, gram, g);
  return {0, 0};
}

// |U U' - M|^2 = 2 <U, (U U' - M) U> - |U'U|^2 + |M|^2. Near a zero of f that cancels, and the sum of squares is taken.
Lanes MatrixFactorization::value_at(ConstLaneMatrix u, ConstLaneMatrix gram, ConstLaneMatrix gradient) const {
  const Lanes gram2 = inner_product(gram, gram);
  const Lanes total = Lanes(m_norm2_) + gram2;
  const Lanes residual2 = fma(Lanes(2.0), inner_product(u, gradient), Lanes(m_norm2_) - gram2);
  const Mask cancels = residual2 < Lanes(0x1p-6) * total;
  return Lanes(0.25) * (any(cancels) ? select(cancels, direct_value(u), residual2) : residual2);
}

Lanes MatrixFactorization::direct_value(ConstLaneMatrix u) const {
  Lanes sum = 0.0, diagonal = 0.0;
  for (int i = 0; i < d_; ++i) {
    for (int j = 0; j <= i; ++j) {
      Lanes e = -entries_[static_cast<std::size_t>(i * d_ + j)];
      for (int k = 0; k < rank_; ++k) e = fma(u(i, k), u(j, k), e);
      Lanes& to = i == j ? diagonal : sum;
      to = fma(e, e, to);
    }
  }
  return fma(Lanes(2.0), sum, diagonal);
}

// (U V' + V U') U + (U U' - M) V = U (V'U + U'V) + V U'U - M V
void MatrixFactorization::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const ConstLaneMatrix u(x, d_, rank_), w(v, d_, rank_);
  const LaneMatrix gram(scratch, rank_, rank_), mixed(scratch + rank_ * rank_, rank_, rank_);
  const LaneMatrix both(scratch + 2 * rank_ * rank_, rank_, rank_), h(product, d_, rank_);
  multiply_by_transpose(u.transposed(), gram);
  multiply(w.transposed(), u, mixed);
  for (int i = 0; i < rank_; ++i) {
    for (int j = 0; j < rank_; ++j) both(i, j) = mixed(i, j) + mixed(j, i);
  }
  multiply(u, both, h);
  multiply(w, gram, h, Update::add);
  m_.multiply(w, h, Update::subtract, scratch + 3 * rank_ * rank_);
}

}  // namespace saddlesim
