// Activation functions of networks, with their first two derivatives.
#pragma once

#include "saddlesim/elementary.hpp"

namespace saddlesim {

enum class Activation { relu, leaky_relu, sigmoid, tanh, arctan, softplus, quadratic };

inline constexpr double kLeak = 0.1;  // slope of the leaky ReLU on the negative side

struct Activated {
  Lanes value, slope, curvature;
};

// At kinks the derivatives are those of the side z >= 0.
template <Activation kActivation>
SADDLESIM_INLINE Activated activate(const Lanes& z) {
  const Lanes one = 1.0, zero = 0.0;
  if constexpr (kActivation == Activation::relu || kActivation == Activation::leaky_relu) {
    const Lanes slope = select(z >= zero, one, Lanes(kActivation == Activation::relu ? 0.0 : kLeak));
    return {slope * z, slope, zero};
  } else if constexpr (kActivation == Activation::sigmoid) {
    const Lanes s = logistic(z), slope = s * logistic(-z);
    return {s, slope, slope * fma(Lanes(-2.0), s, one)};
  } else if constexpr (kActivation == Activation::tanh) {
    const Lanes t = tanh(z), slope = fma(-t, t, one);
    return {t, slope, Lanes(-2.0) * t * slope};
  } else if constexpr (kActivation == Activation::arctan) {
    const Lanes slope = one / fma(z, z, one);
    return {atan(z), slope, Lanes(-2.0) * z * slope * slope};
  } else if constexpr (kActivation == Activation::softplus) {
    const auto s = softplus(z);
    return {s.value, s.slope, s.curvature};
  } else {
    return {z * z, Lanes(2.0) * z, Lanes(2.0)};
  }
}

// Calls f with the activation as a constant of the compiler.
template <class F>
SADDLESIM_INLINE auto with_activation(Activation activation, F f) {
  switch (activation) {
    case Activation::relu:
      return f.template operator()<Activation::relu>();
    case Activation::leaky_relu:
      return f.template operator()<Activation::leaky_relu>();
    case Activation::sigmoid:
      return f.template operator()<Activation::sigmoid>();
    case Activation::tanh:
      return f.template operator()<Activation::tanh>();
    case Activation::arctan:
      return f.template operator()<Activation::arctan>();
    case Activation::softplus:
      return f.template operator()<Activation::softplus>();
    case Activation::quadratic:
      break;
  }
  return f.template operator()<Activation::quadratic>();
}

}  // namespace saddlesim
