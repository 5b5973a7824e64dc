// f(X) = 1/2 sum_{(i,j) observed} (x_i x_j - m_ij)^2 + penalty sum_i (|x_i| - row_bound)_+^4 for a symmetric matrix of
// which some entries are observed; X is d x r, row by row.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/row_penalty.hpp"

namespace saddlesim {

// Each row goes once over the entries observed in it: r multiplications for a residual, r for what it adds to the gradient.
class MatrixCompletion final : public Landscape {
 public:
  // `m` and `observed` are d x d and symmetric.
  MatrixCompletion(const double* m, const bool* observed, int d, int rank, double penalty, double row_bound);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;

 private:
  struct Entry {
    int column;
    Real value;
  };

  template <int kRank>
  Lanes fit(const Lanes* x, Lanes* gradient) const;
  template <int kRank>
  void curve(const Lanes* x, const Lanes* v, Lanes* product) const;

  int d_, rank_;
  RowPenalty penalty_;
  std::vector<Entry> entries_;
  std::vector<std::size_t> ends_;  // of each row's entries
};

}  // namespace saddlesim
