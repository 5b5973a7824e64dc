// x+ = x - step_size * gradient.
#pragma once

#include "saddlesim/method.hpp"

namespace saddlesim {

class GradientDescent final : public Method {
 public:
  explicit GradientDescent(double step_size) : step_size_(step_size) {}
  StepReport step(Flight& flight) const override;
  double step_size() const { return step_size_; }

 private:
  double step_size_;
};

// The step itself, for the methods that are gradient descent with something added.
SADDLESIM_INLINE Watch descend(double step_size, const Flight& flight) {
  Watch watch;
  const Lanes eta = -step_size;
  for (int j = 0; j < flight.landscape.dim(); ++j) {
    const Lanes next = fma(eta, flight.gradient[j], flight.x[j]);
    watch.see(flight.x[j], next);
    flight.x[j] = next;
  }
  return watch;
}

}  // namespace saddlesim
