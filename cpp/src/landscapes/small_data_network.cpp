#include "saddlesim/landscapes/small_data_network.hpp"

#include <iterator>
#include <utility>

namespace saddlesim {

namespace {

constexpr int kUnits = 2, kPoints = 3;
constexpr double kInputs[kPoints][2] = {{1.0, 0.0}, {0.0, 1.0}, {0.5, 0.5}};
constexpr double kTargets[kPoints] = {0.0, 0.0, 1.0};

// The parts of x.
enum : int { kWeights = 0, kBiases = 4, kOuter = 6, kOuterBias = 8 };

Activated activate(Activation activation, const Lanes& z) {
  return with_activation(activation, [&]<Activation kActivation>() { return saddlesim::activate<kActivation>(z); });
}

// The input of a hidden unit for one of the points; of a direction, how it changes.
Lanes input(const Lanes* x, int unit, int point) {
  return fma(x[kWeights + 2 * unit], Lanes(kInputs[point][0]),
             fma(x[kWeights + 2 * unit + 1], Lanes(kInputs[point][1]), x[kBiases + unit]));
}

// Adds a sensitivity to a hidden unit's input to those to its weights and bias.
void add_to_unit(const Lanes& sensitivity, int unit, int point, Lanes* gradient) {
  gradient[kWeights + 2 * unit] = fma(sensitivity, Lanes(kInputs[point][0]), gradient[kWeights + 2 * unit]);
  gradient[kWeights + 2 * unit + 1] = fma(sensitivity, Lanes(kInputs[point][1]), gradient[kWeights + 2 * unit + 1]);
  gradient[kBiases + unit] = gradient[kBiases + unit] + sensitivity;
}

// The hidden units at one point, and by how much the network misses its target.
struct Forward {
  Activated hidden[kUnits];
  Lanes error;

  Forward(Activation activation, const Lanes* x, int point) : error(x[kOuterBias] - Lanes(kTargets[point])) {
    for (int unit = 0; unit < kUnits; ++unit) {
      hidden[unit] = activate(activation, input(x, unit, point));
      error = fma(x[kOuter + unit], hidden[unit].value, error);
    }
  }
};

// The same for weights that are no trajectory's: in all lanes.
Forward forward(Activation activation, const double* x, int point) {
  Lanes everywhere[kOuterBias + 1];
  for (int j = 0; j <= kOuterBias; ++j) everywhere[j] = Lanes(x[j]);
  return {activation, everywhere, point};
}

double number(const Lanes& a) { return static_cast<double>(a[0]); }

}  // namespace

Lanes SmallDataNetwork::value(const Lanes* x, Lanes* /*scratch*/) const {
  Lanes sum = 0.0;
  for (int point = 0; point < kPoints; ++point) {
    const Forward f(activation_, x, point);
    sum = fma(f.error, f.error, sum);
  }
  return Lanes(0.5) * sum;
}

Notice SmallDataNetwork::gradient(const Lanes* x, Lanes* gradient, Lanes* /*scratch*/, Estimate* value) const {
  for (int j = 0; j < dim(); ++j) gradient[j] = 0.0;
  Lanes sum = 0.0;
  for (int point = 0; point < kPoints; ++point) {
    const Forward f(activation_, x, point);
    sum = fma(f.error, f.error, sum);
    gradient[kOuterBias] = gradient[kOuterBias] + f.error;
    for (int unit = 0; unit < kUnits; ++unit) {
      gradient[kOuter + unit] = fma(f.error, f.hidden[unit].value, gradient[kOuter + unit]);
      add_to_unit(f.error * x[kOuter + unit] * f.hidden[unit].slope, unit, point, gradient);
    }
  }
  if (value) value->f = Lanes(0.5) * sum;
  return {0, 0};
}

void SmallDataNetwork::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* /*scratch*/) const {
  for (int j = 0; j < dim(); ++j) product[j] = 0.0;
  for (int point = 0; point < kPoints; ++point) {
    const Forward f(activation_, x, point);
    Lanes error = v[kOuterBias];  // how the error changes along v
    Lanes inputs[kUnits];
    for (int unit = 0; unit < kUnits; ++unit) {
      inputs[unit] = input(v, unit, point);
      error = fma(v[kOuter + unit], f.hidden[unit].value, error);
      error = fma(x[kOuter + unit] * f.hidden[unit].slope, inputs[unit], error);
    }
    product[kOuterBias] = product[kOuterBias] + error;
    for (int unit = 0; unit < kUnits; ++unit) {
      const Activated& h = f.hidden[unit];
      const Lanes outer = x[kOuter + unit];
      product[kOuter + unit] = fma(error, h.value, fma(f.error, h.slope * inputs[unit], product[kOuter + unit]));
      const Lanes slope = fma(error, outer, f.error * v[kOuter + unit]) * h.slope;
      add_to_unit(fma(f.error * outer * h.curvature, inputs[unit], slope), unit, point, product);
    }
  }
}

void SmallDataNetwork::predict(const double* x, double* predictions) const {
  for (int point = 0; point < kPoints; ++point)
    predictions[point] = number(forward(activation_, x, point).error) + kTargets[point];
}

// A bias is a weight whose input is 1.
std::vector<LayerJacobian> SmallDataNetwork::jacobian(const double* x) const {
  const std::vector<double> ones(kPoints, 1.0);
  LayerJacobian inner{kUnits, 2, {}, {}}, outer{1, kUnits, {}, ones};
  for (int point = 0; point < kPoints; ++point) {
    const Forward f = forward(activation_, x, point);
    inner.forward.insert(inner.forward.end(), std::begin(kInputs[point]), std::end(kInputs[point]));
    for (int unit = 0; unit < kUnits; ++unit) {
      inner.backward.push_back(x[kOuter + unit] * number(f.hidden[unit].slope));
      outer.forward.push_back(number(f.hidden[unit].value));
    }
  }
  const LayerJacobian inner_bias{kUnits, 1, ones, inner.backward}, outer_bias{1, 1, ones, ones};
  return {std::move(inner), inner_bias, std::move(outer), outer_bias};
}

}  // namespace saddlesim
