// Products of plain matrices, with SIMD within: what a trajectory is made of that has a block for itself.
//
// An element of a product is summed over k in increasing order by fused multiply-adds, as lane_matrix.hpp does: the bits are
// those that the same product has in a lane.
#pragma once

#include "saddlesim/lane_matrix.hpp"
#include "saddlesim/team.hpp"

namespace saddlesim {

// Of plain numbers, with any strides: views as LaneView, and transposed() the same.
using DenseMatrix = LaneView<Real>;
using ConstDenseMatrix = LaneView<const Real>;

// c = a b, or c + a b, or c - a b. c overlaps neither a nor b.
void multiply(ConstDenseMatrix a, ConstDenseMatrix b, DenseMatrix c, Team& team, Update update = Update::assign);

}  // namespace saddlesim
