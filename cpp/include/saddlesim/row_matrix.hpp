// Eigen's matrices with the layout that all others here have: row by row.
#pragma once

#include <Eigen/Core>

namespace saddlesim {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
// Of numbers that somebody else owns.
using RowMatrixView = Eigen::Map<RowMatrix>;
using ConstRowMatrixView = Eigen::Map<const RowMatrix>;

}  // namespace saddlesim
