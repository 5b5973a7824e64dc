#include "saddlesim/samples/quadratic_network.hpp"

#include "saddlesim/lane_matrix.hpp"
#include "targets.hpp"

namespace saddlesim {

QuadraticNetworkSamples::QuadraticNetworkSamples(const double* samples, const double* targets, int n, int d, int width)
    : Samples(d * width, n),
      width_(width),
      rows_(samples, n, d),
      targets_(to_real(targets, static_cast<std::size_t>(n))) {}

// r_i x_i x_i'W with r_i = |W'x_i|^2 - y_i
void QuadraticNetworkSamples::add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient,
                                  Lanes* scratch) const {
  const int d = rows_.columns();
  const LaneMatrix samples(scratch, size, d), hidden(scratch + kTile * d, size, width_);
  for (int i = 0; i < size; ++i) rows_.gather(which[i], &samples(i, 0));
  multiply(samples, {x, d, width_}, hidden);
  for (int i = 0; i < size; ++i) {
    Lanes r = -target(targets_, which[i]);
    for (int j = 0; j < width_; ++j) r = fma(hidden(i, j), hidden(i, j), r);
    r = Lanes(1.0 / batch) * r;
    for (int j = 0; j < width_; ++j) hidden(i, j) = r * hidden(i, j);
  }
  multiply(samples.transposed(), hidden, {gradient, d, width_}, Update::add);
}

}  // namespace saddlesim
