#include "saddlesim/exact/octopus_walk.hpp"

#include <cmath>

namespace saddlesim {

namespace {

const double kInfinity = __builtin_inf();

// The unit in which the errors of a kind of number are counted.
template <class Number>
constexpr double kUnit = 0x1p-52;
template <>
constexpr double kUnit<Twofold> = 0x1p-96;

SADDLESIM_INLINE Lanes leading(const Lanes& a) { return a; }
SADDLESIM_INLINE Lanes leading(const Twofold& a) { return a.high; }
SADDLESIM_INLINE Twofold extended(const Lanes& a) { return Twofold(a); }
SADDLESIM_INLINE Twofold extended(const Twofold& a) { return a; }

// e^l as a Number, 0 where it underflows.
template <class Number>
Number exponential(const Twofold& l);
template <>
SADDLESIM_INLINE Lanes exponential<Lanes>(const Twofold& l) {
  const Lanes e = exp(l.high);
  return select(l.high > Lanes(-700.0), fma(e, l.low, e), Lanes(0.0));
}
template <>
SADDLESIM_INLINE Twofold exponential<Twofold>(const Twofold& l) {
  const Mask fits = l.high > Lanes(-650.0);
  return select(fits, exp(select(fits, l, Twofold(0.0))), Twofold(0.0));
}

// ln m; that of the smallest number there is where m is zero, which only stands for itself where it is never used.
template <class Number>
SADDLESIM_INLINE Twofold log_magnitude(const Lanes& m) {
  const Twofold two_hundred_ln2(0x1.1542457337d43p+7, -0x1.e3948c376279dp-49);
  const Mask small = m < Lanes(0x1p-900);  // of a subnormal number only some algorithms know the logarithm
  const Lanes normal = select(small, max(m, Lanes(0x1p-1074)) * Lanes(0x1p200), m);
  const Twofold logarithm = extended(log(Number(normal)));
  return select(small, logarithm - two_hundred_ln2, logarithm);
}

Twofold product(double a, double b) { return exact_product(Lanes(a), Lanes(b)); }

}  // namespace

OctopusRates::OctopusRates(const Octopus& octopus, double step_size)
    : L(octopus.L()),
      gamma(octopus.gamma()),
      tau(octopus.tau()),
      eta(step_size),
      log_a(log(Twofold(1.0) + product(2.0 * eta, gamma))),
      log_c(log(Twofold(1.0) - product(2.0 * eta, L))),
      log_tau(log(Twofold(tau))) {}

// The steps of one block through a connecting region: x from (tau, 2 tau] to beyond 2 tau, and the factor by which the
// next coordinate changes meanwhile, each with a bound on its error.
template <class Number>
struct OctopusWalk::Connection {
  explicit Connection(const OctopusRates& rates)
      : eta(rates.eta),
        tau(rates.tau),
        two_tau(2.0 * rates.tau),
        inverse_tau(Number(1.0) / Number(rates.tau)),
        gamma2(2.0 * rates.gamma),
        p3((Number(10.0) * Number(rates.gamma) - Number(14.0) * Number(rates.L)) * inverse_tau),
        q4((Number(10.0) * Number(rates.L) - Number(6.0) * Number(rates.gamma)) * inverse_tau * inverse_tau),
        k(Number(rates.L) + Number(rates.gamma)) {}

