// Outputs of the two-layer network at one point, and their Jacobian.
#include <algorithm>
#include <utility>

#include "saddlesim/dense.hpp"
#include "saddlesim/landscapes/two_layer_relu.hpp"

namespace saddlesim {

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
    multiply({X_.data() + std::ptrdiff_t{first} * d, rows, d},
             ConstDenseMatrix(weights.data(), width(), d).transposed(), {z.data(), rows, width()}, alone);
    for (int i = 0; i < rows; ++i) use(first + i, z.data() + std::ptrdiff_t{i} * width());
  }
}

void TwoLayerReLU::predict(const double* x, double* predictions) const {
  const std::vector<Real> weights = to_real(x, static_cast<std::size_t>(dim()));
  std::vector<Real> outputs(static_cast<std::size_t>(samples()));
  Block scratch(solo_scratch());
  Team alone(1);
  solo_predict(weights.data(), outputs.data(), scratch.data(), alone);
  std::copy(outputs.begin(), outputs.end(), predictions);
}

std::vector<LayerJacobian> TwoLayerReLU::jacobian(const double* x) const {
  LayerJacobian layer{width(), samples_.columns(), {X_.begin(), X_.end()}, {}};
  layer.backward.reserve(static_cast<std::size_t>(samples()) * signs_.size());
  for_samples(x, [&](int /*i*/, const Real* z) {
    for (std::size_t r = 0; r < signs_.size(); ++r)
      layer.backward.push_back(z[r] < 0 ? 0.0 : double{scale_ * signs_[r]});
  });
  return {std::move(layer)};
}

}  // namespace saddlesim
