#include "saddlesim/methods/accelerated.hpp"

namespace saddlesim {

void PerturbedAccelerated::start(Lanes* velocity, Words* counters, int lane, int dim) const {
  for (int j = 0; j < dim; ++j) velocity[j].set(lane, 0.0);
  for (int i = 0; i < kCounters; ++i) counters[i].set(lane, 0);
}

Costs PerturbedAccelerated::costs(const Words* counters, int lane, std::int64_t steps) const {
  const auto count = [&](Count which) { return static_cast<std::int64_t>(counters[which][lane]); };
  return {steps + count(kTests), 2 * steps + 2 * count(kReversals), 0};
}

// The gradient at x is needed only where a kick may come.
void PerturbedAccelerated::kick_where_due(Flight& flight) const {
  const WideMask due = kicks_.due(flight);
  if (!any(due)) return;
  count(flight.counters[kTests], due);
  flight.landscape.gradient(flight.x, flight.gradient, flight.scratch, nullptr);
  const Mask kicked = kicks_.wanted(flight, due);
  if (any(kicked)) kicks_.move(flight, kicked);
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
  count(flight.counters[kReversals], WideMask(slow));
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
