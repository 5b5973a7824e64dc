// Gradient descent on a matrix factorisation in its frame, until f is small.
#pragma once

#include "saddlesim/escapes.hpp"
#include "saddlesim/landscapes/diagonal_factorization.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/stretch.hpp"

namespace saddlesim {

// Null for ranks whose Gram matrices do not fit into registers.
std::unique_ptr<Stretch> factorization_descent(const DiagonalFactorization& landscape, const GradientDescent& method,
                                               const ValueBelow& escape);

}  // namespace saddlesim
