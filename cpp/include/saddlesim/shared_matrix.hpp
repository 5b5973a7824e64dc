// The product of a matrix that all trajectories share and matrices of their own.
//
// Each element is summed over k in increasing order by fused multiply-adds, so a lane's bits depend on the shared
// matrix and on itself alone; a general matrix product would sum in an order that depends on sizes and on the machine.
#pragma once

#include <vector>

#include "saddlesim/lane_matrix.hpp"

namespace saddlesim {

// The transpose of rows x columns numbers, row by row.
std::vector<double> transpose(const double* a, int rows, int columns);

class SharedMatrix {
 public:
  SharedMatrix() = default;
  // From rows x columns numbers, row by row. Zeros before the first and after the last other number of a group of rows
  // cost nothing: a triangular matrix costs half of a full one.
  SharedMatrix(const double* a, int rows, int columns);
  static SharedMatrix transposed(const double* a, int rows, int columns) {
    return SharedMatrix(transpose(a, rows, columns).data(), columns, rows);
  }

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  bool empty() const { return rows_ == 0; }

  // y = A x, or y + A x, or y - A x; x is columns() high, y is rows() high. They do not overlap.
  void multiply(ConstLaneMatrix x, LaneMatrix y, Update update = Update::assign) const;
  void multiply(const Lanes* x, Lanes* y, Update update = Update::assign) const {
    multiply({x, columns_, 1}, {y, rows_, 1}, update);
  }

 private:
  // Rows first_row, ..., first_row + height - 1, columns begin, ..., end - 1, stored column by column.
  struct Panel {
    int first_row, height, begin, end;
    std::size_t offset;
  };

  int rows_ = 0, columns_ = 0;
  std::vector<Panel> panels_;
  std::vector<Real> numbers_;
};

}  // namespace saddlesim
