#include "saddlesim/landscapes/octopus.hpp"

#include <cmath>

namespace saddlesim {

namespace {

// Nonzero but below the smallest normal number: what is left of such a number has lost bits.
SADDLESIM_INLINE Mask subnormal(const Lanes& magnitude) {
  return (as_words(magnitude) - Bits(1)) < Bits(kSingle ? 0x007fffffU : 0x000fffffffffffffU);
}

// Walks the coordinates and tells, lane by lane, which part each plays.
class Stage {
 public:
  explicit Stage(double tau) : two_tau_(2.0 * tau) {}

  SADDLESIM_INLINE void next(const Lanes& a) {
    const Mask past = a > two_tau_;
    in_turn_ = left_;
    left_ = in_turn_ & past;
    active_ = in_turn_ & !past;
  }
  const Mask& left() const { return left_; }        // this coordinate has left its saddle
  const Mask& active() const { return active_; }    // this one is escaping
  const Mask& in_turn() const { return in_turn_; }  // one of the two; otherwise it waits

 private:
  Lanes two_tau_;
  Mask left_ = from_bits(kAllLanes), active_ = no_lane(), in_turn_ = from_bits(kAllLanes);
};

}  // namespace

Octopus::Octopus(int dim, double L, double gamma, double tau)
    : Landscape(dim),
      L_(static_cast<Real>(L)),
      gamma_(static_cast<Real>(gamma)),
      tau_(static_cast<Real>(tau)),
      nu_(static_cast<Real>((37.0 * L + 13.0 * gamma) * tau * tau / 6.0)),
      constants_{L, gamma, tau} {}

Lanes Octopus::value(const Lanes* x, Lanes* /*scratch*/) const {
  Stage stage(tau_);
  Lanes sum = 0.0, waiting = L_;  // the coefficient of a waiting coordinate's square
  for (int j = 0; j < dim(); ++j) {
    const Lanes a = abs(x[j]);
    stage.next(a);
    const Lanes shifted = a - Lanes(4.0 * tau_);
    const OctopusConnector<Lanes> c = connector(a);
    const Mask connects = stage.active() & (a > Lanes(tau_));
    const Lanes escaping = select(connects, c.g1(), Lanes(-gamma_) * a * a);
    const Lanes in_turn = select(stage.left(), fma(Lanes(L_) * shifted, shifted, Lanes(-nu_)), escaping);
    sum = sum + select(stage.in_turn(), in_turn, waiting * a * a);
    waiting = select(connects, c.g2(), Lanes(L_));
  }
  return sum;
}

Notice Octopus::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  if (value) value->f = this->value(x, scratch);
  const Lanes tau = tau_, four_tau = 4.0 * tau_, six_tau = 6.0 * tau_, slope = 2.0 * L_, escape_slope = -2.0 * gamma_;
  Stage stage(tau_);
  Escaping escaping{0.0, 0.0};
  Lanes farthest = 0.0, waiting = 0.0;  // the largest |x_j| of all, and of those that wait
  for (int j = 0; j < dim(); ++j) {
    const Lanes a = abs(x[j]);
    stage.next(a);
    farthest = max(farthest, a);
    waiting = max(waiting, select(stage.in_turn(), Lanes(0.0), a));
    const Lanes center = select(stage.left(), copysign(four_tau, x[j]), Lanes(0.0));
    gradient[j] = select(stage.active(), escape_slope, slope) * (x[j] - center);
    escaping.magnitude = select(stage.active(), a, escaping.magnitude);
    escaping.row = select(stage.active(), Lanes(j), escaping.row);
  }
  Notice notice{to_bits((farthest > six_tau) | (waiting > tau)), to_bits(subnormal(escaping.magnitude))};
  if (const LaneSet lanes = to_bits(escaping.magnitude > tau))
    notice.underflowed |= connect_gradient(x, escaping, lanes, gradient);
  return notice;
}

// Mends the gradient in the lanes that are in a connecting region, few at a time; tells where the next coordinate is
// subnormal. The polynomials are evaluated once for all of them, wherever each lane's region is. Whole registers are read
// and written, because a number that was just stored alone would be waited for when its register is loaded.
LaneSet Octopus::connect_gradient(const Lanes* x, const Escaping& escaping, LaneSet lanes, Lanes* gradient) const {
  const auto only = [](int lane) { return from_bits(LaneSet{1} << lane); };
  Lanes next = 0.0;
  for_lanes(lanes, [&](int lane) {
    const int row = static_cast<int>(escaping.row[lane]);
    if (row + 1 < dim()) next = select(only(lane), x[row + 1], next);
  });
  const OctopusConnector<Lanes> c = connector(escaping.magnitude);
  const Lanes own = fma(c.g2_slope(), next * next, c.g1_slope()), coupled = Lanes(2.0) * c.g2() * next;
  for_lanes(lanes, [&](int lane) {
    const int row = static_cast<int>(escaping.row[lane]);
    const Lanes along = select(x[row] < Lanes(0.0), -own, own);
    gradient[row] = select(only(lane), along, gradient[row]);
    if (row + 1 < dim()) gradient[row + 1] = select(only(lane), coupled, gradient[row + 1]);
  });
  return to_bits(subnormal(abs(next))) & lanes;
}

void Octopus::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* /*scratch*/) const {
  Stage stage(tau_);
  Lanes waiting = 2.0 * L_, coupled = 0.0;  // the next row's diagonal, and its coupling to this one times v
  for (int j = 0; j < dim(); ++j) {
    const Lanes a = abs(x[j]);
    stage.next(a);
    const OctopusConnector<Lanes> c = connector(a);
    const Mask connects = stage.active() & (a > Lanes(tau_));
    const Lanes b = j + 1 < dim() ? x[j + 1] : Lanes(0.0);
    const Lanes next_v = j + 1 < dim() ? v[j + 1] : Lanes(0.0);
    const Lanes mixed = copysign(Lanes(2.0), x[j]) * c.g2_slope() * b;
    const Lanes diagonal =
        select(connects, fma(c.g2_curvature(), b * b, c.g1_curvature()),
               select(stage.active(), Lanes(-2.0 * gamma_), select(stage.left(), Lanes(2.0 * L_), waiting)));
    product[j] = fma(diagonal, v[j], select(connects, mixed * next_v, coupled));
    waiting = select(connects, Lanes(2.0) * c.g2(), Lanes(2.0 * L_));
    coupled = select(connects, mixed * v[j], Lanes(0.0));
  }
}

LaneSet Octopus::outside(const Lanes* x) const {
  Stage stage(tau_);
  Mask inside = from_bits(kAllLanes);
  for (int j = 0; j < dim(); ++j) {
    const Lanes a = abs(x[j]);
    stage.next(a);
    inside = inside & (a <= select(stage.in_turn(), Lanes(6.0 * tau_), Lanes(tau_)));
  }
  return kAllLanes & ~to_bits(inside);
}

bool Octopus::underflowed(const double* x, const double* start) const {
  bool in_turn = true;
  for (int j = 0; j < dim(); ++j) {
    in_turn = in_turn && std::fabs(x[j]) > 2.0 * tau_;
    if (!in_turn && std::fabs(x[j]) < std::numeric_limits<Real>::min() && start[j] != 0.0) return true;
  }
  return false;
}

}  // namespace saddlesim
