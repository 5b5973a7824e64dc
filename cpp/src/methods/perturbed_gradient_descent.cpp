#include "saddlesim/methods/perturbed_gradient_descent.hpp"

#include "saddlesim/methods/gradient_descent.hpp"

namespace saddlesim {

PerturbedGradientDescent::PerturbedGradientDescent(double step_size, double radius, double gradient_threshold,
                                                   std::int64_t min_interval, std::optional<double> value_threshold,
                                                   std::uint64_t key)
    : step_size_(step_size), kicks_(radius, gradient_threshold, min_interval, key), value_threshold_(value_threshold) {}

void PerturbedGradientDescent::start(Lanes* /*state*/, Words* counters, int lane, int /*dim*/) const {
  for (int i = 0; i < kCounters; ++i) counters[i].set(lane, 0);
}

Costs PerturbedGradientDescent::costs(const Words* counters, int lane, std::int64_t steps) const {
  const std::int64_t kicks = perturbations(counters, lane), tests = static_cast<std::int64_t>(counters[kTests][lane]);
  return {steps + kicks, value_threshold_ ? kicks + tests : 0, 0};  // f before each kick and at each test
}

StepReport PerturbedGradientDescent::step(Flight& flight) const {
  const WideMask due = kicks_.due(flight);
  LaneSet returned = 0;
  if (any(due)) {
    const Mask kicked = kicks_.wanted(flight, due);
    if (any(kicked)) kick(flight, kicked);
  }
  if (value_threshold_) returned = check_return(flight);
  const Watch watch = descend(step_size_, flight);
  return {0, watch.finite(), returned};
}

void PerturbedGradientDescent::kick(Flight& flight, const Mask& lanes) const {
  if (value_threshold_) {
    Lanes* state = flight.state;
    state[kValueBefore] = select(lanes, flight.landscape.value(flight.x, flight.scratch), state[kValueBefore]);
    for (int j = 0; j < flight.landscape.dim(); ++j)
      state[kPointBefore + j] = select(lanes, flight.x[j], state[kPointBefore + j]);
  }
  kicks_.move(flight, lanes);
  flight.landscape.spheres().retract(flight.x);
  flight.landscape.gradient(flight.x, flight.gradient, flight.scratch, nullptr);
}

LaneSet PerturbedGradientDescent::check_return(Flight& flight) const {
  Lanes* state = flight.state;
  const Mask at_last = flight.step + Words(1) == flight.counters[Kicks::kEligibleAt];
  if (!any(at_last)) return 0;
  count(flight.counters[kTests], WideMask(at_last));
  const Lanes value = flight.landscape.value(flight.x, flight.scratch);
  const Mask returned = at_last & !(value - state[kValueBefore] <= Lanes(-*value_threshold_));
  for (int j = 0; j < flight.landscape.dim(); ++j) {
    flight.x[j] = select(returned, state[kPointBefore + j], flight.x[j]);
    // a lane that has returned stays where it is
    flight.gradient[j] = select(returned, Lanes(0.0), flight.gradient[j]);
  }
  return to_bits(returned);
}

}  // namespace saddlesim
