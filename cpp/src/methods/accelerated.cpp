#include "saddlesim/methods/accelerated.hpp"

#include "saddlesim/noise.hpp"

namespace saddlesim {

PerturbedAccelerated::PerturbedAccelerated(const Parameters& parameters, std::uint64_t key)
    : p_(parameters), gradient_threshold_(parameters.gradient_threshold), key_(key) {}

void PerturbedAccelerated::start(Lanes* velocity, Words* counters, int lane, int dim) const {
  for (int j = 0; j < dim; ++j) velocity[j].set(lane, 0.0);
  for (int i = 0; i < kCounters; ++i) counters[i].set(lane, 0);
}

std::int64_t PerturbedAccelerated::perturbations(const Words* counters, int lane) const {
  return static_cast<std::int64_t>(counters[kKicks][lane]);
}

Costs PerturbedAccelerated::costs(const Words* counters, int lane, std::int64_t steps) const {
  const auto count = [&](Count which) { return static_cast<std::int64_t>(counters[which][lane]); };
  return {steps + count(kTests), 2 * steps + 2 * count(kReversals), 0};
}

// The gradient at x is needed only where a kick may come.
void PerturbedAccelerated::kick_where_due(Flight& flight) const {
  const int dim = flight.landscape.dim();
  const WideMask due = !(flight.step < flight.counters[kEligibleAt]);
  if (!any(due)) return;
  flight.counters[kTests] = flight.counters[kTests] + select(due, Words(1), Words(0));
  flight.landscape.gradient(flight.x, flight.gradient, flight.scratch, nullptr);
  const Lanes scale = gradient_threshold_.scale;
  Lanes norm2 = 0.0;
  for (int j = 0; j < dim; ++j) {
    const Lanes g = scale * flight.gradient[j];
    norm2 = fma(g, g, norm2);
  }
  const Mask kicked = Mask(due) & (norm2 <= Lanes(gradient_threshold_.level));
  if (!any(kicked)) return;
  const WideMask wide = kicked;
  flight.counters[kEligibleAt] =
      select(wide, flight.step + Words(static_cast<std::uint64_t>(p_.min_interval)), flight.counters[kEligibleAt]);
  flight.counters[kKicks] = flight.counters[kKicks] + select(wide, Words(1), Words(0));
  const Lanes amount = Lanes(p_.radius) * draw_ball_where(to_bits(kicked), key_, Domain::kick, flight.trajectory,
                                                          flight.step, dim, flight.method_scratch);
  for (int j = 0; j < dim; ++j)
    flight.x[j] = select(kicked, fma(amount, flight.method_scratch[j], flight.x[j]), flight.x[j]);
}

StepReport PerturbedAccelerated::step(Flight& flight) const {
  const int dim = flight.landscape.dim();
  Lanes *velocity = flight.state, *y = flight.method_scratch;
  kick_where_due(flight);
  const Lanes beta = 1.0 - p_.theta, eta = -p_.step_size;
  Lanes speed2 = 0.0;
  for (int j = 0; j < dim; ++j) {
    y[j] = fma(beta, velocity[j], flight.x[j]);
    speed2 = fma(velocity[j], velocity[j], speed2);
  }
  const Lanes value_x = flight.landscape.value(flight.x, flight.scratch);
  const Lanes value_y = flight.landscape.value(y, flight.scratch);
  const LaneSet outside = flight.landscape.gradient(y, flight.gradient, flight.scratch, nullptr).outside |
                          flight.landscape.outside(flight.x);
  Lanes slope = 0.0, distance2 = 0.0;
  for (int j = 0; j < dim; ++j) {
    const Lanes back = flight.x[j] - y[j];
    slope = fma(flight.gradient[j], back, slope);
    distance2 = fma(back, back, distance2);
  }
  // also of numbers that have lost their digits to underflow
  const Lanes rounding = fma(Lanes(64.0 * std::numeric_limits<Real>::epsilon()), abs(value_x) + abs(value_y),
                             Lanes(std::numeric_limits<Real>::min()));
  const Lanes foretold = fma(Lanes(-0.5 * p_.gamma), distance2, value_y + slope) - rounding;
  const Mask inside = from_bits(kAllLanes & ~outside);
  const Mask curved = inside & (value_x <= foretold) & (speed2 > Lanes(0.0));

  Watch watch;
  Lanes* next = flight.method_scratch + dim;
  for (int j = 0; j < dim; ++j) next[j] = select(inside, fma(eta, flight.gradient[j], y[j]), flight.x[j]);
  if (any(curved)) reverse(flight, curved, speed2);
  for (int j = 0; j < dim; ++j) {
    const Lanes moved = select(curved, Lanes(0.0), next[j] - flight.x[j]);
    watch.see(next[j]);
    flight.x[j] = next[j];
    velocity[j] = moved;
  }
  return {0, watch.finite(), 0, outside};
}

// Writes to the second part of the scratch where x is to go in `lanes`, along the velocity or against it.
void PerturbedAccelerated::reverse(Flight& flight, const Mask& lanes, const Lanes& speed2) const {
  const int dim = flight.landscape.dim();
  const Lanes *x = flight.x, *velocity = flight.state;
  Lanes *next = flight.method_scratch + dim, *side = flight.method_scratch + 2 * dim;
  const Lanes speed = sqrt(speed2), along = Lanes(p_.reach) / select(speed > Lanes(0.0), speed, Lanes(1.0));
  const Mask slow = lanes & (speed < Lanes(p_.reach)), fast = lanes & !slow;
  flight.counters[kReversals] = flight.counters[kReversals] + select(WideMask(slow), Words(1), Words(0));
  for (int j = 0; j < dim; ++j) {
    side[j] = fma(-along, velocity[j], x[j]);
    next[j] = select(fast, x[j], select(slow, fma(along, velocity[j], x[j]), next[j]));
  }
  const LaneSet cut = flight.landscape.outside(side), off = flight.landscape.outside(next);
  const Lanes other = flight.landscape.value(side, flight.scratch),
              ahead = flight.landscape.value(next, flight.scratch);
  // a side that is outside the domain is no side
  const Mask back = slow & from_bits(kAllLanes & ~cut) & (from_bits(off) | (other < ahead));
  for (int j = 0; j < dim; ++j) next[j] = select(back, side[j], next[j]);
}

}  // namespace saddlesim
