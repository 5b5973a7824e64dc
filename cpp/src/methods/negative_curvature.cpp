#include "saddlesim/methods/negative_curvature.hpp"

#include <algorithm>

#include "saddlesim/lanczos.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/noise.hpp"

namespace saddlesim {

namespace {

constexpr double kResidual = 0.01;    // of the Hessian's norm: how well Lanczos's vector is to be known
constexpr double kFailure = 1e-6;     // the probability at which Lanczos's iteration says that there is no such vector
constexpr double kFirstProbe = 1e-4;  // of the largest |u|: where Neon starts

Lanes norm2(const Lanes* v, int dim) {
  Lanes sum = 0.0;
  for (int j = 0; j < dim; ++j) sum = fma(v[j], v[j], sum);
  return sum;
}

}  // namespace

NegativeCurvatureDescent::NegativeCurvatureDescent(const Parameters& parameters, std::uint64_t key)
    : p_(parameters), gradient_threshold_(parameters.gradient_threshold), key_(key) {}

void NegativeCurvatureDescent::start(Lanes* /*state*/, Words* counters, int lane, int /*dim*/) const {
  for (int i = 0; i < kCounters; ++i) counters[i].set(lane, 0);
}

std::int64_t NegativeCurvatureDescent::perturbations(const Words* counters, int lane) const {
  return static_cast<std::int64_t>(counters[kMoves][lane]);
}

Costs NegativeCurvatureDescent::costs(const Words* counters, int lane, std::int64_t steps) const {
  const auto count = [&](Count which) { return static_cast<std::int64_t>(counters[which][lane]); };
  return {steps + count(kGradients), 2 * count(kMoves), count(kProducts)};
}

StepReport NegativeCurvatureDescent::step(Flight& flight) const {
  const int dim = flight.landscape.dim();
  const LaneSet flat = to_bits(gradient_threshold_.squared(flight.gradient, dim) <= Lanes(gradient_threshold_.level));
  if (flat == 0) {
    const Watch watch = descend(p_.step_size, flight);
    return {0, watch.finite(), 0};
  }
  LaneSet found = 0;
  const Lanes curvature =
      p_.by_gradients ? search_by_gradients(flight, flat, &found) : search_by_products(flight, flat, &found);
  const Mask stays = from_bits(flat);  // or moves along v
  for (int j = 0; j < dim; ++j) flight.gradient[j] = select(stays, Lanes(0.0), flight.gradient[j]);
  const Watch watch = descend(p_.step_size, flight);
  if (found != 0) move(flight, from_bits(found), curvature);
  return {0, watch.finite(), flat & ~found};
}

Lanes NegativeCurvatureDescent::search_by_products(Flight& flight, LaneSet lanes, LaneSet* found) const {
  const int dim = flight.landscape.dim();
  const int most = static_cast<int>(std::min<std::int64_t>(p_.most_probes, dim));
  Lanczos lanczos(flight.landscape, most);
  const KrylovGoal goal{
      .most_steps = most, .tolerance = kResidual, .level = -p_.curvature_tolerance, .failure_probability = kFailure};
  lanczos.draw_start(key_, flight.trajectory, flight.step);
  lanczos.run(flight.x, nullptr, 0, goal, lanes, flight.scratch);
  *found = lanes & lanczos.below();
  count(flight.counters[kProducts], WideMask(from_bits(lanes)), lanczos.steps());
  count(flight.counters[kProducts], WideMask(from_bits(*found)));
  if (*found == 0) return Lanes(0.0);
  const Lanczos::Pair pair = lanczos.smallest_pair(flight.scratch);
  for (int j = 0; j < dim; ++j) flight.method_scratch[j] = pair.vector[j];
  return -pair.quotient;
}

Lanes NegativeCurvatureDescent::search_by_gradients(Flight& flight, LaneSet lanes, LaneSet* found) const {
  const Landscape& f = flight.landscape;
  const int dim = f.dim();
  Lanes *u = flight.method_scratch, *at = u + dim, *gradient = at + dim;
  const Counter counter(Domain::kick, flight.trajectory, flight.step);
  const Lanes first = Lanes(p_.probe_radius * kFirstProbe) * draw_direction(NoiseLaw::sphere, key_, counter, dim, u);
  for (int j = 0; j < dim; ++j) u[j] = first * u[j];

  const Lanes most2 = p_.probe_radius * p_.probe_radius;
  LaneSet growing = lanes;
  *found = 0;
  for (std::int64_t probe = 0; probe < p_.most_probes && growing != 0; ++probe) {
    const Mask on = from_bits(growing);
    for (int j = 0; j < dim; ++j) at[j] = flight.x[j] + u[j];
    f.gradient(at, gradient, flight.scratch, nullptr);
    for (int j = 0; j < dim; ++j)
      u[j] = select(on, fma(Lanes(-p_.step_size), gradient[j] - flight.gradient[j], u[j]), u[j]);
    count(flight.counters[kGradients], WideMask(from_bits(growing)));
    const LaneSet grown = growing & to_bits(norm2(u, dim) >= most2);
    *found |= grown;
    growing &= ~grown;
  }
  if (*found == 0) return Lanes(0.0);
  // v'Hv by one more difference of gradients along the unit vector
  const Lanes length = sqrt(norm2(u, dim)), probe = p_.probe_radius;
  for (int j = 0; j < dim; ++j) {
    u[j] = u[j] / length;
    at[j] = fma(probe, u[j], flight.x[j]);
  }
  f.gradient(at, gradient, flight.scratch, nullptr);
  count(flight.counters[kGradients], WideMask(from_bits(*found)));
  Lanes along = 0.0;
  for (int j = 0; j < dim; ++j) along = fma(gradient[j] - flight.gradient[j], u[j], along);
  const Lanes curvature = -(along / probe);
  *found &= to_bits(curvature > Lanes(0.5 * p_.curvature_tolerance));
  return curvature;
}

void NegativeCurvatureDescent::move(Flight& flight, const Mask& lanes, const Lanes& curvature) const {
  const Landscape& f = flight.landscape;
  const int dim = f.dim();
  Lanes *v = flight.method_scratch, *ahead = v + dim, *behind = ahead + dim;
  const Lanes length = Lanes(2.0 / p_.hessian_lipschitz) * curvature;
  for (int j = 0; j < dim; ++j) {
    ahead[j] = fma(length, v[j], flight.x[j]);
    behind[j] = fma(-length, v[j], flight.x[j]);
  }
  const Lanes value_ahead = f.value(ahead, flight.scratch), value_behind = f.value(behind, flight.scratch);
  // a side that is outside the domain is no side
  const Mask back =
      from_bits(kAllLanes & ~f.outside(behind)) & (from_bits(f.outside(ahead)) | (value_behind < value_ahead));
  for (int j = 0; j < dim; ++j) flight.x[j] = select(lanes, select(back, behind[j], ahead[j]), flight.x[j]);
  count(flight.counters[kMoves], WideMask(lanes));
}

}  // namespace saddlesim
