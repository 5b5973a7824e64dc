// Perturbed accelerated gradient descent (Jin, Netrapalli, Jordan, "Accelerated gradient descent escapes saddle points
// faster than gradient descent", COLT 2018, Algorithm 2).
#pragma once

#include "saddlesim/methods/kicks.hpp"

namespace saddlesim {

// At step t, if |gradient(x)| <= gradient_threshold and the last kick is at least min_interval steps ago: x is moved by a
// vector uniform in the ball of `radius`. Then y = x + (1 - theta) v, x+ = y - step_size * gradient(y), v+ = x+ - x.
//
// Negative-curvature exploitation: where f(x) <= f(y) + <gradient(y), x - y> - gamma / 2 |x - y|^2, v+ = 0, and x+ = x if
// |v| >= reach, else the better of x +- reach v / |v|. Two traps: v = 0 makes that hold with equality and leaves no
// direction; near a minimum rounding of f makes it hold, and f would rise. So v must not be 0, and the test allows for
// the rounding of f.
class PerturbedAccelerated final : public Method {
 public:
  struct Parameters {
    double step_size, theta, gamma, reach;
  };
  PerturbedAccelerated(const Parameters& parameters, const Kicks& kicks) : p_(parameters), kicks_(kicks) {}

  StepReport step(Flight& flight) const override;
  bool starts_with_gradient() const override { return false; }
  int state_rows(int dim) const override { return dim; }
  int counter_rows() const override { return kCounters; }
  int scratch_rows(int dim) const override { return 3 * dim; }
  void start(Lanes* velocity, Words* counters, int lane, int dim) const override;
  std::int64_t perturbations(const Words* counters, int lane) const override { return Kicks::number(counters, lane); }
  Costs costs(const Words* counters, int lane, std::int64_t steps) const override;

 private:
  enum Count { kTests = Kicks::kRows, kReversals, kCounters };  // kReversals: those that looked at both sides

  void kick_where_due(Flight& flight) const;
  void reverse(Flight& flight, const Mask& lanes, const Lanes& speed2) const;

  Parameters p_;
  Kicks kicks_;
};

}  // namespace saddlesim
