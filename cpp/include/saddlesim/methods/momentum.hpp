// Gradient descent with momentum: Polyak's heavy ball and Nesterov's method with a constant factor.
#pragma once

#include "saddlesim/method.hpp"

namespace saddlesim {

// The state of a trajectory is its velocity, x_t - x_{t-1}; 0 at the start.
class Momentum : public Method {
 public:
  Momentum(double step_size, double momentum) : step_size_(step_size), momentum_(momentum) {}
  int state_rows(int dim) const override { return dim; }
  void start(Lanes* velocity, Words* /*counters*/, int lane, int dim) const override {
    for (int j = 0; j < dim; ++j) velocity[j].set(lane, 0.0);
  }

 protected:
  double step_size_, momentum_;
};

// x+ = x - step_size * gradient(x) + momentum * (x - x_before) (Polyak 1964).
class HeavyBall final : public Momentum {
 public:
  using Momentum::Momentum;
  StepReport step(Flight& flight) const override;
};

// y = x + momentum * (x - x_before), x+ = y - step_size * gradient(y) (Nesterov 1983).
class Nesterov final : public Momentum {
 public:
  using Momentum::Momentum;
  StepReport step(Flight& flight) const override;
  bool starts_with_gradient() const override { return false; }
  int scratch_rows(int dim) const override { return dim; }
};

}  // namespace saddlesim