  // One step of the lanes in `moving`. next2 is the square of the next coordinate before the region.
  SADDLESIM_INLINE void step(const Mask& moving, const Number& next2) {
    const Number s = x - tau, u = (two_tau - x) * inverse_tau, v = u * (Number(1.0) - u);
    const Number coupling = next2 * factor * factor;
    const Number g2 = k * (u * u * u * (u * (u * Number(6.0) - Number(15.0)) + Number(10.0))) - gamma2 * Number(0.5);
    const Number g2_slope = -(Number(30.0) * k * inverse_tau) * (v * v);
    const Number g1_slope = s * s * (q4 * s + p3) - gamma2 * x;
    const Number growth = Number(1.0) - Number(2.0) * eta * g2;

    // first-order bounds: derivatives of the step times the errors so far, and the step's own rounding
    const Lanes unit = kUnit<Number>, eta_ = leading(eta), coupling_ = abs(leading(coupling));
    const Lanes curvature = leading(s) * (Lanes(3.0) * leading(q4) * leading(s) + Lanes(2.0) * leading(p3)) -
                            leading(gamma2) +
                            Lanes(60.0) * leading(k) * leading(inverse_tau) * leading(inverse_tau) * leading(v) *
                                (Lanes(1.0) - Lanes(2.0) * leading(u)) * coupling_;
    const Lanes x_error_ = abs(Lanes(1.0) - eta_ * curvature) * x_error +
                           eta_ * abs(leading(g2_slope)) * Lanes(2.0) * coupling_ * factor_error +
                           Lanes(16.0) * unit * abs(leading(x));
    const Lanes factor_error_ =
        factor_error + Lanes(2.0) * eta_ * abs(leading(g2_slope)) / leading(growth) * x_error + Lanes(8.0) * unit;

    x = select(moving, x - eta * (g1_slope + g2_slope * coupling), x);
    factor = select(moving, factor * growth, factor);
    x_error = select(moving, x_error_, x_error);
    factor_error = select(moving, factor_error_, factor_error);
  }

