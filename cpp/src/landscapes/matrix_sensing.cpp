#include "saddlesim/landscapes/matrix_sensing.hpp"

#include <cmath>
#include <cstddef>

#include "saddlesim/least_squares.hpp"

namespace saddlesim {

MatrixSensing::MatrixSensing(const double* measurements, const double* targets, int n, int d, int rank)
    : Landscape(d * rank), d_(d), rank_(rank) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(n));
  const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(entries());
  std::vector<double> a(size), b(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < size; ++i) a[i] = scale * measurements[i];
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = scale * targets[i];
  int rows = n;
  rest_ = 0.0;
  if (n > entries()) {
    LeastSquares reduced = reduce_rows(a.data(), n, entries(), b.data(), 1);
    rows = entries();
    a = std::move(reduced.r);
    b = std::move(reduced.c);
    rest_ = reduced.rest;
  }
  r_ = SharedMatrix(a.data(), rows, entries());
  r_transposed_ = SharedMatrix::transposed(a.data(), rows, entries());
  c_ = to_real(b);
}

// p and R p - c, each in one column or two, and two full matrices.
int MatrixSensing::scratch_rows() const { return 2 * (entries() + r_.rows()) + 2 * d_ * d_ + dim(); }

// U U' as a whole and as one column of entries.
void MatrixSensing::square(ConstLaneMatrix u, LaneMatrix full, LaneMatrix entries, int column) const {
  multiply_by_transpose(u, full);
  for (int a = 0, k = 0; a < d_; ++a) {
    for (int b = 0; b <= a; ++b) entries(k++, column) = full(a, b);
  }
}

// R p - c in the first column, R dp in the second if there is one; the sum of squares of the first.
Lanes MatrixSensing::residual(LaneMatrix entries, LaneMatrix residual) const {
  r_.multiply(entries, residual);
  Lanes sum = 0.0;
  for (int i = 0; i < residual.rows; ++i) {
    residual(i, 0) = residual(i, 0) - Lanes(c_[static_cast<std::size_t>(i)]);
    sum = fma(residual(i, 0), residual(i, 0), sum);
  }
  return sum;
}

// The symmetric matrix C with <C, U U'> = <entries, p>.
void MatrixSensing::spread(ConstLaneMatrix entries, int column, LaneMatrix full) const {
  for (int a = 0, k = 0; a < d_; ++a, ++k) {
    for (int b = 0; b < a; ++b) full(a, b) = full(b, a) = Lanes(0.5) * entries(k++, column);
    full(a, a) = entries(k, column);
  }
}

Lanes MatrixSensing::value(const Lanes* x, Lanes* scratch) const {
  const LaneMatrix p(scratch, entries(), 1), rho(scratch + entries(), r_.rows(), 1);
  square({x, d_, rank_}, {scratch + entries() + r_.rows(), d_, d_}, p, 0);
  return Lanes(0.25) * (residual(p, rho) + Lanes(rest_));
}

Notice MatrixSensing::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const ConstLaneMatrix u(x, d_, rank_);
  const LaneMatrix p(scratch, entries(), 1), rho(scratch + entries(), r_.rows(), 1);
  const LaneMatrix full(scratch + entries() + r_.rows(), d_, d_);
  square(u, full, p, 0);
  const Lanes sum = residual(p, rho);
  if (value) value->f = Lanes(0.25) * (sum + Lanes(rest_));
  r_transposed_.multiply(rho, p);
  spread(p, 0, full);
  multiply(full, u, {gradient, d_, rank_});
  return {0, 0};
}

// C V + dC U, dC that of dp = U V' + V U'.
void MatrixSensing::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const ConstLaneMatrix u(x, d_, rank_), w(v, d_, rank_);
  const LaneMatrix p(scratch, entries(), 2), rho(scratch + 2 * entries(), r_.rows(), 2);
  const LaneMatrix full(scratch + 2 * (entries() + r_.rows()), d_, d_), h(product, d_, rank_);
  square(u, full, p, 0);
  multiply(u, w.transposed(), full);
  for (int a = 0, k = 0; a < d_; ++a) {
    for (int b = 0; b <= a; ++b) p(k++, 1) = full(a, b) + full(b, a);
  }
  residual(p, rho);
  r_transposed_.multiply(rho, p);
  spread(p, 0, full);
  multiply(full, w, h);
  spread(p, 1, full);
  multiply(full, u, h, Update::add);
}

}  // namespace saddlesim
