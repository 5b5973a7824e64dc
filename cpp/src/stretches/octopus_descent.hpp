// Gradient descent on the octopus, many steps at once.
#pragma once

#include "saddlesim/escapes.hpp"
#include "saddlesim/landscapes/octopus.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/stretch.hpp"

namespace saddlesim {

// Null where a step is so long that coordinates need not stay in their regions, or where the criterion may hold while
// the last coordinate is near its saddle.
std::unique_ptr<Stretch> octopus_to_minimum(const Octopus& octopus, const GradientDescent& method,
                                            const NearMirroredPoint& escape);
std::unique_ptr<Stretch> octopus_past_saddles(const Octopus& octopus, const GradientDescent& method,
                                              const EveryCoordinateBeyond& escape);

}  // namespace saddlesim
