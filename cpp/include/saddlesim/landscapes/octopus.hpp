// The octopus of Du, Jin, Lee, Jordan, Poczos and Singh (NeurIPS 2017), on which gradient descent takes
// exponential time: a tube that passes the saddles z_0, ..., z_{d-1} in turn and ends in the minimum z_d.
#pragma once

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// The functions that make up f in a connecting region:
// g1(a) = -gamma a^2 + p s^3 + q s^4, s = a - tau; g2(a) = -gamma + (L + gamma) S(u), S(u) = 10 u^3 - 15 u^4 + 6 u^5, u = (2 tau - a) / tau.
struct OctopusShape {
  OctopusShape(double L, double gamma, double tau)
      : gamma(gamma),
        tau(tau),
        inverse_tau(1.0 / tau),
        k(L + gamma),
        p((10.0 * gamma - 14.0 * L) / (3.0 * tau)),
        q((5.0 * L - 3.0 * gamma) / (2.0 * tau * tau)),
        slope(-30.0 * k / tau),
        curvature(60.0 * k / (tau * tau)) {}
  double gamma, tau, inverse_tau, k, p, q, slope, curvature;
};

// They and their derivatives at one coordinate.
struct OctopusConnector {
  const OctopusShape& f;
  Lanes a, s, u;

  OctopusConnector(const OctopusShape& shape, const Lanes& a)
      : f(shape), a(a), s(a - Lanes(f.tau)), u((Lanes(2.0 * f.tau) - a) * Lanes(f.inverse_tau)) {}

  Lanes g1() const { return fma(s * s * s, fma(Lanes(f.q), s, Lanes(f.p)), Lanes(-f.gamma) * a * a); }
  Lanes g1_slope() const { return fma(s * s, fma(Lanes(4.0 * f.q), s, Lanes(3.0 * f.p)), Lanes(-2.0 * f.gamma) * a); }
  Lanes g1_curvature() const { return fma(s, fma(Lanes(12.0 * f.q), s, Lanes(6.0 * f.p)), Lanes(-2.0 * f.gamma)); }
  Lanes g2() const {
    const Lanes step = u * u * u * fma(u, fma(u, Lanes(6.0), Lanes(-15.0)), Lanes(10.0));
    return fma(Lanes(f.k), step, Lanes(-f.gamma));
  }
  Lanes g2_slope() const {
    const Lanes v = u * (Lanes(1.0) - u);
    return Lanes(f.slope) * (v * v);
  }
  Lanes g2_curvature() const { return Lanes(f.curvature) * (u * (Lanes(1.0) - u)) * fma(Lanes(-2.0), u, Lanes(1.0)); }
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
  OctopusConnector connector(const Lanes& a) const { return {shape_, a}; }
  double L() const { return L_; }
  double gamma() const { return gamma_; }
  double tau() const { return tau_; }

 private:
  struct Escaping {
    Lanes magnitude, row;  // |x_i| and i of the coordinate that is escaping
  };
  LaneSet connect_gradient(const Lanes* x, const Escaping& escaping, LaneSet lanes, Lanes* gradient) const;

  Real L_, gamma_, tau_, nu_;
  OctopusShape shape_;
};

}  // namespace saddlesim
