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
      min_interval_(static_cast<double>(min_interval)),
      value_threshold_(value_threshold),
      key_(key) {}

void PerturbedGradientDescent::start(Lanes* state, int lane) const {
  state[kKickedAt].set(lane, -__builtin_inf());  // step 0 is eligible
  state[kKicks].set(lane, 0.0);
}

std::int64_t PerturbedGradientDescent::perturbations(const Lanes* state, int lane) const {
  return static_cast<std::int64_t>(state[kKicks][lane]);
}

StepReport PerturbedGradientDescent::step(Flight& flight) const {
  const Lanes t = to_double(flight.step);
  const Mask due = t - flight.state[kKickedAt] >= Lanes(min_interval_);
  LaneSet returned = 0;
  if (any(due)) {
    const Lanes scale = gradient_threshold_.scale;
    Lanes norm2 = 0.0;
    for (int j = 0; j < flight.landscape.dim(); ++j) {
      const Lanes g = scale * flight.gradient[j];
      norm2 = fma(g, g, norm2);
    }
    const Mask kicked = due & (norm2 <= Lanes(gradient_threshold_.level));
    if (any(kicked)) kick(flight, kicked, t);
  }
  if (value_threshold_) returned = check_return(flight, t);
  const Watch watch = descend(step_size_, flight);
  return {0, watch.finite(), returned};
}

void PerturbedGradientDescent::kick(Flight& flight, const Mask& lanes, const Lanes& t) const {
  const int dim = flight.landscape.dim();
  Lanes* state = flight.state;
  state[kKickedAt] = select(lanes, t, state[kKickedAt]);
  state[kKicks] = select(lanes, state[kKicks] + Lanes(1.0), state[kKicks]);
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

LaneSet PerturbedGradientDescent::check_return(Flight& flight, const Lanes& t) const {
  Lanes* state = flight.state;
  const Mask at_last = t - state[kKickedAt] == Lanes(min_interval_ - 1.0);
  if (!any(at_last)) return 0;
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
