// Descent on a quadratic saddle along its axes, with Gaussian noise or without, many steps at once.
#pragma once

#include "saddlesim/escape.hpp"
#include "saddlesim/landscapes/quadratic.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/methods/noisy_gradient_descent.hpp"
#include "saddlesim/stretch.hpp"

namespace saddlesim {

// Null where the saddle is rotated, the noise is not Gaussian, the criterion looks at more than the point, or steps are so
// long that numbers overflow in a few of them.
std::unique_ptr<Stretch> noisy_quadratic_walk(const QuadraticSaddle& saddle, const NoisyGradientDescent& method,
                                              const Escape& escape);
std::unique_ptr<Stretch> quadratic_walk(const QuadraticSaddle& saddle, const GradientDescent& method,
                                        const Escape& escape);

}  // namespace saddlesim
