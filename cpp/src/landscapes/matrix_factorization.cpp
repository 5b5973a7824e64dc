#include "saddlesim/landscapes/matrix_factorization.hpp"

#include <cstddef>

namespace saddlesim {

MatrixFactorization::MatrixFactorization(const double* m, int d, int rank)
    : Landscape(d * rank),
      d_(d),
      rank_(rank),
      m_(to_real(m, static_cast<std::size_t>(d) * static_cast<std::size_t>(d))),
      norm2_(sum_of_squares(m_)),
      minus_m_(m, d, d) {}

// Two Gram matrices for hvp(), and what a product with M needs.
int MatrixFactorization::scratch_rows() const { return 2 * rank_ * rank_ + minus_m_.scratch_rows(rank_); }

Lanes MatrixFactorization::value(const Lanes* x, Lanes* /*scratch*/) const {
  const ConstLaneMatrix u(x, d_, rank_);
  return Lanes(0.25) * residual_norm2(u, u.transposed(), m_.data(), true);
}

Notice MatrixFactorization::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const ConstLaneMatrix u(x, d_, rank_);
  const LaneMatrix gram(scratch, rank_, rank_), g(gradient, d_, rank_);
  multiply_by_transpose(u.transposed(), gram);
  sum_products({{u, gram}, minus_m_.times(u, scratch + rank_ * rank_)}, g);
  if (value) *value = estimate(u.data, gram.data, gradient);
  return {0, 0};
}

// |U U' - M|^2 = 2 <U, (U U' - M) U> - |U'U|^2 + |M|^2, which cancels near a zero of f.
Estimate MatrixFactorization::estimate(const Lanes* u, const Lanes* gram, const Lanes* gradient) const {
  const Lanes gram2 = inner_product(gram, gram, rank_ * rank_), m2 = norm2_;
  const Lanes residual2 = fma(Lanes(2.0), inner_product(u, gradient, dim()), m2 - gram2);
  return {Lanes(0.25) * residual2, Lanes(kRounding) * (m2 + gram2)};
}

// (U V' + V U') U + (U U' - M) V = U (V'U + U'V) + V U'U - M V
void MatrixFactorization::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const ConstLaneMatrix u(x, d_, rank_), w(v, d_, rank_);
  const LaneMatrix gram(scratch, rank_, rank_), mixed(scratch + rank_ * rank_, rank_, rank_);
  multiply_by_transpose(u.transposed(), gram);
  multiply(w.transposed(), u, mixed);
  add_transpose(mixed);
  sum_products({{u, mixed}, {w, gram}, minus_m_.times(w, scratch + 2 * rank_ * rank_)}, {product, d_, rank_});
}

}  // namespace saddlesim
