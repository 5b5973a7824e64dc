#include "saddlesim/samples/relu.hpp"

#include <algorithm>
#include <cmath>

#include "saddlesim/dense.hpp"
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

int ReLUSamples::solo_scratch() const {
  constexpr int kAcross = kSoloTile / kLanes;  // Lanes with a number for each sample
  return kAcross * (rows_.columns() + width() + 3);
}

// The same: what is Lanes of one sample there is Lanes of samples here.
void ReLUSamples::solo_add(const Real* x, const std::uint64_t* which, int size, double batch, bool first,
                           Real* gradient, Lanes* scratch, Team& team) const {
  const int d = rows_.columns(), m = width(), across = (size + kLanes - 1) / kLanes;
  Lanes *const positive = scratch, *const negative = positive + across, *const targets = negative + across;
  const LaneMatrix units(targets + across, m, across);
  const DenseMatrix inputs(reinterpret_cast<Real*>(units.data), m, size, across * kLanes, 1);
  const DenseMatrix samples(reinterpret_cast<Real*>(units.data + std::ptrdiff_t{m} * across), size, d);
  std::fill_n(positive, 3 * across, Lanes(0.0));
  for (int i = 0; i < size; ++i) {
    std::copy_n(rows_.row(which[i]), d, &samples(i, 0));
    reinterpret_cast<Real*>(targets)[i] = y_[static_cast<std::size_t>(which[i])];
  }
  multiply({x, m, d}, samples.transposed(), inputs, team);
  for (int r = 0; r < m; ++r) {
    Lanes* const sum = signs_[static_cast<std::size_t>(r)] > 0 ? positive : negative;
    for (int i = 0; i < across; ++i) sum[i] = sum[i] + select(units(r, i) < Lanes(0.0), Lanes(0.0), units(r, i));
  }
  const Lanes share = scale_ * (count() / batch);
  for (int i = 0; i < across; ++i) positive[i] = share * fma(positive[i] - negative[i], Lanes(scale_), -targets[i]);
  for (int r = 0; r < m; ++r) {
    const Lanes sign = signs_[static_cast<std::size_t>(r)];
    for (int i = 0; i < across; ++i) units(r, i) = select(units(r, i) < Lanes(0.0), Lanes(0.0), sign * positive[i]);
  }
  multiply(inputs, samples, {gradient, m, d}, team, first ? Update::assign : Update::add);
}

}  // namespace saddlesim
