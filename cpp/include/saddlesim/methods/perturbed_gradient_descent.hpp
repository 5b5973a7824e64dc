// Gradient descent that kicks itself where the gradient is small (Jin, Ge, Netrapalli, Kakade, Jordan 2017).
#pragma once

#include <optional>

#include "saddlesim/methods/kicks.hpp"

namespace saddlesim {

// At step t, if |gradient| <= gradient_threshold and the last kick is at least min_interval steps ago (or there was
// none): x is moved by a vector uniform in the ball of `radius`, and the gradient taken anew. Then x+ = x - step_size * gradient.
//
// With a value_threshold (Algorithm 2's termination): min_interval - 1 steps after a kick, if f has not fallen by more
// than the threshold since just before the kick, that point is returned.
class PerturbedGradientDescent final : public Method {
 public:
  PerturbedGradientDescent(double step_size, double radius, double gradient_threshold, std::int64_t min_interval,
                           std::optional<double> value_threshold, std::uint64_t key);
  StepReport step(Flight& flight) const override;
  int state_rows(int dim) const override { return value_threshold_ ? kPointBefore + dim : 0; }
  int counter_rows() const override { return kCounters; }
  int scratch_rows(int dim) const override { return dim; }
  void start(Lanes* state, Words* counters, int lane, int dim) const override;
  std::int64_t perturbations(const Words* counters, int lane) const override { return Kicks::number(counters, lane); }
  Costs costs(const Words* counters, int lane, std::int64_t steps) const override;

 private:
  enum Count { kTests = Kicks::kRows, kCounters };  // rows of the counters, after those of the kicks
  enum Row { kValueBefore, kPointBefore };          // rows of the state, before the last kick

  LaneSet check_return(Flight& flight) const;
  void kick(Flight& flight, const Mask& lanes) const;

  double step_size_;
  Kicks kicks_;
  std::optional<double> value_threshold_;
};

}  // namespace saddlesim
