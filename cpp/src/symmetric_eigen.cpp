#include "saddlesim/symmetric_eigen.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace saddlesim {

namespace {

constexpr int kMostSweeps = 60;  // ten are usual

class Jacobi {
 public:
  Jacobi(const double* m, std::size_t size) : size_(size), a_(size * size), v_(size * size, 0.0) {
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j <= i; ++j) at(i, j) = at(j, i) = m[i * size + j];
      v_[i * size + i] = 1.0;
    }
  }

  void run() {
    for (int sweep = 0; sweep < kMostSweeps && off_diagonal() > 0.0; ++sweep) {
      for (std::size_t p = 0; p < size_; ++p) {
        for (std::size_t q = p + 1; q < size_; ++q) rotate(p, q);
      }
    }
  }

  double value(std::size_t k) { return at(k, k); }
  double vector(std::size_t i, std::size_t k) const { return v_[k * size_ + i]; }

 private:
  double& at(std::size_t i, std::size_t j) { return a_[i * size_ + j]; }

  double off_diagonal() {
    double sum = 0.0;
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < i; ++j) sum += std::fabs(at(i, j));
    }
    return sum;
  }

  // Makes a(p, q) zero (Golub and Van Loan, Matrix Computations, 8.5). What is too small to change the diagonal is
  // dropped, so the sweeps end.
  void rotate(std::size_t p, std::size_t q) {
    const double apq = at(p, q);
    if (apq == 0.0) return;
    const double size = std::fabs(at(p, p)) + std::fabs(at(q, q));
    if (std::fabs(apq) <= 0x1p-54 * size) {
      at(p, q) = at(q, p) = 0.0;
      return;
    }
    const double tau = (at(q, q) - at(p, p)) / (2.0 * apq);
    const double root = std::sqrt(std::fma(tau, tau, 1.0));
    const double t = tau >= 0.0 ? 1.0 / (tau + root) : 1.0 / (tau - root);
    const double c = 1.0 / std::sqrt(std::fma(t, t, 1.0)), s = t * c;
    at(p, p) = std::fma(-t, apq, at(p, p));
    at(q, q) = std::fma(t, apq, at(q, q));
    at(p, q) = at(q, p) = 0.0;
    for (std::size_t k = 0; k < size_; ++k) {
      if (k == p || k == q) continue;
      const double akp = at(k, p), akq = at(k, q);
      at(k, p) = at(p, k) = std::fma(c, akp, -(s * akq));
      at(k, q) = at(q, k) = std::fma(s, akp, c * akq);
    }
    double *vp = v_.data() + p * size_, *vq = v_.data() + q * size_;  // eigenvectors in rows
    for (std::size_t k = 0; k < size_; ++k) {
      const double a = vp[k], b = vq[k];
      vp[k] = std::fma(c, a, -(s * b));
      vq[k] = std::fma(s, a, c * b);
    }
  }

  std::size_t size_;
  std::vector<double> a_, v_;
};

}  // namespace

SymmetricEigen symmetric_eigen(const double* m, int size) {
  const auto n = static_cast<std::size_t>(size);
  Jacobi jacobi(m, n);
  jacobi.run();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::fabs(jacobi.value(a)) > std::fabs(jacobi.value(b));
  });
  SymmetricEigen eigen{std::vector<double>(n), std::vector<double>(n * n)};
  const double rounding = n == 0 ? 0.0 : 0x1p-50 * static_cast<double>(n) * std::fabs(jacobi.value(order[0]));
  for (std::size_t k = 0; k < n; ++k) {
    const double value = jacobi.value(order[k]);
    eigen.values[k] = std::fabs(value) <= rounding ? 0.0 : value;
    for (std::size_t i = 0; i < n; ++i) eigen.vectors[i * n + k] = jacobi.vector(i, order[k]);
  }
  return eigen;
}

}  // namespace saddlesim
