#include "octopus_path.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace saddlesim {

namespace {

// 1, 2, ..., kLanes, or their powers of two.
Lanes lane_numbers(bool powers) {
  Lanes numbers;
  for (int lane = 0; lane < kLanes; ++lane) numbers.set(lane, powers ? std::ldexp(1.0, lane) : lane + 1.0);
  return numbers;
}

SADDLESIM_INLINE Lanes exponential(const Twofold& l) {
  const Lanes e = exp(l.high);
  return select(e > Lanes(0.0), fma(e, l.low, e), e);
}

Twofold pick(const Twofold& t, int lane) { return {Lanes(t.high[lane]), Lanes(t.low[lane])}; }
double value(const Twofold& t) { return t.high[0]; }

}  // namespace

void OctopusPath::follow(const OctopusWalk& walk, const double* start, int lane, const std::atomic<bool>& stop) {
  walk_ = &walk;
  start_ = start;
  lane_ = lane;
  stop_ = &stop;
  terminal_ = static_cast<int>(walk.stuck_stage()[lane]);
}

Twofold OctopusPath::begin(int stage) const {
  return stage < octopus_.dim() ? same(walk_->stage(stage).begin) : exit(stage - 1);
}

void OctopusPath::place(int stage, const Twofold& time) {
  const Mask at_start = time.high == Lanes(0.0);
  const Lanes shrunk = exponential(time * rates_.log_c);
  const double four_tau = 4.0 * rates_.tau;
  for (int j = 0; j < octopus_.dim(); ++j) {
    const double magnitude = std::fabs(start_[j]);
    Lanes a;
    if (j < stage) {
      const OctopusStage& left = walk_->stage(j);
      const bool long_ago = j + 1 < octopus_.dim() && lost(j + 1);
      const Lanes settled = long_ago ? Lanes(0.0) : exponential((time - same(left.exit)) * rates_.log_c);
      a = Lanes(four_tau) + Lanes(left.landing[lane_] - four_tau) * settled;
    } else if (j == stage && lost(j)) {
      a = exponential(rates_.log_tau + rates_.log_a * Twofold(0.5));  // anywhere in (tau, a tau]
    } else if (j == stage && magnitude != 0.0) {
      a = exponential(same(walk_->stage(j).log_start) + (time - begin(j)) * rates_.log_a);
    } else {
      a = Lanes(magnitude) * shrunk;
    }
    x_[j] = copysign(select(at_start, Lanes(magnitude), a), Lanes(start_[j]));
  }
  chosen_ = 0;
}

OctopusPath::Side::Side(const OctopusPath& path, int first) {
  const int dim = path.octopus_.dim(), end = std::min(first + kLanes, dim);
  landing = 0.0;
  exit = Twofold(0.0);
  LaneSet here = 0, long_ago = 0;
  for (int j = first; j < end; ++j) {
    const OctopusStage& stage = path.walk_->stage(j);
    const int lane = j - first;
    landing.set(lane, stage.landing[path.lane_]);
    exit.high.set(lane, stage.exit.high[path.lane_]);
    exit.low.set(lane, stage.exit.low[path.lane_]);
    here |= LaneSet{1} << lane;
    if (j + 1 < dim && path.walk_->stage(j + 1).begin.high[path.lane_] >= kCountedTo) long_ago |= LaneSet{1} << lane;
  }
  present = from_bits(here);
  settled = from_bits(long_ago);
}

void OctopusPath::place_near_minimum(const Twofold& time) {
  const int dim = octopus_.dim();
  const Lanes four_tau = 4.0 * rates_.tau;
  for (int first = 0; first < dim; first += kLanes) {
    const Side side(*this, first);
    const Lanes left = exponential((time - side.exit) * rates_.log_c);
    const Lanes a = four_tau + (side.landing - four_tau) * select(side.settled, Lanes(0.0), left);
    for (int j = first; j < std::min(first + kLanes, dim); ++j) {
      x_[j] = Lanes(std::copysign(a[j - first], start_[j]));
    }
  }
  chosen_ = 0;
}

