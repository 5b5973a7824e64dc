// A matrix that all trajectories share, cut into panels of rows as register tiles want them.
#pragma once

#include <cstddef>
#include <vector>

#include "saddlesim/real.hpp"
#include "saddlesim/simd/native.hpp"

namespace saddlesim {

// Panels have at most kHigh rows, and nearly the same number each: a short last one would leave multiply-adds waiting
// for one another. A panel's numbers are stored column by column.
class RowPanels {
 public:
  // Of a tile with kWide registers a row. 24 sums, two registers of the other factor and a broadcast one fit into 32.
  static constexpr int kHigh = SADDLESIM_AVX512 ? 12 : 6;
  static constexpr int kWide = 2;

  struct Panel {
    int first, height;
    const Real* numbers;
  };

  RowPanels(const double* a, int rows, int columns) : RowPanels(a, rows, columns, columns, 1) {}
  static RowPanels transposed(const double* a, int rows, int columns) { return {a, columns, rows, 1, columns}; }

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  int count() const { return (rows_ + kHigh - 1) / kHigh; }
  Panel operator[](int panel) const {
    const int first = begin(panel);
    return {first, begin(panel + 1) - first, numbers_.data() + std::size_t(first) * std::size_t(columns_)};
  }

 private:
  RowPanels(const double* a, int rows, int columns, int row_stride, int column_stride)
      : rows_(rows), columns_(columns) {
    numbers_.reserve(std::size_t(rows) * std::size_t(columns));
    for (int panel = 0; panel < count(); ++panel) {
      for (int k = 0; k < columns; ++k) {
        for (int i = begin(panel); i < begin(panel + 1); ++i)
          numbers_.push_back(static_cast<Real>(a[std::ptrdiff_t{i} * row_stride + std::ptrdiff_t{k} * column_stride]));
      }
    }
  }
  int begin(int panel) const { return static_cast<int>(static_cast<long long>(rows_) * panel / count()); }

  int rows_, columns_;
  std::vector<Real> numbers_;
};

}  // namespace saddlesim
