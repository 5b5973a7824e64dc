#include "saddlesim/methods/perturbed_gradient_descent.hpp"

#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/noise.hpp"

namespace saddlesim {

PerturbedGradientDescent::PerturbedGradientDescent(double step_size, double radius, double gradient_threshold,
                                                   std::int64_t min_interval, std::optional<double> value_threshold,
                                                   std::uint64_t key)
    : step_size_(step_size),
      radius_(radius),
      gradient_threshold_(gradient_threshold),
      min_interval_(static_cast<std::uint64_t>(min_interval)),
      value_threshold_(value_threshold),
      key_(key) {}

void PerturbedGradientDescent::start(Lanes* /*state*/, Words* counters, int lane, int /*dim*/) const {
  counters[kEligibleAt].set(lane, 0);
  counters[kKicks].set(lane, 0);
  counters[kTests].set(lane, 0);
}

std::int64_t PerturbedGradientDescent::perturbations(const Words* counters, int lane) const {
  return static_cast<std::int64_t>(counters[kKicks][lane]);
}

Costs PerturbedGradientDescent::costs(const Words* counters, int lane, std::int64_t steps) const {
  const std::int64_t kicks = perturbations(counters, lane), tests = static_cast<std::int64_t>(counters[kTests][lane]);
  return {steps + kicks, value_threshold_ ? kicks + tests : 0, 0};  // f before each kick and at each test
}

StepReport PerturbedGradientDescent::step(Flight& flight) const {
  const Mask due = !(flight.step < flight.counters[kEligibleAt]);
  LaneSet returned = 0;
  if (any(due)) {
    const Lanes scale = gradient_threshold_.scale;
    Lanes norm2 = 0.0;
    for (int j = 0; j < flight.landscape.dim(); ++j) {
      const Lanes g = scale * flight.gradient[j];
      norm2 = fma(g, g, norm2);
    }
    const Mask kicked = due & (norm2 <= Lanes(gradient_threshold_.level));
    if (any(kicked)) kick(flight, kicked);
  }
  if (value_threshold_) returned = check_return(flight);
  const Watch watch = descend(step_size_, flight);
  return {0, watch.finite(), returned};
}

void PerturbedGradientDescent::kick(Flight& flight, const Mask& lanes) const {
  const int dim = flight.landscape.dim();
  Lanes* state = flight.state;
  Words *eligible_at = &flight.counters[kEligibleAt], *kicks = &flight.counters[kKicks];
  *eligible_at = select(lanes, flight.step + Words(min_interval_), *eligible_at);
  *kicks = select(lanes, *kicks + Words(1), *kicks);
  if (value_threshold_) {
    state[kValueBefore] = select(lanes, flight.landscape.value(flight.x, flight.scratch), state[kValueBefore]);
    for (int j = 0; j < dim; ++j) state[kPointBefore + j] = select(lanes, flight.x[j], state[kPointBefore + j]);
  }
  const Lanes amount = Lanes(radius_) * draw_ball_where(to_bits(lanes), key_, Domain::kick, flight.trajectory,
                                                        flight.step, dim, flight.method_scratch);
  for (int j = 0; j < dim; ++j) {
    flight.x[j] = select(lanes, fma(amount, flight.method_scratch[j], flight.x[j]), flight.x[j]);
  }
  flight.landscape.spheres().retract(flight.x);
  flight.landscape.gradient(flight.x, flight.gradient, flight.scratch, nullptr);
}

LaneSet PerturbedGradientDescent::check_return(Flight& flight) const {
  Lanes* state = flight.state;
  const Mask at_last = flight.step + Words(1) == flight.counters[kEligibleAt];
  if (!any(at_last)) return 0;
  flight.counters[kTests] = flight.counters[kTests] + select(WideMask(at_last), Words(1), Words(0));
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
