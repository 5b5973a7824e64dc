#include "saddlesim/landscapes/two_layer_relu.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "relu_tiles.hpp"
#include "saddlesim/dense.hpp"

namespace saddlesim {

TwoLayerReLU::TwoLayerReLU(const double* X, const std::vector<double>& y, int d, const std::vector<double>& signs)
    : Landscape(static_cast<int>(signs.size()) * d),
      samples_(X, static_cast<int>(y.size()), d),
      coordinates_(RowPanels::transposed(X, static_cast<int>(y.size()), d)),
      X_(to_real(X, y.size() * static_cast<std::size_t>(d))),
      y_(to_real(y)),
      signs_(to_real(signs)),
      scale_(static_cast<Real>(1.0 / std::sqrt(static_cast<double>(signs_.size())))) {}

int TwoLayerReLU::scratch_rows() const {
  const long long bytes =
      static_cast<long long>(width()) * samples() * kParts * static_cast<long long>(sizeof(Pattern));
  return 2 * samples() + static_cast<int>((bytes + static_cast<long long>(sizeof(Lanes)) - 1) / sizeof(Lanes));
}

// Sums begin at zero. Units of either sign are summed apart: where a negative unit is the copy of each positive one, in
// the same order, the outputs are 0 exactly.
TwoLayerReLU::Work TwoLayerReLU::work(Lanes* scratch) const {
  std::fill_n(scratch, 2 * samples(), Lanes(0.0));
  return {scratch, scratch + samples(), reinterpret_cast<Pattern*>(scratch + 2 * samples())};
}

void TwoLayerReLU::add_outputs(const Lanes* x, const Work& work) const {
  for (int r = 0; r < width(); ++r, x += samples_.columns()) {
    Register* to = registers(sums(work, r));
    Pattern* active = pattern(work, r);
    relu::multiply(samples_, x, [&](int i, Register z) {
      const RegisterMask mask = native::not_lt(z, Register{});
      relu::store_bits(mask, active + i);
      to[i] = native::add_where(mask, to[i], z);
    });
  }
}

// The derivative of the outputs along v.
void TwoLayerReLU::add_changes(const Lanes* x, const Lanes* v, const Work& work) const {
  for (int r = 0; r < width(); ++r, x += samples_.columns(), v += samples_.columns()) {
    Register* to = registers(sums(work, r));
    Pattern* active = pattern(work, r);
    relu::multiply_pair(samples_, x, v, [&](int i, Register z, Register dz) {
      const RegisterMask mask = native::not_lt(z, Register{});
      relu::store_bits(mask, active + i);
      to[i] = native::add_where(mask, to[i], dz);
    });
  }
}

// u - y over work.positive; returns f.
Lanes TwoLayerReLU::residuals(const Work& work) const {
  Lanes sum = 0.0;
  for (int i = 0; i < samples(); ++i) {
    Lanes& e = work.positive[i];
    e = fma(e - work.negative[i], Lanes(scale_), Lanes(-y_[static_cast<std::size_t>(i)]));
    sum = fma(e, e, sum);
  }
  return Lanes(0.5) * sum;
}

// Row r of the gradient is m^-1/2 a_r times the sum of weight_i x_i over the samples i on which unit r is active.
void TwoLayerReLU::collect(const Lanes* weights, const Work& work, Lanes* gradient) const {
  for (int r = 0; r < width(); ++r) {
    relu::collect(coordinates_, weights, pattern(work, r), scale_ * signs_[static_cast<std::size_t>(r)], gradient);
    gradient += coordinates_.rows();
  }
}

Lanes TwoLayerReLU::value(const Lanes* x, Lanes* scratch) const {
  const Work w = work(scratch);
  add_outputs(x, w);
  return residuals(w);
}

Notice TwoLayerReLU::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const Work w = work(scratch);
  add_outputs(x, w);
  const Lanes f = residuals(w);
  if (value) value->f = f;
  collect(w.positive, w, gradient);
  return {0, 0};
}

// The Hessian almost everywhere: outputs are linear in W where no pattern changes.
void TwoLayerReLU::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const Work w = work(scratch);
  add_changes(x, v, w);
  for (int i = 0; i < samples(); ++i) w.positive[i] = (w.positive[i] - w.negative[i]) * Lanes(scale_);
  collect(w.positive, w, product);
}

// use(i, z) for each sample i with what units get from it, z_r = w_r . x_i: to the last bit as in a lane, so that kinks are
// where a trajectory has them.
template <class Use>
void TwoLayerReLU::for_samples(const double* x, Use use) const {
  constexpr int kTile = 16;
  const int d = samples_.columns();
  const std::vector<Real> weights = to_real(x, static_cast<std::size_t>(dim()));
  std::vector<Real> z(static_cast<std::size_t>(kTile) * signs_.size());
  Team alone(1);
  for (int first = 0; first < samples(); first += kTile) {
    const int rows = std::min(kTile, samples() - first);
    multiply({X_.data() + std::ptrdiff_t{first} * d, rows, d}, ConstDenseMatrix(weights.data(), width(), d).transposed(),
             {z.data(), rows, width()}, alone);
    for (int i = 0; i < rows; ++i) use(first + i, z.data() + std::ptrdiff_t{i} * width());
  }
}

void TwoLayerReLU::predict(const double* x, double* predictions) const {
  for_samples(x, [&](int i, const Real* z) {
    Real positive = 0, negative = 0;
    for (std::size_t r = 0; r < signs_.size(); ++r) {
      if (!(z[r] < 0)) (signs_[r] > 0 ? positive : negative) += z[r];
    }
    predictions[i] = static_cast<double>((positive - negative) * scale_);
  });
}

std::vector<LayerJacobian> TwoLayerReLU::jacobian(const double* x) const {
  LayerJacobian layer{width(), samples_.columns(), {X_.begin(), X_.end()}, {}};
  layer.backward.reserve(static_cast<std::size_t>(samples()) * signs_.size());
  for_samples(x, [&](int /*i*/, const Real* z) {
    for (std::size_t r = 0; r < signs_.size(); ++r) layer.backward.push_back(z[r] < 0 ? 0.0 : double{scale_ * signs_[r]});
  });
  return {std::move(layer)};
}

}  // namespace saddlesim
