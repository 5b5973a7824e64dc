// f(W_1, ..., W_N) = 1/2 sum_i |W_N ... W_1 x_i - y_i|^2; x is W_1, then W_2, ..., each row by row.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/network.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

// Forward P_j = W_j P_{j-1} from the samples P_0, backward D_{j-1} = W_j' D_j from the errors; the gradient is D_j P_{j-1}'.
// More samples than inputs are reduced to as many as there are inputs, once and exactly.
class DeepLinearNetwork final : public Landscape, public Network {
 public:
  // `samples` is n x widths[0], `targets` n x widths.back().
  DeepLinearNetwork(const double* samples, const double* targets, int n, std::vector<int> widths);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override;

  // Of all samples, not of those to which they are reduced.
  int samples() const override { return static_cast<int>(X_.size() / static_cast<std::size_t>(widths_.front())); }
  int outputs() const override { return widths_.back(); }
  void predict(const double* x, double* predictions) const override;
  std::vector<LayerJacobian> jacobian(const double* x) const override;

 private:
  int layers() const { return static_cast<int>(widths_.size()) - 1; }
  // W_j, j = 1, ..., layers(), of the weights, or what has their shape.
  template <class Element>
  LaneView<Element> weight(Element* x, int j) const;
  LaneMatrix output(Lanes* outputs, int j) const;
  Lanes forward(const Lanes* x, Lanes* outputs) const;
  int output_rows() const;
  int largest() const;

  std::vector<int> widths_;
  std::vector<double> X_;            // all samples, row by row
  std::vector<int> offsets_;         // of each W_j in x
  std::vector<int> output_offsets_;  // of each P_j among the outputs
  int n_;                            // samples, after the reduction
  SharedMatrix samples_, samples_transposed_;
  std::vector<Real> targets_;  // n x d_out
  double rest_;                // what of the sum of squares no weights can change
};

}  // namespace saddlesim
