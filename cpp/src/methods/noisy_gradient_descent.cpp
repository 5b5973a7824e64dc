#include "saddlesim/methods/noisy_gradient_descent.hpp"

namespace saddlesim {

StepReport NoisyGradientDescent::step(Flight& flight) const {
  Watch watch;
  const Lanes eta = -step_size_;
  const Counter counter(Domain::noise, flight.trajectory, flight.step);
  const auto add = [&](int j, const Lanes& amount, const Lanes& direction) {
    flight.x[j] = noisy_step(flight.x[j], eta, flight.gradient[j], amount, direction);
    watch.see(flight.x[j]);
  };
  if (law_ == NoiseLaw::gaussian) {  // needs no norm, so each normal is used as it is made
    const Lanes amount = scale_;
    for_each_normal(key_, counter, flight.landscape.dim(), [&](int j, const Lanes& n) { add(j, amount, n); });
  } else {
    const int dim = flight.landscape.dim();
    const Lanes amount = Lanes(scale_) * draw_direction(law_, key_, counter, dim, flight.method_scratch);
    for (int j = 0; j < dim; ++j) add(j, amount, flight.method_scratch[j]);
  }
  return {0, watch.finite(), 0};
}

}  // namespace saddlesim
