// x' = -gradient(x) by the embedded Runge-Kutta method 5(4) of Dormand and Prince (1980), on a block of trajectories,
// each with a step length of its own; inside a step by its continuous extension of order 4 (Hairer, Norsett and Wanner,
// Solving Ordinary Differential Equations I, II.6).
#pragma once

#include "saddlesim/landscape.hpp"

namespace saddlesim {

class DormandPrince {
 public:
  static constexpr int kEvaluations = 6;  // gradients a step: its last is the next step's first

  explicit DormandPrince(const Landscape& landscape)
      : landscape_(landscape),
        dim_(landscape.dim()),
        gradients_(7 * dim_),
        end_(dim_),
        extension_(4 * dim_),
        scratch_(landscape.scratch_rows()) {}

  Lanes* scratch() { return scratch_.data(); }
  Lanes* gradient() { return stage(0); }  // at the beginning of the step, for the caller to set
  Lanes* end() { return end_.data(); }    // where the step leads
  Lanes* end_gradient() { return stage(6); }
  Lanes* spare() { return stage(1); }  // dim rows, free between steps

  // Goes from x to end(). Tells which lanes were outside on the way, and which are underflowed at the end. f is
  // estimated there unless `value` is null.
  Notice step(const Lanes* x, const Lanes& length, Estimate* value);

  // The estimated error of coordinate j of the end: the difference to the embedded method of order 4.
  SADDLESIM_INLINE Lanes error(int j, const Lanes& length) const {
    constexpr double e[7] = {71.0 / 57600, 0.0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
    Lanes sum = Lanes(e[0]) * gradients_[j];
    for (int i = 2; i < 7; ++i) sum = fma(Lanes(e[i]), gradients_[i * dim_ + j], sum);
    return length * sum;
  }

  // Prepares inside(), which then holds until the next step.
  void extend(const Lanes* x, const Lanes& length);
  // Coordinate j, which began at x_j, after a share of the step, 0 to 1: of all lanes, or of one.
  SADDLESIM_INLINE Lanes inside(int j, const Lanes& x_j, const Lanes& share) const {
    const Lanes* row = extension_.data() + j;
    return polynomial(x_j, row[0], row[dim_], row[2 * dim_], row[3 * dim_], share);
  }
  double inside(int j, double x_j, double share, int lane) const {
    const Lanes* row = extension_.data() + j;
    return polynomial(x_j, row[0][lane], row[dim_][lane], row[2 * dim_][lane], row[3 * dim_][lane], share);
  }

 private:
  Lanes* stage(int i) { return gradients_.data() + i * dim_; }

  template <class T>
  SADDLESIM_INLINE static T polynomial(const T& x, const T& change, const T& bend, const T& twist, const T& fourth,
                                       const T& share) {
    const T rest = T(1.0) - share;
    return fma(share, fma(rest, fma(share, fma(rest, fourth, twist), bend), change), x);
  }

  const Landscape& landscape_;
  int dim_;
  Block gradients_;  // those of the seven stages
  Block end_;
  Block extension_;  // the coefficients of inside()
  Block scratch_;
};

}  // namespace saddlesim