void OctopusPath::step() {
  octopus_.gradient(x_.data(), gradient_.data(), nullptr, nullptr);
  for (int j = 0; j < octopus_.dim(); ++j) x_[j] = fma(Lanes(-rates_.eta), gradient_[j], x_[j]);
}

LaneSet OctopusPath::holding(const Escape& escape) {
  Estimate value;
  if (escape.sees() != Sees::point) octopus_.gradient(x_.data(), gradient_.data(), nullptr, &value);
  return escape.holds({octopus_, x_.data(), value, gradient_.data(), nullptr});
}

Arrival OctopusPath::arrive(int stage, const Twofold& time) const {
  const int decided = std::min(stage, octopus_.dim() - 1);
  const OctopusStage& last = walk_->stage(decided);
  const bool lost = last.exit.high[lane_] >= kCountedTo;
  const bool first = stage == 0 && value(time) <= value(entry(0));
  return {true, time, lost ? last.log10_exit[lane_] : std::log10(value(time)),
          first || ((to_bits(last.certified) >> lane_) & 1U) != 0};
}

Arrival OctopusPath::first_hold(const Escape& escape) {
  Arrival arrival;
  place(0, Twofold(0.0));
  if (holding(escape) & 1U) return arrive(0, Twofold(0.0));
  for (int stage = 0; stage < terminal_; ++stage) {
    if (lost(stage)) {
      if (search_lost(escape, stage, arrival)) return arrival;
      continue;
    }
    if (search_stretch(escape, stage, begin(stage), entry(stage), arrival)) return arrival;
    if (search_connection(escape, stage, arrival)) return arrival;
  }
  search_terminal(escape, arrival);
  return arrival;
}

bool OctopusPath::search_stretch(const Escape& escape, int stage, Twofold low, Twofold high, Arrival& arrival) {
  if (value(high - low) <= 0.0) return false;
  place(stage, high);
  if ((holding(escape) & 1U) == 0) return false;
  const Lanes numbers = lane_numbers(false);
  // kLanes times at once: the bracket shrinks by a factor of kLanes + 1
  for (double span = value(high - low); span > 1.0 && span < 0x1p100; span = value(high - low)) {
    const Lanes stride = floor(Lanes(span / (kLanes + 1))) + Lanes(1.0);
    const Twofold ahead = low + exact_product(stride, numbers);
    const Twofold times = select(ahead < high, ahead, high);
    place(stage, times);
    const LaneSet holds = holding(escape);
    const int lane = std::countr_zero(holds);
    if (lane > 0) low = pick(times, std::min(lane, kLanes) - 1);
    if (lane < kLanes) high = pick(times, lane);
  }
  place(stage, high);
  arrival = arrive(stage, high);
  return true;
}

bool OctopusPath::search_connection(const Escape& escape, int stage, Arrival& arrival) {
  const Twofold from = entry(stage);
  const double steps = value(exit(stage) - from);
  if (steps <= 0.0 || steps > 0x1p53) return false;
  place(stage, from);
  for (double k = 1.0; k <= steps && !stopped(); k += 1.0) {
    step();
    if (holding(escape) & 1U) {
      arrival = arrive(stage, from + Twofold(k));
      return true;
    }
  }
  return false;
}

// Near its saddle such a trajectory does not move but in its last few steps, so that is where a criterion is met.
bool OctopusPath::search_lost(const Escape& escape, int stage, Arrival& arrival) {
  place(stage, begin(stage));
  for (bool left = false; !left && !stopped(); step()) {
    left = std::fabs(x_[stage][0]) > 2.0 * rates_.tau;
    if (holding(escape) & 1U) {
      arrival = arrive(stage, exit(stage));
      return true;
    }
  }
  return false;
}

