// The loss of a student network in twice the digits of a Real: near its zeros, where the terms cancel.
#pragma once

#include <type_traits>
#include <vector>

#include "saddlesim/twofold.hpp"

namespace saddlesim {

using Precise = std::conditional_t<kSingle, Doubles, Twofold>;

// Since [a]+ = (a + |a|) / 2, and E |w.z| |v.z| = 2/pi |w| |v| (1 + m(c)), m(c) = sqrt(1 - c^2) + c arcsin c - 1, where
// c is the cosine of the angle between w and v,
//
//   f = 1/8 |sum_i w_i - sum_j v_j|^2
//       + 1/(4 pi) [(sum_i |w_i| - sum_j |v_j|)^2 + sum |w_i| |w_j| m - 2 sum |w_i| |v_j| m + sum |v_i| |v_j| m]:
//
// of its parts only the last bracket's cancel, and m is small but for vectors that are nearly parallel.
class PreciseStudentTeacher {
 public:
  PreciseStudentTeacher(const double* teacher, int k, int d, int students);

  int scratch_rows() const { return n_ * static_cast<int>(sizeof(Precise) / sizeof(Lanes)); }
  Lanes value(const Lanes* x, Lanes* scratch) const;

 private:
  int n_, k_, d_;
  std::vector<double> teacher_;
  std::vector<Precise> lengths_;
  Precise own_overlap_;
};

}  // namespace saddlesim
