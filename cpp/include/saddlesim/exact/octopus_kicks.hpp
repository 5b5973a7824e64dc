// Perturbed gradient descent on the octopus, with the stretches between kicks walked in O(1) a step.
//
// Between kicks every waiting or settled coordinate approaches its centre by the factor c = 1 - 2 eta L a step, so
// their share of the gradient's norm is one number that shrinks by c^2; only the escaping coordinate, and its
// successor in a connecting region, are stepped. All coordinates are touched at a kick and when a saddle is left.
#pragma once

#include <functional>

#include "saddlesim/engine.hpp"
#include "saddlesim/landscapes/octopus.hpp"

namespace saddlesim {

// Valid for 0 < c < 1, a <= 2, and kicks so small that they never change the stage of a trajectory:
// radius + gradient_threshold / (2 min(L, gamma)) < tau, and a threshold below the gradient in connecting regions.
struct KickedRun {
  const Octopus& octopus;
  const Initial& initial;
  double step_size, radius, gradient_threshold;
  std::int64_t min_interval;
  std::uint64_t method_key;  // of the kicks
  std::uint64_t key;         // of the starts
  std::uint64_t first, count;
  std::int64_t max_steps;  // negative: no budget
  int threads;
};

// Until every |x_j| > 2 tau. Draws the same kicks as PerturbedGradientDescent; counts agree with plain stepping's except
// where rounding decides.
Diagnostics simulate_kicks(const KickedRun& run, const Results& results,
                           const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
