// f = sum_i loss(s_N W_N h_{N-1}, y_i), h_l = act(s_l W_l h_{l-1}), h_0 = x_i; x is W_1, then W_2, ..., each row by row.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/network.hpp"
#include "saddlesim/pass_arrays.hpp"
#include "saddlesim/shared_matrix.hpp"
#include "saddlesim/solo.hpp"

namespace saddlesim {

// With n samples and P weights about n P multiply-adds for a value, 3 n P for a gradient, 8 n P for a Hessian-vector product.
class DeepNetwork final : public Landscape, public Solo, public Network {
 public:
  // X is n x layers.width(0), Y is n x layers.outputs().
  DeepNetwork(const double* X, const double* Y, int n, Layers layers);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override { return arrays_.total; }

  int solo_scratch() const override { return solo_arrays_.total; }
  Real solo_value(const Real* x, Lanes* scratch, Team& team) const override;
  Real solo_gradient(const Real* x, Real* gradient, Lanes* scratch, Team& team) const override;
  void solo_hvp(const Real* x, const Real* v, Real* product, Lanes* scratch, Team& team) const override;

  int samples() const override { return n_; }
  int outputs() const override { return layers_.outputs(); }
  void predict(const double* x, double* predictions) const override;
  std::vector<LayerJacobian> jacobian(const double* x) const override;

 private:
  struct Passes;

  Layers layers_;
  int n_;
  PassArrays arrays_, solo_arrays_;
  SharedMatrix samples_, samples_transposed_;
  std::vector<Real> numbers_;  // X once more
  Block targets_;              // Y, one number after the other
};

}  // namespace saddlesim
