// What is said of a trajectory when it ends. Final values and gradients are computed a block at a time.
#pragma once

#include <algorithm>
#include <cmath>

#include "saddlesim/attention.hpp"
#include "saddlesim/engine.hpp"

namespace saddlesim {

class Finisher {
 public:
  // Row i of the results is that of trajectory first + i.
  Finisher(const Landscape& landscape, const Results& results, Lanes* scratch, std::uint64_t first)
      : landscape_(landscape),
        results_(results),
        scratch_(scratch),
        first_(first),
        x_(landscape.dim()),
        gradient_(landscape.dim()) {}
  // A run that was broken off leaves some whose values nobody knows.
  ~Finisher() {
    for (int i = 0; i < waiting_; ++i) {
      results_.value[rows_[i]] = results_.gradient_norm[rows_[i]] = __builtin_nan("");
      put_point(i);
    }
  }
  Finisher(const Finisher&) = delete;
  Finisher& operator=(const Finisher&) = delete;

  // Takes the final point of result row `row` from a lane of x. The other columns of the row are filled already.
  void add(std::uint64_t row, const Lanes* x, int lane) {
    for (int j = 0; j < x_.rows(); ++j) x_[j].set(waiting_, x[j][lane]);
    trajectories_[waiting_] = first_ + row;
    rows_[waiting_++] = row;
    if (waiting_ == kLanes) flush();
  }

  void flush() {
    const auto waiting = static_cast<LaneSet>((std::uint64_t{1} << waiting_) - 1);
    const Attention attention(waiting, trajectories_);
    const Lanes value = landscape_.value(x_.data(), scratch_);
    const Notice notice = landscape_.gradient(x_.data(), gradient_.data(), scratch_, nullptr);
    const Mask inside = from_bits(kAllLanes & ~notice.outside);
    Lanes norm2 = 0.0;
    Mask finite = from_bits(kAllLanes);
    for (int j = 0; j < x_.rows(); ++j) {
      norm2 = fma(gradient_[j], gradient_[j], norm2);
      finite = finite & is_finite(x_[j]);
    }
    const Lanes nan = __builtin_nan("");
    const Lanes norm = select(inside, sqrt(norm2), nan), shown = select(inside, value, nan);
    // A criterion that seemed to hold of a point that is no point did not hold.
    const Mask undefined = finite & (!inside);
    const Mask diverged = (!finite) | (inside & (!(is_finite(value) & (norm2 == norm2))));
    for (int i = 0; i < waiting_; ++i) {
      const std::uint64_t row = rows_[i];
      results_.value[row] = shown[i];
      results_.gradient_norm[row] = norm[i];
      put_point(i);
      if ((to_bits(undefined) >> i) & 1U) results_.outcome[row] = static_cast<std::int8_t>(Outcome::outside);
      if ((to_bits(diverged) >> i) & 1U) results_.outcome[row] = static_cast<std::int8_t>(Outcome::diverged);
    }
    waiting_ = 0;
  }

 private:
  void put_point(int lane) {
    for (int j = 0; results_.points && j < x_.rows(); ++j) {
      results_.points[rows_[lane] * static_cast<std::uint64_t>(x_.rows()) + static_cast<std::uint64_t>(j)] =
          x_[j][lane];
    }
  }

  const Landscape& landscape_;
  const Results& results_;
  Lanes* scratch_;
  std::uint64_t first_;
  Block x_, gradient_;
  std::uint64_t rows_[kLanes] = {}, trajectories_[kLanes] = {};
  int waiting_ = 0;
};

// What there is of a trajectory that was alone: its final x, the gradient there, and f.
struct Single {
  const Real *x, *gradient;
  int dim;
  Real value;
};

// The same of it: the other columns of the row are filled already.
inline void finish_single(const Results& results, std::uint64_t row, const Single& at) {
  Real norm2 = 0;
  for (int j = 0; j < at.dim; ++j) norm2 = fma_real(at.gradient[j], at.gradient[j], norm2);
  const bool finite = std::all_of(at.x, at.x + at.dim, [](Real x) { return std::isfinite(x); });
  if (!finite || !std::isfinite(at.value) || std::isnan(norm2))
    results.outcome[row] = static_cast<std::int8_t>(Outcome::diverged);
  results.value[row] = at.value;
  results.gradient_norm[row] = std::sqrt(norm2);
  if (results.points) std::copy_n(at.x, at.dim, results.points + row * static_cast<std::uint64_t>(at.dim));
}

}  // namespace saddlesim
