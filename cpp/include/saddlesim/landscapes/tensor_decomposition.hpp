// Orthogonal decomposition of the fourth-order tensor T = sum_k a_k (x) a_k (x) a_k (x) a_k, a_k the orthonormal rows of A.
//
// Everything goes through Z = U A', u_i the rows of x; T itself, with its d^4 entries, is never formed:
//   one   -T(u, u, u, u) = -sum_k z_k^4 on the unit sphere
//   all   sum_{i != j} T(u_i, u_i, u_j, u_j) = sum_ik z_ik^2 S_ik, S_ik = sum_{j != i} z_jk^2, every u_i on the unit sphere
//   cp    1/4 |T - sum_i u_i (x) u_i (x) u_i (x) u_i|^2 = 1/4 (sum (u_i u_j)^4 - 2 sum z_ik^4 + |T|^2)
#pragma once

#include "saddlesim/landscape.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

enum class TensorObjective { one, all, cp };

class TensorDecomposition final : public Landscape {
 public:
  // `components` is m x d; x has `rows` rows of d numbers, one for the objective `one`. On the spheres, gradient and Hessian
  // are the Riemannian ones if `riemannian`, otherwise those of f on all of R^dim.
  TensorDecomposition(const double* components, int m, int d, int rows, TensorObjective objective, bool riemannian);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override;
  Spheres spheres() const override { return on_spheres() ? Spheres{rows_, d_} : Spheres{}; }

 private:
  bool on_spheres() const { return objective_ != TensorObjective::cp; }
  LaneMatrix slot(Lanes* scratch, int index) const { return {scratch + index * rows_ * m_, rows_, m_}; }
  Lanes* rest(Lanes* scratch) const { return scratch + 4 * rows_ * m_; }

  void to_components(const Lanes* x, LaneMatrix z) const;
  void from_components(ConstLaneMatrix z, Lanes* x, Update update) const;
  Lanes slopes(ConstLaneMatrix z, LaneMatrix slopes) const;
  void curve(ConstLaneMatrix z, ConstLaneMatrix w, LaneMatrix curved, LaneMatrix sums) const;
  Lanes add_pairs(const Lanes* x, Lanes* gradient, Lanes* scratch) const;

  int m_, d_, rows_;
  TensorObjective objective_;
  bool riemannian_;
  SharedMatrix components_, transposed_;
  double norm2_;  // |T|^2
};

}  // namespace saddlesim
