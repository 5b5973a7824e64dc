// Value, gradient norm and the ends of the Hessian's spectrum along trajectories, at given steps.
#pragma once

#include <functional>
#include <vector>

#include "saddlesim/exact/octopus_walk.hpp"
#include "saddlesim/initial.hpp"
#include "saddlesim/method.hpp"

namespace saddlesim {

// Which trajectories, and when to look: steps in increasing order.
struct TraceRun {
  const Initial& initial;
  std::uint64_t key;
  std::uint64_t first, count;
  const std::vector<std::int64_t>& steps;
  int threads;
};

// count x steps.size() each; NaN from where a trajectory has left the domain or is not finite.
struct TraceResults {
  double* value;
  double* gradient_norm;
  double *min_eigenvalue, *max_eigenvalue;  // of the Hessian, by Lanczos's iteration; or null: not wanted
  int most_products;                        // Hessian-vector products for them
};

// Both run until the last of the steps or until `poll` answers false, and tell whether they got there.
bool trace(const TraceRun& run, const Landscape& landscape, const Method& method, const TraceResults& results,
           const std::function<bool(std::uint64_t)>& poll);
// Gradient descent on the octopus by the exact walk.
bool trace_exactly(const TraceRun& run, const Octopus& octopus, double step_size, const TraceResults& results,
                   const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
