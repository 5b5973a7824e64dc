// x+ = x - step_size * g, E g = gradient: of a minibatch of each trajectory's own, or with Gaussian noise, or both.
#pragma once

#include <memory>

#include "saddlesim/gaussian_noise.hpp"
#include "saddlesim/method.hpp"
#include "saddlesim/minibatch.hpp"
#include "saddlesim/solo_samples.hpp"

namespace saddlesim {

class StochasticGradientDescent final : public Method {
 public:
  // `noise` is as it is added to x. Without samples the gradient is that of the landscape.
  StochasticGradientDescent(double step_size, GaussianNoise noise, std::shared_ptr<const Samples> samples,
                            std::int64_t batch, bool replacement, std::uint64_t key);
  StepReport step(Flight& flight) const override;
  bool starts_with_gradient() const override { return !samples_; }
  int scratch_rows(int dim) const override;

  // Null unless a step is one of gradient descent along solo_gradient().
  const SoloSamples* solo_samples() const;
  double step_size() const { return step_size_; }
  // Of the minibatch of one trajectory's step; `scratch` is that of the samples.
  void solo_gradient(std::uint64_t trajectory, std::uint64_t step, const Real* x, Real* gradient, Lanes* scratch,
                     Team& team) const;

 private:
  double step_size_;
  GaussianNoise noise_;
  std::shared_ptr<const Samples> samples_;
  Minibatch minibatch_;
  PhiloxKey key_;
};

// The gradient of the minibatch of each lane's step.
void minibatch_gradient(const Samples& samples, const Minibatch& minibatch, const Words& trajectory, const Words& step,
                        const Lanes* x, Lanes* gradient, Lanes* scratch);

}  // namespace saddlesim
