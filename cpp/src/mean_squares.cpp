#include "saddlesim/mean_squares.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "saddlesim/least_squares.hpp"

namespace saddlesim {

namespace {

// A B for B of `columns` columns, row by row, by the kernel that trajectories use: the same bits on every machine.
std::vector<double> product(const SharedMatrix& a, const std::vector<double>& b, int columns) {
  std::vector<double> result(std::size_t(a.rows()) * std::size_t(columns));
  Block x(a.columns()), y(a.rows());
  for (int first = 0; first < columns; first += kLanes) {
    const int count = std::min(kLanes, columns - first);
    const auto at = [&](int row, int lane) {
      return std::size_t(row) * std::size_t(columns) + std::size_t(first + lane);
    };
    for (int i = 0; i < x.rows(); ++i) {
      for (int lane = 0; lane < count; ++lane) x[i].set(lane, b[at(i, lane)]);
    }
    a.multiply(x.data(), y.data());
    for (int i = 0; i < y.rows(); ++i) {
      for (int lane = 0; lane < count; ++lane) result[at(i, lane)] = y[i][lane];
    }
  }
  return result;
}

}  // namespace

MeanSquares::MeanSquares(const double* a, const double* b, int n, int columns) : rest_(0.0) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(n));
  std::vector<double> r(std::size_t(n) * std::size_t(columns)), c(static_cast<std::size_t>(n));
  std::transform(a, a + r.size(), r.begin(), [&](double number) { return scale * number; });
  std::transform(b, b + n, c.begin(), [&](double number) { return scale * number; });
  int rows = n;
  if (n > columns) {
    LeastSquares reduced = reduce_rows(r.data(), n, columns, c.data(), 1);
    rows = columns;
    r = std::move(reduced.r);
    c = std::move(reduced.c);
    rest_ = reduced.rest;
  }
  c_ = to_real(c);
  r_ = SharedMatrix(r.data(), rows, columns);
  std::vector<double> half = transpose(r.data(), rows, columns);
  for (double& number : half) number *= 0.5;
  half_transposed_ = SharedMatrix(half.data(), columns, rows);
  if (columns > 2 * rows) return;
  k_ = SymmetricMatrix(product(half_transposed_, r, columns).data(), columns);
  minus_q_ = to_real(product(half_transposed_, c, 1));
  for (Real& number : minus_q_) number = -number;
  half_transposed_ = {};
}

// R z - c; returns the sum of its squares.
Lanes MeanSquares::residuals(const Lanes* z, Lanes* rho) const {
  r_.multiply(z, rho);
  Lanes sum = 0.0;
  for (int i = 0; i < r_.rows(); ++i) {
    rho[i] = rho[i] - Lanes(c_[static_cast<std::size_t>(i)]);
    sum = fma(rho[i], rho[i], sum);
  }
  return sum;
}

Lanes MeanSquares::value(const Lanes* z, Lanes* scratch) const {
  return Lanes(0.25) * (residuals(z, scratch) + Lanes(rest_));
}

void MeanSquares::gradient(const Lanes* z, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  if (k_.size() > 0) {
    k_.multiply({{z, gradient, minus_q_.data()}});
    if (value) *value = estimate(z, gradient);
  } else {
    const Lanes sum = residuals(z, scratch);
    if (value) value->f = Lanes(0.25) * (sum + Lanes(rest_));
    half_transposed_.multiply(scratch, gradient);
  }
}

void MeanSquares::derivatives(const Lanes* z, const Lanes* dz, Lanes* gradient, Lanes* product, Lanes* scratch) const {
  if (k_.size() > 0) {
    k_.multiply({{z, gradient, minus_q_.data()}, {dz, product}});
  } else {
    this->gradient(z, gradient, scratch, nullptr);
    r_.multiply(dz, scratch);
    half_transposed_.multiply(scratch, product);
  }
}

// |R z - c|^2 = 2 z'(K z - 2 q) + |c|^2. What is added up is no larger than K of absolute values allows; |q| is at most
// the root of its largest eigenvalue times |c|.
Estimate MeanSquares::estimate(const Lanes* z, const Lanes* gradient) const {
  Lanes sum = 0.0, norm2 = 0.0;
  for (int i = 0; i < k_.size(); ++i) {
    sum = fma(z[i], gradient[i] + Lanes(minus_q_[static_cast<std::size_t>(i)]), sum);
    norm2 = fma(z[i], z[i], norm2);
  }
  double total = rest_;
  for (const double number : c_) total = std::fma(number, number, total);
  return {fma(Lanes(0.5), sum, Lanes(0.25 * total)), Lanes(kRounding) * fma(Lanes(k_.row_norm()), norm2, Lanes(total))};
}

}  // namespace saddlesim
