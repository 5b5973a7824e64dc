#include "saddlesim/methods/stochastic_gradient_descent.hpp"

#include <algorithm>
#include <utility>

namespace saddlesim {

void minibatch_gradient(const Samples& samples, const Minibatch& minibatch, const Words& trajectory, const Words& step,
                        const Lanes* x, Lanes* gradient, Lanes* scratch) {
  Minibatch::Draw draw(minibatch, trajectory, step);
  Words which[Samples::kTile];
  samples.begin(x, gradient, scratch);
  for (std::int64_t left = minibatch.size(); left > 0; left -= Samples::kTile) {
    const int size = static_cast<int>(std::min<std::int64_t>(left, Samples::kTile));
    draw.next(which, size);
    samples.add(x, which, size, static_cast<double>(minibatch.size()), gradient, scratch);
  }
  samples.end(x, gradient, scratch);
}

StochasticGradientDescent::StochasticGradientDescent(double step_size, GaussianNoise noise,
                                                     std::shared_ptr<const Samples> samples, std::int64_t batch,
                                                     bool replacement, std::uint64_t key)
    : step_size_(step_size),
      noise_(std::move(noise)),
      samples_(std::move(samples)),
      minibatch_(samples_ ? samples_->count() : 1, batch, replacement, key),
      key_(key) {}

int StochasticGradientDescent::scratch_rows(int /*dim*/) const {
  return std::max(noise_.scratch_rows(), samples_ ? samples_->scratch_rows() : 0);
}

const SoloSamples* StochasticGradientDescent::solo_samples() const {
  return noise_.none() ? dynamic_cast<const SoloSamples*>(samples_.get()) : nullptr;
}

void StochasticGradientDescent::solo_gradient(std::uint64_t trajectory, std::uint64_t step, const Real* x,
                                              Real* gradient, Lanes* scratch, Team& team) const {
  constexpr int kTile = SoloSamples::kSoloTile;
  Minibatch::Draw draw(minibatch_, Words(trajectory), Words(step));
  Words drawn[kTile];
  std::uint64_t which[kTile];
  for (std::int64_t left = minibatch_.size(); left > 0; left -= kTile) {
    const int size = static_cast<int>(std::min<std::int64_t>(left, kTile));
    draw.next(drawn, size);
    std::transform(drawn, drawn + size, which, [](const Words& sample) { return sample[0]; });
    solo_samples()->solo_add(x, which, size, static_cast<double>(minibatch_.size()), left == minibatch_.size(),
                             gradient, scratch, team);
  }
}

StepReport StochasticGradientDescent::step(Flight& flight) const {
  const int dim = flight.landscape.dim();
  if (samples_) {
    minibatch_gradient(*samples_, minibatch_, flight.trajectory, flight.step, flight.x, flight.gradient,
                       flight.method_scratch);
  }
  const Lanes eta = -step_size_;
  for (int j = 0; j < dim; ++j) flight.x[j] = fma(eta, flight.gradient[j], flight.x[j]);
  noise_.add(key_, Counter(Domain::noise, flight.trajectory, flight.step), dim, flight.x, flight.method_scratch);
  Watch watch;
  for (int j = 0; j < dim; ++j) watch.see(flight.x[j]);
  return {0, watch.finite(), 0};
}

}  // namespace saddlesim
