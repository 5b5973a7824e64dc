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
  int scratch_rows(int dim) const override { return law_ == NoiseLaw::gaussian ? 0 : dim; }

 private:
  double step_size_, scale_;
  NoiseLaw law_;
  PhiloxKey key_;
};

}  // namespace saddlesim
