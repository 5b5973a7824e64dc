// The observed entries of MatrixCompletion, on and below the diagonal.
#pragma once

#include <vector>

#include "saddlesim/row_penalty.hpp"
#include "saddlesim/samples.hpp"

namespace saddlesim {

// The penalty of long rows belongs to no sample: its gradient is that of all rows, every time.
class CompletionSamples final : public Samples {
 public:
  // As MatrixCompletion has them: `m` and `observed` are d x d and symmetric.
  CompletionSamples(const double* m, const bool* observed, int d, int rank, double penalty, double row_bound);

  int scratch_rows() const override { return 0; }
  void begin(const Lanes* x, Lanes* gradient, Lanes* scratch) const override;
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

 private:
  struct Entry {
    int row, column;
    Real value;
  };
  static std::vector<Entry> entries(const double* m, const bool* observed, int d);
  CompletionSamples(std::vector<Entry> entries, int d, int rank, double penalty, double row_bound);

  int rank_;
  std::vector<Entry> entries_;
  RowPenalty penalty_;
};

}  // namespace saddlesim
