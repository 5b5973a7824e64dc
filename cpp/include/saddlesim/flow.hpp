// Gradient flow x' = -gradient(x) on any landscape, integrated with control of the error.
#pragma once

#include <functional>

#include "saddlesim/engine.hpp"

namespace saddlesim {

// The estimated error of a step is at most relative * (how far the step goes) + absolute, in the maximum norm or, where a
// landscape rounds_apart(), in each coordinate; what is within rounding of x does not count. Measured by the size of x,
// as is usual, an error would be as large as the distance from a saddle where that is small, and escape times would be
// wrong.
struct FlowTolerance {
  double relative, absolute;
};

struct IntegratedRun {
  const Landscape& landscape;
  const Initial& initial;
  const Escape& escape;
  FlowTolerance tolerance;
  std::uint64_t key;
  std::uint64_t first, count;
  std::int64_t max_steps;  // integration steps that are tried; negative: no budget
  int threads;
};

// All arrays have a row a trajectory; common.steps is -1 throughout: there are times, and no steps.
struct FlowResults {
  Results common;
  double* log10_times;
  double* log10_saddle_exits;  // count x dim, NaN if never; or null: not wanted
};

// As simulate() does. The criterion is looked at after every step; where it holds then, the time at which it first did is
// found inside the step. A trajectory ends `stalled` where the gradient is 0 or moves x within rounding only.
Diagnostics integrate_flow(const IntegratedRun& run, const FlowResults& results,
                           const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
