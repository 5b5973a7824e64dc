// The octopus of Du, Jin, Lee, Jordan, Poczos and Singh (NeurIPS 2017), on which gradient descent takes
// exponential time: a tube that passes the saddles z_0, ..., z_{d-1} in turn and ends in the minimum z_d.
#pragma once

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// The functions that make up f in a connecting region, and their derivatives, of Lanes or of one double:
// g1(a) = -gamma a^2 + p s^3 + q s^4, s = a - tau; g2(a) = -gamma + (L + gamma) S(u), S(u) = 10 u^3 - 15 u^4 + 6 u^5, u = (2 tau - a) / tau.
template <class Number>
struct OctopusConnector {
  double L, gamma, tau;
  Number a, s, u;

  double p() const { return (10.0 * gamma - 14.0 * L) / (3.0 * tau); }
  double q() const { return (5.0 * L - 3.0 * gamma) / (2.0 * tau * tau); }
  double k() const { return L + gamma; }

  Number g1() const { return fma(s * s * s, fma(Number(q()), s, Number(p())), Number(-gamma) * a * a); }
  Number g1_slope() const { return fma(s * s, fma(Number(4.0 * q()), s, Number(3.0 * p())), Number(-2.0 * gamma) * a); }
  Number g1_curvature() const { return fma(s, fma(Number(12.0 * q()), s, Number(6.0 * p())), Number(-2.0 * gamma)); }
  Number g2() const {
    const Number step = u * u * u * fma(u, fma(u, Number(6.0), Number(-15.0)), Number(10.0));
    return fma(Number(k()), step, Number(-gamma));
  }
  Number g2_slope() const {
    const Number v = u * (Number(1.0) - u);
    return Number(-30.0 * k() / tau) * (v * v);
  }
  Number g2_curvature() const {
    return Number(60.0 * k() / (tau * tau)) * (u * (Number(1.0) - u)) * fma(Number(-2.0), u, Number(1.0));
  }
};

// With a = |x| and i the first coordinate with a_i <= 2 tau, the stage of x:
//   coordinates before i have left their saddle     L (a_j - 4 tau)^2 - nu          2 tau < a_j <= 6 tau
//   coordinate i escapes, near its saddle           -gamma a_i^2                    a_i <= tau
//                or through the connecting region   g1(a_i) + g2(a_i) a_{i+1}^2     tau < a_i <= 2 tau
//   coordinates after i wait                        L a_j^2                         a_j <= tau
class Octopus final : public Landscape {
 public:
  Octopus(int dim, double L, double gamma, double tau);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  LaneSet outside(const Lanes* x) const override;
  bool underflowed(const double* x, const double* start) const override;
  double saddle_exit() const override { return 2.0 * tau_; }

  // At one coordinate in a connecting region.
  template <class Number>
  OctopusConnector<Number> connector(const Number& a) const {
    return {L_, gamma_, tau_, a, a - Number(tau_), (Number(2.0 * tau_) - a) * Number(1.0 / tau_)};
  }
  double L() const { return L_; }
  double gamma() const { return gamma_; }
  double tau() const { return tau_; }

 private:
  LaneSet connect_gradient(const Lanes* x, const Lanes& escaping, LaneSet lanes, Lanes* gradient) const;

  double L_, gamma_, tau_, nu_;
};

}  // namespace saddlesim
