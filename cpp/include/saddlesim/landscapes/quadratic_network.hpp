// f(W) = 1/(4n) sum_i (|W'x_i|^2 - y_i)^2, two layers with quadratic activation; x is W, d x width, row by row.
//
// This is matrix sensing with the measurements x_i x_i'. Here each sample is multiplied as it is, 2 n d width
// multiplications for a gradient; where MatrixSensing's entries of W W' are fewer, that is the cheaper form.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/network.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

class QuadraticNetwork final : public Landscape, public Network {
 public:
  // `samples` is n x d.
  QuadraticNetwork(const double* samples, const double* targets, int n, int d, int width);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override { return 2 * kTile * width_; }

  // The outputs |W'x_i|^2.
  int samples() const override { return n_; }
  void predict(const double* x, double* predictions) const override;
  std::vector<LayerJacobian> jacobian(const double* x) const override;

 private:
  static constexpr int kTile = 32;  // samples that are looked at together, so that what they give stays in the cache
  struct Tile {
    SharedMatrix samples, transposed;
    std::vector<Real> targets;
  };
  Lanes residual(const Tile& tile, int i, ConstLaneMatrix hidden) const;

  int n_, d_, width_;
  std::vector<Tile> tiles_;
  std::vector<double> X_;  // all samples, row by row
};

}  // namespace saddlesim
