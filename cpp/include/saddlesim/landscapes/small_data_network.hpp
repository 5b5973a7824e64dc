// The counterexample of Yun, Sra and Jadbabaie (ICLR 2019): two layers, two hidden units, three points in the plane.
// f = 1/2 sum_i (W2 h(W1 x_i + b1) + b2 - y_i)^2; x is W1 (2 x 2), b1 (2), W2 (1 x 2), b2 (1).
#pragma once

#include "saddlesim/activation.hpp"
#include "saddlesim/landscape.hpp"
#include "saddlesim/network.hpp"

namespace saddlesim {

class SmallDataNetwork final : public Landscape, public Network {
 public:
  explicit SmallDataNetwork(Activation activation) : Landscape(9), activation_(activation) {}

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;

  int samples() const override { return 3; }
  void predict(const double* x, double* predictions) const override;
  std::vector<LayerJacobian> jacobian(const double* x) const override;

 private:
  Activation activation_;
};

}  // namespace saddlesim
