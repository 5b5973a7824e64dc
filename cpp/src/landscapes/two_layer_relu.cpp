#include "saddlesim/landscapes/two_layer_relu.hpp"

#include <algorithm>
#include <cmath>

#include "relu_tiles.hpp"

namespace saddlesim {

TwoLayerReLU::TwoLayerReLU(const double* X, const std::vector<double>& y, int d, const std::vector<double>& signs)
    : Landscape(static_cast<int>(signs.size()) * d),
      samples_(X, static_cast<int>(y.size()), d),
      coordinates_(RowPanels::transposed(X, static_cast<int>(y.size()), d)),
      columns_(pack_columns(to_real(X, y.size() * static_cast<std::size_t>(d)).data(), samples(), d)),
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
  const auto from = [weights](int part) {
    return [w = registers(weights) + part](int i, int j) { return w[i * kParts + j]; };
  };
  for (int r = 0; r < width(); ++r) {
    relu::collect(coordinates_, from, pattern(work, r), scale_ * signs_[static_cast<std::size_t>(r)], gradient);
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

}  // namespace saddlesim
