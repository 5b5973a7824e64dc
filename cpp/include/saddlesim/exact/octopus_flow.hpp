// Gradient flow x' = -grad f(x) on the octopus: gradient descent in the limit of small steps, in continuous time.
//
// Near a saddle the flow is linear, so the dwell has a closed form, ln(tau / |x_i|) / (2 gamma); through a connecting
// region it is integrated with |x_i| as the independent variable (classical Runge-Kutta, kFlowSteps equal steps).
#pragma once

#include <functional>

#include "saddlesim/flow.hpp"
#include "saddlesim/landscapes/octopus.hpp"

namespace saddlesim {

struct FlowRun {
  const Octopus& octopus;
  const Initial& initial;
  std::uint64_t key;
  std::uint64_t first, count;
  int threads;
};

// Until every |x_j| > 2 tau. Trajectories with a coordinate at zero end at that coordinate's saddle: `stalled`.
Diagnostics simulate_flow(const FlowRun& run, const FlowResults& results,
                          const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
