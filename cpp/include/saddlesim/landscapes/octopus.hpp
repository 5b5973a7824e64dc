// The octopus of Du, Jin, Lee, Jordan, Poczos and Singh (NeurIPS 2017), on which gradient descent takes
// exponential time: a tube that passes the saddles z_0, ..., z_{d-1} in turn and ends in the minimum z_d.
#pragma once

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// With a = |x| and i the first coordinate with a_i <= 2 tau, the stage of x:
//   coordinates before i have left their saddle     L (a_j - 4 tau)^2 - nu          2 tau < a_j <= 6 tau
//   coordinate i escapes, near its saddle           -gamma a_i^2                    a_i <= tau
//                or through the connecting region   g1(a_i) + g2(a_i) a_{i+1}^2     tau < a_i <= 2 tau
//   coordinates after i wait                        L a_j^2                         a_j <= tau
class Octopus final : public Landscape {
 public:
  Octopus(int dim, double L, double gamma, double tau);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  Mask outside(const Lanes* x) const override;
  bool underflowed(const double* x, const double* start) const override;
  double saddle_exit() const override { return 2.0 * tau_; }

  double L() const { return L_; }
  double gamma() const { return gamma_; }
  double tau() const { return tau_; }

 private:
  struct Connector;  // g1, g2 and their derivatives at one coordinate
  Connector connector(const Lanes& a) const;
  Mask connect_gradient(const Lanes* x, Lanes* gradient) const;

  double L_, gamma_, tau_, nu_;
};

}  // namespace saddlesim
