#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ensmallen.hpp>
#include <thread>
#include <vector>

// Ends a descent where the function says so. The library finds only callbacks that are not const.
struct Until {
  template <typename Optimizer, typename Function>
  bool StepTaken(Optimizer& /*optimizer*/, Function& function, const arma::mat& point) {
    return function.step_taken(point);
  }
};

// Runs one trajectory; `function` counts its own steps.
template <typename Function>
void descend(Function& function, arma::mat& point, double step_size, std::int64_t max_steps) {
  // The optimizer takes one step less than it is allowed. No objective's change is below a negative tolerance.
  ens::GradientDescent optimizer(step_size, static_cast<std::size_t>(max_steps) + 1, -1.0);
  optimizer.Optimize(function, point, Until{});
}

// Calls run(first, last) on consecutive parts of the trajectories, a thread each.
template <typename Run>
void divide(std::int64_t trials, int threads, const Run& run) {
  std::vector<std::thread> others;
  const std::int64_t part = (trials + threads - 1) / threads;
  for (int k = 1; k < threads; ++k)
    others.emplace_back(run, std::min(trials, k * part), std::min(trials, (k + 1) * part));
  run(std::int64_t{0}, std::min(trials, part));
  for (std::thread& other : others) other.join();
}
