// The octopus of Du, Jin, Lee, Jordan, Poczos and Singh (NeurIPS 2017), on which gradient descent takes
// exponential time: a tube that passes the saddles z_0, ..., z_{d-1} in turn and ends in the minimum z_d.
#pragma once

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// The numbers in the functions that make up f in a connecting region.
struct OctopusConstants {
  double L, gamma, tau;
  double k = L + gamma;
  double p = (10.0 * gamma - 14.0 * L) / (3.0 * tau);
  double q = (5.0 * L - 3.0 * gamma) / (2.0 * tau * tau);
  double per_tau = 1.0 / tau;
  double slope_scale = -30.0 * k / tau, curvature_scale = 60.0 * k / (tau * tau);
};

// The functions themselves, and their derivatives, of Lanes or of one double:
// g1(a) = -gamma a^2 + p s^3 + q s^4, s = a - tau; g2(a) = -gamma + (L + gamma) S(u), S(u) = 10 u^3 - 15 u^4 + 6 u^5, u = (2 tau - a) / tau.
template <class Number>
struct OctopusConnector {
  const OctopusConstants& c;
  Number a;
  Number s = a - Number(c.tau);
  Number u = (Number(2.0 * c.tau) - a) * Number(c.per_tau);

  Number g1() const { return fma(s * s * s, fma(Number(c.q), s, Number(c.p)), Number(-c.gamma) * a * a); }
  Number g1_slope() const {
    return fma(s * s, fma(Number(4.0 * c.q), s, Number(3.0 * c.p)), Number(-2.0 * c.gamma) * a);
  }
  Number g1_curvature() const { return fma(s, fma(Number(12.0 * c.q), s, Number(6.0 * c.p)), Number(-2.0 * c.gamma)); }
  Number g2() const {
    const Number step = u * u * u * fma(u, fma(u, Number(6.0), Number(-15.0)), Number(10.0));
    return fma(Number(c.k), step, Number(-c.gamma));
  }
  Number g2_slope() const {
    const Number v = u * (Number(1.0) - u);
    return Number(c.slope_scale) * (v * v);
  }
  Number g2_curvature() const {
    return Number(c.curvature_scale) * (u * (Number(1.0) - u)) * fma(Number(-2.0), u, Number(1.0));
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
  bool rounds_apart() const override { return true; }
  LaneSet outside(const Lanes* x) const override;
  bool underflowed(const double* x, const double* start) const override;
  double saddle_exit() const override { return 2.0 * tau_; }

  // At one coordinate in a connecting region.
  template <class Number>
  OctopusConnector<Number> connector(const Number& a) const {
    return {constants_, a};
  }
  double L() const { return L_; }
  double gamma() const { return gamma_; }
  double tau() const { return tau_; }

 private:
  struct Escaping {
    Lanes magnitude, row;  // |x_i| and i of the coordinate that is escaping
  };
  LaneSet connect_gradient(const Lanes* x, const Escaping& escaping, LaneSet lanes, Lanes* gradient) const;

  Real L_, gamma_, tau_, nu_;
  OctopusConstants constants_;
};

}  // namespace saddlesim
