#include "saddlesim/landscapes/quadratic.hpp"

#include <cmath>
#include <vector>

#include "saddlesim/normal.hpp"

namespace saddlesim {

QuadraticSaddle::QuadraticSaddle(const Eigen::VectorXd& eigenvalues, const std::optional<RowMatrix>& rotation)
    : Landscape(static_cast<int>(eigenvalues.size())),
      eigenvalues_(to_real(eigenvalues.data(), static_cast<std::size_t>(eigenvalues.size()))) {
  if (!rotation) return;
  const RowMatrix& q = *rotation;
  if (q.rows() != dim() || q.cols() != dim()) throw std::invalid_argument("rotation must be dim x dim");
  // Summed in a fixed order and symmetric to the last bit, whatever the instruction set.
  RowMatrix hessian(dim(), dim());
  for (int i = 0; i < dim(); ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = 0.0;
      for (int k = 0; k < dim(); ++k) sum = std::fma(eigenvalues[k] * q(k, i), q(k, j), sum);
      hessian(i, j) = hessian(j, i) = sum;
    }
  }
  hessian_ = SharedMatrix(hessian.data(), dim(), dim());
}

void QuadraticSaddle::apply(const Lanes* v, Lanes* product) const {
  if (!hessian_.empty()) return hessian_.multiply(v, product);
  for (int j = 0; j < dim(); ++j) product[j] = Lanes(eigenvalues_[static_cast<std::size_t>(j)]) * v[j];
}

Lanes QuadraticSaddle::value(const Lanes* x, Lanes* scratch) const {
  apply(x, scratch);
  return half_product(x, scratch);
}

Lanes QuadraticSaddle::half_product(const Lanes* x, const Lanes* y) const {
  Lanes sum = 0.0;
  for (int j = 0; j < dim(); ++j) sum = fma(x[j], y[j], sum);
  return Lanes(0.5) * sum;
}

Notice QuadraticSaddle::gradient(const Lanes* x, Lanes* gradient, Lanes* /*scratch*/, Estimate* value) const {
  apply(x, gradient);
  if (value) value->f = half_product(x, gradient);
  return {0, 0};
}

void QuadraticSaddle::hvp(const Lanes* /*x*/, const Lanes* v, Lanes* product, Lanes* /*scratch*/) const {
  apply(v, product);
}

RowMatrix random_rotation(std::uint64_t key, int dim) {
  const PhiloxKey keys(key);
  RowMatrix q = RowMatrix::Identity(dim, dim);
  std::vector<double> v(static_cast<std::size_t>(dim));
  // One reflection for each column: it maps e_n of the trailing subspace to a uniformly random direction there.
  for (int n = 0; n < dim; ++n) {
    const int size = dim - n;
    double norm2 = 0.0;
    for (int i = 0; i < size; ++i) {
      const Counter counter(Domain::data, Words(static_cast<std::uint64_t>(n)), Words(0));
      v[static_cast<std::size_t>(i)] =
          normal53(philox(keys, counter.at(Words(static_cast<std::uint64_t>(i))))).first[0];
      norm2 = std::fma(v[static_cast<std::size_t>(i)], v[static_cast<std::size_t>(i)], norm2);
    }
    // H = I - 2 w w' with w = v + sign(v_0) |v| e_0, and a sign that makes the distribution Haar
    const double norm = std::sqrt(norm2), sign = v[0] < 0.0 ? -1.0 : 1.0;
    v[0] += sign * norm;
    const double scale = 1.0 / (norm * std::fabs(v[0]));  // 2 / |w|^2
    for (int row = 0; row < dim; ++row) {
      double dot = 0.0;
      for (int i = 0; i < size; ++i) dot = std::fma(q(row, n + i), v[static_cast<std::size_t>(i)], dot);
      for (int i = 0; i < size; ++i)
        q(row, n + i) = std::fma(-dot * scale, v[static_cast<std::size_t>(i)], q(row, n + i));
      q(row, n) *= -sign;
    }
  }
  return q;
}

}  // namespace saddlesim
