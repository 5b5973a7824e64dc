#include "saddlesim/methods/gradient_descent.hpp"

namespace saddlesim {

StepReport GradientDescent::step(Flight& flight) const {
  const Watch watch = descend(step_size_, flight);
  return {watch.unchanged(), watch.finite(), 0};
}

}  // namespace saddlesim
