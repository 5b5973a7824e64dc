// One worker a thread, all counting what they finish; and the sum of what they tell of themselves.
#pragma once

#include <algorithm>
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

// Runs Workers, one a thread, on the trajectories of a run, handed out in pieces of at most `piece`; `common` is where
// the outcomes go.
template <class Worker, class Run, class RunResults>
Diagnostics run_workers(const Run& run, const RunResults& results, const Results& common, std::uint64_t piece,
                        const std::function<bool(std::uint64_t)>& poll) {
  std::fill_n(common.outcome, run.count, kNotStarted);
  WorkQueue queue(run.count, std::max<std::uint64_t>(piece, 1));
  return dispatch(run.threads, poll, [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
    return Worker(run, results, queue, finished).work(stop);
  });
}

// The same for workers that take a block of lanes at a time; small runs are spread over the threads.
template <class Worker, class Run, class RunResults>
Diagnostics run_block_workers(const Run& run, const RunResults& results,
                              const std::function<bool(std::uint64_t)>& poll) {
  const std::uint64_t share = run.count / static_cast<std::uint64_t>(run.threads);
  return run_workers<Worker>(run, results, results.common, std::min<std::uint64_t>(share, kLanes), poll);
}

// Calls block(row, lanes) for pieces of kLanes of `count` rows in parallel, `block` being each thread's own, made by
// make_block(stop); true if all were done.
template <class MakeBlock>
bool for_blocks(std::uint64_t count, int threads, const std::function<bool(std::uint64_t)>& poll,
                MakeBlock make_block) {
  WorkQueue queue(count, kLanes);
  return !dispatch(threads, poll, [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
            auto block = make_block(stop);
            Diagnostics diagnostics;
            for (auto piece = queue.take(); piece.begin < piece.end && !stop; piece = queue.take()) {
              block(piece.begin, static_cast<int>(piece.end - piece.begin));
              finished.fetch_add(piece.end - piece.begin, std::memory_order_relaxed);
            }
            diagnostics.stopped = stop;
            return diagnostics;
          }).stopped;
}

}  // namespace saddlesim
