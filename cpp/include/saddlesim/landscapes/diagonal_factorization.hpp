// f(U) = 1/4 |U U' - D|^2 for a diagonal matrix D: every matrix factorisation, seen from D's eigenvectors.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/lane_matrix.hpp"

namespace saddlesim {

// The gradient U (U'U) - D U takes d r^2 + d r (r + 1) / 2 multiplications, and r for each entry of D that is not 0.
class DiagonalFactorization final : public Landscape {
 public:
  // The entries that are not 0 come first.
  DiagonalFactorization(const std::vector<double>& diagonal, int rank);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override { return 2 * rank_ * rank_; }

  int rows() const { return static_cast<int>(diagonal_.size()); }
  int rank() const { return rank_; }
  const std::vector<Real>& diagonal() const { return diagonal_; }
  int charged() const { return charged_; }  // entries that are not 0
  double norm2() const { return norm2_; }   // |D|^2

 private:
  // product = -D v
  void minus_diagonal(ConstLaneMatrix v, LaneMatrix product) const;
  void add_product(ConstLaneMatrix v, ConstLaneMatrix square, LaneMatrix product) const;

  std::vector<Real> diagonal_;
  int rank_, charged_;
  double norm2_;
};

}  // namespace saddlesim
