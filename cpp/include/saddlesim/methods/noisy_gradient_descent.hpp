// x+ = x - step_size * gradient + noise, with fresh noise at every step (Ge, Huang, Jin, Yuan 2015 for the sphere).
#pragma once

#include "saddlesim/method.hpp"
#include "saddlesim/noise.hpp"

namespace saddlesim {

class NoisyGradientDescent final : public Method {
 public:
  // `scale` multiplies the noise as it is added to x.
  NoisyGradientDescent(double step_size, double scale, NoiseLaw law, std::uint64_t key)
      : step_size_(step_size), scale_(scale), law_(law), key_(key) {}
  StepReport step(Flight& flight) const override;
  double step_size() const { return step_size_; }
  double scale() const { return scale_; }
  NoiseLaw law() const { return law_; }
  const PhiloxKey& key() const { return key_; }
  int scratch_rows(int dim) const override { return law_ == NoiseLaw::gaussian ? 0 : dim; }

 private:
  double step_size_, scale_;
  NoiseLaw law_;
  PhiloxKey key_;
};

// The step of one coordinate.
SADDLESIM_INLINE Lanes noisy_step(const Lanes& x, const Lanes& eta, const Lanes& gradient, const Lanes& amount,
                                  const Lanes& direction) {
  return fma(amount, direction, fma(eta, gradient, x));
}

}  // namespace saddlesim
