#include "saddlesim/landscapes/asymmetric_factorization.hpp"

#include <algorithm>

namespace saddlesim {

struct AsymmetricFactorization::Small {
  LaneMatrix gram_u, gram_v;    // G, K
  LaneMatrix right_u, right_v;  // K + balance/2 B, G - balance/2 B
  LaneMatrix mixed_u, mixed_v;  // of hvp()
  Lanes* rest;                  // the scratch beyond
};

namespace {

// c = a + factor (b - d), entry by entry.
void add_difference(ConstLaneMatrix a, double factor, ConstLaneMatrix b, ConstLaneMatrix d, LaneMatrix c) {
  for (int i = 0; i < c.rows; ++i) {
    for (int j = 0; j < c.columns; ++j) c(i, j) = fma(Lanes(factor), b(i, j) - d(i, j), a(i, j));
  }
}

}  // namespace

AsymmetricFactorization::AsymmetricFactorization(const double* m, int d1, int d2, int rank, double balance)
    : Landscape((d1 + d2) * rank),
      d1_(d1),
      d2_(d2),
      rank_(rank),
      balance_(balance),
      m_(to_real(m, static_cast<std::size_t>(d1) * static_cast<std::size_t>(d2))),
      norm2_(sum_of_squares(m_)),
      minus_m_(m, d1, d2),
      minus_transposed_(transpose(m, d1, d2).data(), d2, d1) {}

int AsymmetricFactorization::scratch_rows() const {
  return 8 * rank_ * rank_ + std::max(minus_m_.scratch_rows(rank_), minus_transposed_.scratch_rows(rank_));
}

AsymmetricFactorization::Small AsymmetricFactorization::small(Lanes* scratch) const {
  const int size = rank_ * rank_;
  const auto at = [&](int k) { return LaneMatrix(scratch + k * size, rank_, rank_); };
  return {at(0), at(1), at(2), at(3), at(4), at(5), scratch + 6 * size};
}

void AsymmetricFactorization::gram(ConstLaneMatrix u, ConstLaneMatrix v, const Small& s) const {
  multiply_by_transpose(u.transposed(), s.gram_u);
  multiply_by_transpose(v.transposed(), s.gram_v);
  add_difference(s.gram_v, 0.5 * balance_, s.gram_u, s.gram_v, s.right_u);
  add_difference(s.gram_u, -0.5 * balance_, s.gram_u, s.gram_v, s.right_v);
}

// balance |U'U - V'V|^2 / 8
Lanes AsymmetricFactorization::imbalance(const Small& s) const {
  Lanes sum = 0.0;
  for (int i = 0; i < rank_ * rank_; ++i) {
    const Lanes b = s.gram_u.data[i] - s.gram_v.data[i];
    sum = fma(b, b, sum);
  }
  return Lanes(0.125 * balance_) * sum;
}

Lanes AsymmetricFactorization::value(const Lanes* x, Lanes* scratch) const {
  const ConstLaneMatrix u(x, d1_, rank_), v(x + d1_ * rank_, d2_, rank_);
  const Small s = small(scratch);
  gram(u, v, s);
  return fma(Lanes(0.5), residual_norm2(u, v.transposed(), m_.data(), false), imbalance(s));
}

Notice AsymmetricFactorization::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const ConstLaneMatrix u(x, d1_, rank_), v(x + d1_ * rank_, d2_, rank_);
  const LaneMatrix g(gradient, d1_, rank_), h(gradient + d1_ * rank_, d2_, rank_);
  const Small s = small(scratch);
  gram(u, v, s);
  sum_products({{u, s.right_u}, minus_m_.times(v, s.rest)}, g);
  sum_products({{v, s.right_v}, minus_transposed_.times(u, s.rest)}, h);
  if (value) *value = estimate(x, s, gradient);
  return {0, 0};
}

// |U V' - M|^2 = <G, K> - 2 <U, M V> + |M|^2, which cancels near a zero of f; and
// <U, M V> = <G, K + balance/2 B> - <U, gradient>
Estimate AsymmetricFactorization::estimate(const Lanes* u, const Small& s, const Lanes* gradient) const {
  const int size = rank_ * rank_;
  const Lanes both = inner_product(s.gram_u.data, s.gram_v.data, size), m2 = norm2_;
  const Lanes first = inner_product(s.gram_u.data, s.right_u.data, size);
  const Lanes mixed = first - inner_product(u, gradient, d1_ * rank_);
  const Lanes unbalanced = imbalance(s);
  const Lanes total = m2 + both + abs(first) + abs(mixed) + inner_product(s.gram_u.data, s.gram_u.data, size);
  return {fma(Lanes(0.5), fma(Lanes(-2.0), mixed, m2 + both), unbalanced), Lanes(kRounding) * (total + unbalanced)};
}

// Along (P, Q), with S = U'P + P'U, T = V'Q + Q'V and dB = S - T:
//   P (K + balance/2 B) + U (T + balance/2 dB) - M Q,   Q (G - balance/2 B) + V (S - balance/2 dB) - M'P
void AsymmetricFactorization::hvp(const Lanes* x, const Lanes* direction, Lanes* product, Lanes* scratch) const {
  const int half = d1_ * rank_;
  const ConstLaneMatrix u(x, d1_, rank_), v(x + half, d2_, rank_);
  const ConstLaneMatrix p(direction, d1_, rank_), q(direction + half, d2_, rank_);
  const LaneMatrix g(product, d1_, rank_), h(product + half, d2_, rank_);
  const Small s = small(scratch);
  gram(u, v, s);
  const LaneMatrix left(s.rest, rank_, rank_), right(s.rest + rank_ * rank_, rank_, rank_);
  multiply(u.transposed(), p, s.mixed_u);
  multiply(v.transposed(), q, s.mixed_v);
  add_transpose(s.mixed_u);
  add_transpose(s.mixed_v);
  add_difference(s.mixed_v, 0.5 * balance_, s.mixed_u, s.mixed_v, left);
  add_difference(s.mixed_u, -0.5 * balance_, s.mixed_u, s.mixed_v, right);
  Lanes* const rest = s.rest + 2 * rank_ * rank_;
  sum_products({{p, s.right_u}, {u, left}, minus_m_.times(q, rest)}, g);
  sum_products({{q, s.right_v}, {v, right}, minus_transposed_.times(p, rest)}, h);
}

}  // namespace saddlesim
