#include "saddlesim/landscapes/tensor_decomposition.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace saddlesim {

namespace {

// to_ik = sum_{j != i} a_jk b_jk, as what comes before and after: a difference from the whole sum would cancel.
void sum_others(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix to) {
  for (int k = 0; k < a.columns; ++k) {
    Lanes before = 0.0, after = 0.0;
    for (int i = 0; i < a.rows; ++i) {
      to(i, k) = before;
      before = fma(a(i, k), b(i, k), before);
    }
    for (int i = a.rows - 1; i >= 0; --i) {
      to(i, k) = to(i, k) + after;
      after = fma(a(i, k), b(i, k), after);
    }
  }
}

}  // namespace

TensorDecomposition::TensorDecomposition(const double* components, int m, int d, int rows, TensorObjective objective,
                                         bool riemannian)
    : Landscape(rows * d),
      m_(m),
      d_(d),
      rows_(rows),
      objective_(objective),
      riemannian_(riemannian && objective != TensorObjective::cp),
      components_(components, m, d),
      transposed_(SharedMatrix::transposed(components, m, d)),
      norm2_(0.0) {
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < m; ++j) {
      double dot = 0.0;
      for (int k = 0; k < d; ++k) dot = std::fma(components[i * d + k], components[j * d + k], dot);
      norm2_ += dot * dot * (dot * dot);
    }
  }
}

// Four arrays like Z; a direction and a gradient's radial parts, or two Gram matrices.
int TensorDecomposition::scratch_rows() const {
  return 4 * rows_ * m_ + std::max(dim() + rows_, 2 * rows_ * rows_) + dim();
}

void TensorDecomposition::to_components(const Lanes* x, LaneMatrix z) const {
  components_.multiply(ConstLaneMatrix(x, rows_, d_).transposed(), z.transposed());
}

void TensorDecomposition::from_components(ConstLaneMatrix z, Lanes* x, Update update) const {
  transposed_.multiply(z.transposed(), LaneMatrix(x, rows_, d_).transposed(), update);
}

// The derivative by Z of what Z gives to f, and that part of f.
Lanes TensorDecomposition::slopes(ConstLaneMatrix z, LaneMatrix slopes) const {
  Lanes sum = 0.0;
  const Lanes four = 4.0;
  if (objective_ == TensorObjective::all) sum_others(z, z, slopes);
  const Lanes factor = objective_ == TensorObjective::one ? -4.0 : -2.0;
  for (int i = 0; i < rows_; ++i) {
    for (int k = 0; k < m_; ++k) {
      const Lanes square = z(i, k) * z(i, k);
      if (objective_ == TensorObjective::all) {
        sum = fma(square, slopes(i, k), sum);
        slopes(i, k) = four * z(i, k) * slopes(i, k);
      } else {
        sum = fma(square, square, sum);
        slopes(i, k) = factor * z(i, k) * square;
      }
    }
  }
  return objective_ == TensorObjective::all ? sum : Lanes(0.25) * factor * sum;
}

// The derivative of the slopes along W.
void TensorDecomposition::curve(ConstLaneMatrix z, ConstLaneMatrix w, LaneMatrix curved, LaneMatrix sums) const {
  if (objective_ == TensorObjective::all) {
    sum_others(z, z, curved);
    sum_others(z, w, sums);
    for (int i = 0; i < rows_; ++i) {
      for (int k = 0; k < m_; ++k)
        curved(i, k) = fma(Lanes(4.0) * w(i, k), curved(i, k), Lanes(8.0) * z(i, k) * sums(i, k));
    }
    return;
  }
  const Lanes factor = objective_ == TensorObjective::one ? -12.0 : -6.0;
  for (int i = 0; i < rows_; ++i) {
    for (int k = 0; k < m_; ++k) curved(i, k) = factor * (z(i, k) * z(i, k)) * w(i, k);
  }
}

// 2 G^3 U, G = U U' with its entries cubed; answers sum g_ij^4.
Lanes TensorDecomposition::add_pairs(const Lanes* x, Lanes* gradient, Lanes* scratch) const {
  const ConstLaneMatrix u(x, rows_, d_);
  const LaneMatrix gram(scratch, rows_, rows_);
  multiply_by_transpose(u, gram);
  Lanes sum = 0.0;
  for (int i = 0; i < rows_ * rows_; ++i) {
    const Lanes g = gram.data[i], square = g * g;
    sum = fma(square, square, sum);
    gram.data[i] = Lanes(2.0) * g * square;
  }
  if (gradient) multiply(gram, u, {gradient, rows_, d_}, Update::add);
  return sum;
}

Lanes TensorDecomposition::value(const Lanes* x, Lanes* scratch) const {
  const LaneMatrix z = slot(scratch, 0);
  to_components(x, z);
  const Lanes own = slopes(z, slot(scratch, 1));
  if (objective_ != TensorObjective::cp) return own;
  return fma(Lanes(0.25), add_pairs(x, nullptr, rest(scratch)) + Lanes(norm2_), own);
}

Notice TensorDecomposition::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const LaneMatrix z = slot(scratch, 0), slope = slot(scratch, 1);
  to_components(x, z);
  const Lanes own = slopes(z, slope);
  from_components(slope, gradient, Update::assign);
  if (objective_ == TensorObjective::cp) {
    const Lanes pairs = add_pairs(x, gradient, rest(scratch));
    if (value) value->f = fma(Lanes(0.25), pairs + Lanes(norm2_), own);
    return {0, 0};
  }
  if (riemannian_) spheres().project(x, gradient, gradient);
  if (value) value->f = own;
  return {0, 0};
}

void TensorDecomposition::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const LaneMatrix z = slot(scratch, 0), w = slot(scratch, 1), curved = slot(scratch, 2), other = slot(scratch, 3);
  Lanes* const tangent = rest(scratch);
  to_components(x, z);
  if (riemannian_) {
    spheres().project(x, v, tangent);
    v = tangent;
  }
  to_components(v, w);
  curve(z, w, curved, other);
  from_components(curved, product, Update::assign);
  if (objective_ == TensorObjective::cp) {  // 6 (G^2 . (U V' + V U')) U + 2 G^3 V
    const ConstLaneMatrix u(x, rows_, d_), direction(v, rows_, d_);
    const LaneMatrix gram(rest(scratch), rows_, rows_), mixed(rest(scratch) + rows_ * rows_, rows_, rows_);
    multiply_by_transpose(u, gram);
    multiply(u, direction.transposed(), mixed);
    for (int i = 0; i < rows_; ++i) {
      for (int j = 0; j <= i; ++j) {
        const Lanes square = gram(i, j) * gram(i, j);
        mixed(i, j) = mixed(j, i) = Lanes(6.0) * square * (mixed(i, j) + mixed(j, i));
        gram(i, j) = gram(j, i) = Lanes(2.0) * square * gram(i, j);
      }
    }
    const LaneMatrix h(product, rows_, d_);
    multiply(mixed, u, h, Update::add);
    multiply(gram, direction, h, Update::add);
  }
  if (!riemannian_) return;
  // the sphere's own curvature: minus the gradient's radial part times v
  slopes(z, other);
  for (int i = 0; i < rows_; ++i) {
    const Lanes radial = inner_product(&z(i, 0), &other(i, 0), m_);
    for (int k = i * d_; k < (i + 1) * d_; ++k) product[k] = fma(-radial, v[k], product[k]);
  }
  spheres().project(x, product, product);
}

}  // namespace saddlesim
