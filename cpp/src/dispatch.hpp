// One worker a thread, all counting what they finish; and the sum of what they tell of themselves.
#pragma once

#include <vector>

#include "saddlesim/engine.hpp"
#include "saddlesim/parallel.hpp"

namespace saddlesim {

// Calls work(finished, stop) in each of `threads` threads, and poll(finished) meanwhile.
template <class Work>
Diagnostics dispatch(int threads, const std::function<bool(std::uint64_t)>& poll, Work work) {
  std::atomic<std::uint64_t> finished{0};
  std::vector<Diagnostics> diagnostics(static_cast<std::size_t>(threads));
  run_threads(
      threads,
      [&](int i, const std::atomic<bool>& stop) { diagnostics[static_cast<std::size_t>(i)] = work(finished, stop); },
      [&] { return poll(finished.load(std::memory_order_relaxed)); }, std::chrono::milliseconds(50));
  Diagnostics total;
  for (const Diagnostics& d : diagnostics) {
    total.trajectory_steps += d.trajectory_steps;
    total.lane_steps += d.lane_steps;
    total.stopped = total.stopped || d.stopped;
  }
  return total;
}

}  // namespace saddlesim
