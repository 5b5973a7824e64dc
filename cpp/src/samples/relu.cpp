#include "saddlesim/samples/relu.hpp"

#include <cmath>

#include "saddlesim/lane_matrix.hpp"
#include "targets.hpp"

namespace saddlesim {

ReLUSamples::ReLUSamples(const double* X, const std::vector<double>& y, int d, const std::vector<double>& signs)
    : Samples(static_cast<int>(signs.size()) * d, static_cast<int>(y.size())),
      rows_(X, static_cast<int>(y.size()), d),
      y_(to_real(y)),
      signs_(to_real(signs)),
      scale_(static_cast<Real>(1.0 / std::sqrt(static_cast<double>(signs_.size())))) {}

// Units of either sign are summed apart, as TwoLayerReLU does. A unit is active where its input is not below 0.
void ReLUSamples::add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient,
                      Lanes* scratch) const {
  const int d = rows_.columns(), m = width();
  const LaneMatrix samples(scratch, size, d), units(scratch + kTile * d, m, size);
  Lanes *const positive = units.data + kTile * m, *const negative = positive + kTile;
  for (int i = 0; i < size; ++i) rows_.gather(which[i], &samples(i, 0));
  multiply({x, m, d}, samples.transposed(), units);
  std::fill_n(positive, 2 * kTile, Lanes(0.0));
  for (int r = 0; r < m; ++r) {
    Lanes* const sum = signs_[static_cast<std::size_t>(r)] > 0 ? positive : negative;
    for (int i = 0; i < size; ++i) sum[i] = sum[i] + select(units(r, i) < Lanes(0.0), Lanes(0.0), units(r, i));
  }
  const Lanes share = scale_ * (count() / batch);  // f is a sum
  for (int i = 0; i < size; ++i)
    positive[i] = share * fma(positive[i] - negative[i], Lanes(scale_), -target(y_, which[i]));
  for (int r = 0; r < m; ++r) {
    const Lanes sign = signs_[static_cast<std::size_t>(r)];
    for (int i = 0; i < size; ++i) units(r, i) = select(units(r, i) < Lanes(0.0), Lanes(0.0), sign * positive[i]);
  }
  multiply(units, samples, {gradient, m, d}, Update::add);
}

}  // namespace saddlesim
