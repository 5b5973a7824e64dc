// f(x) = 1/2 x' H x, H diagonal or a rotated diagonal: the saddle whose escape times have closed forms.
#pragma once

#include <optional>
#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/row_matrix.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

class QuadraticSaddle final : public Landscape {
 public:
  // Without a rotation H = diag(eigenvalues); with Q (rows orthonormal) H = Q' diag(eigenvalues) Q.
  explicit QuadraticSaddle(const Eigen::VectorXd& eigenvalues, const std::optional<RowMatrix>& rotation = std::nullopt);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override { return dim(); }
  bool rounds_apart() const override { return axis_aligned(); }
  const std::vector<Real>& eigenvalues() const { return eigenvalues_; }
  bool axis_aligned() const { return hessian_.empty(); }

 private:
  void apply(const Lanes* v, Lanes* product) const;
  Lanes half_product(const Lanes* x, const Lanes* y) const;  // 1/2 x' y

  std::vector<Real> eigenvalues_;
  SharedMatrix hessian_;  // empty when axis-aligned
};

// A Haar-distributed orthogonal matrix, a function of the key alone (Stewart 1980: a product of Householder reflections).
RowMatrix random_rotation(std::uint64_t key, int dim);

}  // namespace saddlesim