Arrival OctopusPath::reaches_minimum(double tolerance) const {
  const int dim = octopus_.dim();
  if (terminal_ < dim) return {};
  const Twofold exits = exit(dim - 1);
  double high = value(exits), low = exits.low[0];  // the last arrival
  bool certain = true;
  for (int first = 0; first < dim; first += kLanes) {
    const Side side(*this, first);
    const Lanes distance = abs(side.landing - Lanes(4.0 * rates_.tau));
    const Mask moving = side.present & !side.settled & (distance > Lanes(tolerance));
    const Lanes log_c = rates_.log_c.high;
    const Lanes needed = (Lanes(std::log(tolerance)) - log(select(moving, distance, Lanes(tolerance)))) / log_c;
    const Lanes steps = -floor(-needed), margin = steps - needed;
    // where the logarithm is this near to a whole number, it is taken again with all its digits
    const Lanes error = Lanes(0x1p-36) / -log_c * (Lanes(1.0) + Lanes(rates_.tau) / distance);
    const Mask doubtful = moving & !(min(margin, Lanes(1.0) - margin) > error);
    const Twofold there = side.exit + Twofold(steps);
    for_lanes(to_bits(moving), [&](int lane) {
      Twofold then = pick(there, lane);
      if ((to_bits(doubtful) >> lane) & 1U) {
        const Settling exact = settling(first + lane, tolerance);
        then = exit(first + lane) + exact.steps;
        certain = certain && exact.certain;
      }
      if (value(then) > high || (value(then) == high && then.low[0] > low)) high = value(then), low = then.low[0];
    });
  }
  Arrival arrival = arrive(dim, {Lanes(high), Lanes(low)});
  arrival.certified = arrival.certified && certain;
  return arrival;
}

OctopusPath::Settling OctopusPath::settling(int coordinate, double tolerance) const {
  const double distance = std::fabs(walk_->stage(coordinate).landing[lane_] - 4.0 * rates_.tau);
  const Twofold needed = (log(Twofold(tolerance)) - log(Twofold(distance))) / rates_.log_c;
  const Twofold steps = -floor(-needed);
  const double margin = std::fabs(value(needed - steps));
  // how well the landing is known decides how well the logarithm is
  const double error = 0x1p-46 / -value(rates_.log_c) * (1.0 + rates_.tau / distance);
  return {steps, std::min(margin, 1.0 - margin) > error || tolerance == distance};
}

bool OctopusPath::search_terminal(const Escape& escape, Arrival& arrival) {
  const Twofold from = begin(terminal_);
  // after this many steps nothing moves any more
  const double settled = 2000.0 / -rates_.log_c.high[0];
  const Lanes powers = lane_numbers(true);
  Twofold low = from;
  for (double scale = 1.0; scale <= settled; scale *= 0x1p16) {
    const Twofold times = from + exact_product(powers, Lanes(scale));
    place(terminal_, times);
    const int lane = std::countr_zero(holding(escape));
    if (lane > 0) low = pick(times, std::min(lane, kLanes) - 1);
    if (lane < kLanes) return search_stretch(escape, terminal_, low, pick(times, lane), arrival);
  }
  return false;
}

void OctopusPath::go_to(const Twofold& time) {
  int stage = terminal_;  // saddles are left in order
  while (stage > 0 && (to_bits(time < exit(stage - 1)) & 1U)) --stage;
  if (stage == octopus_.dim()) return place_near_minimum(time);
  if (stage == terminal_ || (to_bits(time <= entry(stage)) & 1U)) return place(stage, time);
  place(stage, entry(stage));
  for (double k = value(time - entry(stage)); k > 0.0 && !stopped(); k -= 1.0) step();
}

void OctopusPath::go_to_limit() {
  for (int j = 0; j < octopus_.dim(); ++j) {
    x_[j] = copysign(Lanes(j < terminal_ ? 4.0 * rates_.tau : 0.0), Lanes(start_[j]));
  }
  chosen_ = 0;
}

}  // namespace saddlesim
