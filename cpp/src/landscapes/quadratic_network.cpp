#include "saddlesim/landscapes/quadratic_network.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "saddlesim/row_matrix.hpp"

namespace saddlesim {

QuadraticNetwork::QuadraticNetwork(const double* samples, const double* targets, int n, int d, int width)
    : Landscape(d * width), n_(n), d_(d), width_(width), X_(samples, samples + std::ptrdiff_t{n} * d) {
  for (int first = 0; first < n; first += kTile) {
    const int rows = std::min(kTile, n - first);
    const double* x = samples + static_cast<std::ptrdiff_t>(first) * d;
    tiles_.push_back({SharedMatrix(x, rows, d), SharedMatrix::transposed(x, rows, d),
                      to_real(targets + first, static_cast<std::size_t>(rows))});
  }
}

// |W'x_i|^2 - y_i
Lanes QuadraticNetwork::residual(const Tile& tile, int i, ConstLaneMatrix hidden) const {
  Lanes r = -tile.targets[static_cast<std::size_t>(i)];
  for (int j = 0; j < width_; ++j) r = fma(hidden(i, j), hidden(i, j), r);
  return r;
}

Lanes QuadraticNetwork::value(const Lanes* x, Lanes* scratch) const {
  const ConstLaneMatrix w(x, d_, width_);
  Lanes sum = 0.0;
  for (const Tile& tile : tiles_) {
    const LaneMatrix hidden(scratch, tile.samples.rows(), width_);
    tile.samples.multiply(w, hidden);
    for (int i = 0; i < hidden.rows; ++i) {
      const Lanes r = residual(tile, i, hidden);
      sum = fma(r, r, sum);
    }
  }
  return Lanes(0.25 / n_) * sum;
}

// 1/n sum_i r_i x_i x_i'W
Notice QuadraticNetwork::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const ConstLaneMatrix w(x, d_, width_);
  const LaneMatrix g(gradient, d_, width_);
  const Lanes scale = 1.0 / n_;
  std::fill_n(gradient, dim(), Lanes(0.0));
  Lanes sum = 0.0;
  for (const Tile& tile : tiles_) {
    const LaneMatrix hidden(scratch, tile.samples.rows(), width_);
    tile.samples.multiply(w, hidden);
    for (int i = 0; i < hidden.rows; ++i) {
      const Lanes r = residual(tile, i, hidden), scaled = scale * r;
      sum = fma(r, r, sum);
      for (int j = 0; j < width_; ++j) hidden(i, j) = scaled * hidden(i, j);
    }
    tile.transposed.multiply(hidden, g, Update::add);
  }
  if (value) value->f = Lanes(0.25 / n_) * sum;
  return {0, 0};
}

// 1/n sum_i x_i (r_i x_i'V + dr_i x_i'W), dr_i = 2 <W'x_i, V'x_i>
void QuadraticNetwork::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const ConstLaneMatrix w(x, d_, width_), direction(v, d_, width_);
  const LaneMatrix h(product, d_, width_);
  const Lanes scale = 1.0 / n_;
  std::fill_n(product, dim(), Lanes(0.0));
  for (const Tile& tile : tiles_) {
    const int rows = tile.samples.rows();
    const LaneMatrix hidden(scratch, rows, width_), along(scratch + rows * width_, rows, width_);
    tile.samples.multiply(w, hidden);
    tile.samples.multiply(direction, along);
    for (int i = 0; i < rows; ++i) {
      Lanes change = 0.0;
      for (int j = 0; j < width_; ++j) change = fma(hidden(i, j), along(i, j), change);
      const Lanes r = scale * residual(tile, i, hidden), dr = Lanes(2.0) * scale * change;
      for (int j = 0; j < width_; ++j) along(i, j) = fma(r, along(i, j), dr * hidden(i, j));
    }
    tile.transposed.multiply(along, h, Update::add);
  }
}

void QuadraticNetwork::predict(const double* x, double* predictions) const {
  const ConstRowMatrixView samples(X_.data(), n_, d_), weights(x, d_, width_);
  Eigen::Map<Eigen::VectorXd>(predictions, n_) = (samples * weights).rowwise().squaredNorm();
}

// d u_i / d W = 2 x_i (W'x_i)'
std::vector<LayerJacobian> QuadraticNetwork::jacobian(const double* x) const {
  const ConstRowMatrixView samples(X_.data(), n_, d_), weights(x, d_, width_);
  LayerJacobian layer{d_, width_, std::vector<double>(std::size_t(n_) * std::size_t(width_)), X_};
  RowMatrixView(layer.forward.data(), n_, width_) = samples * weights;
  for (double& entry : layer.backward) entry *= 2.0;
  return {std::move(layer)};
}

}  // namespace saddlesim
