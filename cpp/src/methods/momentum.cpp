#include "saddlesim/methods/momentum.hpp"

namespace saddlesim {

StepReport HeavyBall::step(Flight& flight) const {
  Watch watch;
  const Lanes eta = -step_size_, beta = momentum_;
  Lanes* velocity = flight.state;
  for (int j = 0; j < flight.landscape.dim(); ++j) {
    const Lanes moved = fma(eta, flight.gradient[j], beta * velocity[j]), next = flight.x[j] + moved;
    watch.see(flight.x[j], next);
    watch.see_change(velocity[j], moved);
    flight.x[j] = next;
    velocity[j] = moved;
  }
  return {watch.unchanged(), watch.finite(), 0};
}

StepReport Nesterov::step(Flight& flight) const {
  const int dim = flight.landscape.dim();
  const Lanes eta = -step_size_, beta = momentum_;
  Lanes *velocity = flight.state, *y = flight.method_scratch;
  for (int j = 0; j < dim; ++j) y[j] = fma(beta, velocity[j], flight.x[j]);
  const LaneSet outside = flight.landscape.gradient(y, flight.gradient, flight.scratch, nullptr).outside;
  const Mask inside = from_bits(kAllLanes & ~outside);
  Watch watch;
  for (int j = 0; j < dim; ++j) {
    const Lanes next = select(inside, fma(eta, flight.gradient[j], y[j]), flight.x[j]), moved = next - flight.x[j];
    watch.see(flight.x[j], next);
    watch.see_change(velocity[j], moved);
    flight.x[j] = next;
    velocity[j] = moved;
  }
  return {watch.unchanged(), watch.finite(), 0, outside};
}

}  // namespace saddlesim
