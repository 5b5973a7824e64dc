// When a trajectory is kicked, and the kick: what perturbed methods have in common.
#pragma once

#include "saddlesim/method.hpp"
#include "saddlesim/noise.hpp"
#include "saddlesim/radius.hpp"

namespace saddlesim {

// Where |gradient| <= gradient_threshold and the last kick is at least min_interval steps ago (or there was none), x is
// moved by a vector uniform in the ball of `radius`.
class Kicks {
 public:
  enum Count { kEligibleAt, kNumber, kRows };  // a method's first counters: the first step of the next kick

  Kicks(double radius, double gradient_threshold, std::int64_t min_interval, std::uint64_t key)
      : radius_(radius),
        gradient_threshold_(gradient_threshold),
        min_interval_(static_cast<std::uint64_t>(min_interval)),
        key_(key) {}

  static std::int64_t number(const Words* counters, int lane) {
    return static_cast<std::int64_t>(counters[kNumber][lane]);
  }

  // The lanes in which the last kick is long enough ago; then those of them in which the gradient is small.
  WideMask due(const Flight& flight) const { return !(flight.step < flight.counters[kEligibleAt]); }
  Mask wanted(const Flight& flight, const WideMask& due) const {
    const Lanes norm2 = gradient_threshold_.squared(flight.gradient, flight.landscape.dim());
    return Mask(due) & (norm2 <= Lanes(gradient_threshold_.level));
  }

  void move(Flight& flight, const Mask& lanes) const {
    const int dim = flight.landscape.dim();
    const WideMask wide = lanes;
    flight.counters[kEligibleAt] = select(wide, flight.step + Words(min_interval_), flight.counters[kEligibleAt]);
    count(flight.counters[kNumber], wide);
    const Lanes amount = Lanes(radius_) * draw_ball_where(to_bits(lanes), key_, Domain::kick, flight.trajectory,
                                                          flight.step, dim, flight.method_scratch);
    for (int j = 0; j < dim; ++j)
      flight.x[j] = select(lanes, fma(amount, flight.method_scratch[j], flight.x[j]), flight.x[j]);
  }

 private:
  double radius_;
  Radius gradient_threshold_;
  std::uint64_t min_interval_;
  PhiloxKey key_;
};

}  // namespace saddlesim