  Number eta, tau, two_tau, inverse_tau, gamma2, p3, q4, k;
  Number x, factor;             // |x_i|; |x_{i+1}| relative to before
  Lanes x_error, factor_error;  // absolute; relative
};

void OctopusWalk::leave_domain(const Mask& lanes, int i, const Twofold& time) {
  const Mask first = lanes & (!outside_);
  outside_stage_ = select(first, Lanes(i), outside_stage_);
  outside_time_ = select(first, time, outside_time_);
  outside_ = outside_ | first;
}

void OctopusWalk::judge(const Mask& lanes, const Lanes& distance, const Lanes& error, const Twofold& count) {
  const Mask counted = lanes & (count.high < Lanes(0x1p63));
  certificate_.tie_distance = select(counted, min(distance, certificate_.tie_distance), certificate_.tie_distance);
  certificate_.doubtful = certificate_.doubtful | (counted & (distance <= Lanes(4.0) * error));
}

template <class Number>
void OctopusWalk::run(const Lanes* magnitudes, const std::atomic<bool>& stop) {
  const int dim = static_cast<int>(stages_.size());
  const double tau = rates_.tau;
  const Lanes unit = kUnit<Number>;
  Connection<Number> connection(rates_);

  certificate_ = {Lanes(kInfinity), Lanes(kInfinity), no_lane()};
  outside_ = no_lane();
  outside_stage_ = outside_time_.high = outside_time_.low = Lanes(0.0);
  stuck_stage_ = Lanes(dim);
  Mask waits = no_lane();  // lanes whose escaping coordinate has been passed: the start's later coordinates wait
  for (int j = 0; j < dim; ++j) {
    leave_domain(select(waits, Lanes(tau), Lanes(6.0 * tau)) < magnitudes[j], j, Twofold(0.0));
    waits = waits | (magnitudes[j] <= Lanes(2.0 * tau));
  }

  const double log10_ratio = std::log10(1.0 - rates_.log_c.high[0] / rates_.log_a.high[0]);
  Twofold time(0.0);
  Lanes log10_time = -kInfinity;
  Lanes log_error = 0.0;  // of the logarithm below
  Twofold log_x = log_magnitude<Number>(magnitudes[0]);
  for (int i = 0; i < dim; ++i) {
    OctopusStage& stage = stages_[static_cast<std::size_t>(i)];
    stuck_stage_ = select((magnitudes[i] == Lanes(0.0)) & (stuck_stage_ > Lanes(i)), Lanes(i), stuck_stage_);
    stage.begin = time;
    stage.log_start = log_x;
    const Mask untouched = time.high == Lanes(0.0);  // x_i is the start's, to the last bit
    const Lanes start_error = select(untouched, abs(log_x.high) * unit, log_error);

    // The jump: the first n with a^n |x_i| > tau. Where rounding decides this it does not matter, because f is smooth at
    // tau: from either side the next step leads to the same point, up to the square of the distance.
    const Twofold needed = (rates_.log_tau - log_x) / rates_.log_a;
    const Mask beyond = (untouched & (magnitudes[i] > Lanes(tau))) | ((!untouched) & (log_x > rates_.log_tau));
    stage.jump = floor(needed) + Twofold(1.0);
    stage.jump = select(stage.jump < Twofold(1.0), Twofold(1.0), stage.jump);
    stage.jump = select(beyond, Twofold(0.0), stage.jump);
    Twofold log_entry = log_x + stage.jump * rates_.log_a;
    // Where there are no digits for the position any point of (tau, a tau] stands for it; and to the logarithm of the
    // count the next stage adds that of the asymptotic ratio.
    const Mask lost = time.high >= Lanes(kCountedTo);
    log_entry = select(lost, rates_.log_tau + rates_.log_a * Twofold(0.5), log_entry);
    stage.jump = select(lost, Twofold(0.0), stage.jump);
    time = time + stage.jump;
    const Lanes entry_error = start_error + time.high * Lanes(0x1p-100) + unit;
    // through the connecting region
    const bool last = i + 1 == dim;
    const Twofold log_next_start = last ? Twofold(0.0) : log_magnitude<Number>(magnitudes[i + 1]);
    const Twofold log_next = log_next_start + time * rates_.log_c;
    const Mask given = beyond & untouched;
    connection.x = select(given, Number(magnitudes[i]), exponential<Number>(select(given, Twofold(0.0), log_entry)));
    connection.factor = Number(1.0);
    connection.x_error = leading(connection.x) * select(given, Lanes(0.0), entry_error + Lanes(2.0) * unit);
    connection.factor_error = abs(log_next_start.high) * unit + time.high * Lanes(0x1p-100);
    const Number next = last ? Number(0.0) : exponential<Number>(log_next);
    const Number next2 = next * next;
    Lanes steps = 0.0;
    Lanes smallest_factor = 1.0;
    for (Mask moving = connection.x <= connection.two_tau; any(moving);) {
      if (!last) {
        // the next coordinate waits, so it must be at most tau; only early on can it be anywhere near
        const Lanes magnitude = leading(next) * leading(connection.factor);
        if (any(moving & (magnitude > Lanes(0.5 * tau)))) {
          leave_domain(moving & (magnitude > Lanes(tau)), i, time + Twofold(steps));
          judge(moving, abs(magnitude - Lanes(tau)) * Lanes(1.0 / tau), connection.factor_error, time);
        }
      }
      connection.step(moving, next2);
      smallest_factor = min(smallest_factor, leading(connection.factor));
      steps = select(moving, steps + Lanes(1.0), steps);
      judge(moving, abs(leading(connection.x - connection.two_tau)) * Lanes(0.5 / tau),
            connection.x_error * Lanes(0.5 / tau), time);
      moving = moving & (connection.x <= connection.two_tau);
      if (stop.load(std::memory_order_relaxed)) return;
    }
    time = time + Twofold(select(lost, Lanes(0.0), steps));
    stage.exit = time;
    log10_time = select(lost, log10_time + Lanes(log10_ratio), log(time.high) * Lanes(0x1.bcb7b1526e50ep-2));
    stage.log10_exit = log10_time;
    stage.certified = !certificate_.doubtful;
    stage.landing = leading(connection.x);
    leave_domain(stage.landing > Lanes(6.0 * tau), i, time);
    const Lanes lowest = log_next.high + log(smallest_factor);
    if (!last) certificate_.lowest_log = min(certificate_.lowest_log, select(lost, Lanes(-kInfinity), lowest));
    log_x = log_next + extended(log(connection.factor));
    log_error = connection.factor_error + unit;
  }
}

template void OctopusWalk::run<Lanes>(const Lanes*, const std::atomic<bool>&);
template void OctopusWalk::run<Twofold>(const Lanes*, const std::atomic<bool>&);

}  // namespace saddlesim
