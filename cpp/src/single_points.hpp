// Points one at a time, each by a team of threads.
#pragma once

#include <algorithm>

#include "dispatch.hpp"
#include "saddlesim/evaluate.hpp"
#include "saddlesim/solo_run.hpp"
#include "subnormals.hpp"

namespace saddlesim {

// Calls evaluate(own, row, stop) for all points; `own` is what make(threads) makes for a team of so many threads.
template <class Make, class Evaluate>
bool for_single_points(const Evaluation& at, Make make, Evaluate evaluate) {
  const int teams = static_cast<int>(std::clamp<std::size_t>(at.count, 1, static_cast<std::size_t>(at.threads)));
  WorkQueue queue(at.count, 1);
  const auto work = [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
    const FlushedSubnormals flushed;
    auto own = make(at.threads / teams);
    for (auto piece = queue.take(); piece.begin < piece.end && !stop; piece = queue.take()) {
      evaluate(own, static_cast<std::size_t>(piece.begin), stop);
      finished.fetch_add(1, std::memory_order_relaxed);
    }
    Diagnostics diagnostics;
    diagnostics.stopped = stop;
    return diagnostics;
  };
  return !dispatch(Crew({}, teams, at.count), at.poll, work).stopped;
}

}  // namespace saddlesim
