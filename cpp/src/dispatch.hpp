// One worker a thread, or a fiber where a function is called for many at once; all count what they finish, and what they
// tell of themselves is added up.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "saddlesim/batch.hpp"
#include "saddlesim/engine.hpp"
#include "saddlesim/parallel.hpp"

namespace saddlesim {

// Who does the work of a run.
struct Crew {
  // Of a landscape or a criterion, where there are any; they make workers of fibers, as many as rows are called for.
  std::vector<const BatchFunction*> functions;
  int workers;

  // No more fibers than there are blocks of `count` trajectories.
  Crew(std::initializer_list<const BatchFunction*> all, int threads, std::uint64_t count) : workers(threads) {
    for (const BatchFunction* function : all) {
      if (function) functions.push_back(function);
    }
    if (functions.empty()) return;
    const std::uint64_t blocks = (count + kLanes - 1) / kLanes;
    workers = functions.front()->blocks();
    for (const BatchFunction* function : functions) workers = std::min(workers, function->blocks());
    workers = static_cast<int>(std::min<std::uint64_t>(blocks, static_cast<std::uint64_t>(workers)));
  }
};

// Calls work(finished, stop) for each of the workers, and poll(finished) meanwhile.
template <class Work>
Diagnostics dispatch(const Crew& crew, const std::function<bool(std::uint64_t)>& poll, Work work) {
  std::atomic<std::uint64_t> finished{0};
  std::vector<Diagnostics> diagnostics(static_cast<std::size_t>(crew.workers));
  const auto work_on = [&](int i, const std::atomic<bool>& stop) {
    diagnostics[static_cast<std::size_t>(i)] = work(finished, stop);
  };
  const auto keep_on = [&] { return poll(finished.load(std::memory_order_relaxed)); };
  Diagnostics total;
  if (crew.functions.empty()) {
    total.threads = crew.workers;
    run_threads(crew.workers, work_on, keep_on, std::chrono::milliseconds(50));
  } else {
    std::atomic<bool> stop{false};
    total.threads = 1;
    total.failure = run_batched(crew.functions, crew.workers, keep_on, stop, [&](int i) { work_on(i, stop); });
  }
  for (const Diagnostics& d : diagnostics) {
    total.trajectory_steps += d.trajectory_steps;
    total.lane_steps += d.lane_steps;
    total.stopped = total.stopped || d.stopped;
  }
  return total;
}

// Where a worker that refills its lanes gets trajectories from, and its account of those that ended.
class Supply {
 public:
  Supply(WorkQueue& queue, std::atomic<std::uint64_t>& finished) : queue_(queue), finished_(finished) {}

  // How many rows a queue is to hand out at a time: a few blocks where there is plenty to do, and single trajectories where
  // threads would wait for one another.
  static std::uint64_t piece(std::uint64_t count, int threads) {
    return std::min<std::uint64_t>(count / (8 * static_cast<std::uint64_t>(threads * kLanes)), 4 * kLanes);
  }

  // The row of the next one; nothing when there is none left.
  std::optional<std::uint64_t> next() {
    if (piece_.begin == piece_.end) {
      report();
      piece_ = queue_.take();
    }
    if (piece_.begin == piece_.end) return {};
    return piece_.begin++;
  }

  void one_ended() { ++unreported_; }

  // Seldom: every thread writes to the same place.
  void report() {
    if (unreported_ != 0) finished_.fetch_add(unreported_, std::memory_order_relaxed);
    unreported_ = 0;
  }

 private:
  WorkQueue& queue_;
  std::atomic<std::uint64_t>& finished_;
  WorkQueue::Piece piece_{0, 0};
  std::uint64_t unreported_ = 0;  // trajectories that ended and are not in finished_ yet
};

// Blocks of at most kLanes rows for a worker that does one after the other.
class BlockSupply {
 public:
  BlockSupply(WorkQueue& queue, std::atomic<std::uint64_t>& finished) : queue_(queue), finished_(finished) {}

  // How many rows a queue is to hand out at a time: some blocks where there are many, because what all threads write to
  // takes as long as half a block of few coordinates; and at least a share of a small run for each thread.
  static std::uint64_t piece(std::uint64_t count, int threads) {
    constexpr std::uint64_t kMost = 16;
    const std::uint64_t share = count / static_cast<std::uint64_t>(threads);
    if (share < kLanes) return std::max<std::uint64_t>(share, 1);
    return kLanes * std::clamp<std::uint64_t>(share / (8 * kLanes), 1, kMost);
  }

  // The next block; the one before is finished. Empty when there is none left.
  WorkQueue::Piece next() {
    if (given_ != 0) finished_.fetch_add(given_, std::memory_order_relaxed);
    if (piece_.begin == piece_.end) piece_ = queue_.take();
    const std::uint64_t begin = piece_.begin;
    piece_.begin = std::min<std::uint64_t>(begin + kLanes, piece_.end);
    given_ = piece_.begin - begin;
    return {begin, piece_.begin};
  }

 private:
  WorkQueue& queue_;
  std::atomic<std::uint64_t>& finished_;
  WorkQueue::Piece piece_{0, 0};
  std::uint64_t given_ = 0;
};

// Runs Workers on the trajectories of a run, handed out in pieces of at most `piece`; `common` is where the outcomes go.
template <class Worker, class Run, class RunResults>
Diagnostics run_workers(const Run& run, const RunResults& results, const Results& common, std::uint64_t piece,
                        const Crew& crew, const std::function<bool(std::uint64_t)>& poll) {
  std::fill_n(common.outcome, run.count, kNotStarted);
  WorkQueue queue(run.count, std::max<std::uint64_t>(piece, 1));
  return dispatch(crew, poll, [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
    return Worker(run, results, queue, finished).work(stop);
  });
}

// The same for workers that give a lane the next trajectory as soon as its last one has ended; of others' functions, which
// are never called by threads that wait for one another, single ones.
template <class Worker, class Run, class RunResults>
Diagnostics run_refilling_workers(const Run& run, const RunResults& results, const Results& common,
                                  const std::function<bool(std::uint64_t)>& poll) {
  const Crew crew({run.landscape.batch_function(), run.escape.batch_function()}, run.threads, run.count);
  const std::uint64_t piece = crew.functions.empty() ? Supply::piece(run.count, crew.workers) : 1;
  return run_workers<Worker>(run, results, common, piece, crew, poll);
}

// The same for workers that take a block of lanes at a time; small runs are spread over the threads.
template <class Worker, class Run, class RunResults>
Diagnostics run_block_workers(const Run& run, const RunResults& results,
                              const std::function<bool(std::uint64_t)>& poll) {
  return run_workers<Worker>(run, results, results.common, BlockSupply::piece(run.count, run.threads),
                             Crew({}, run.threads, run.count), poll);
}

// Calls block(row, lanes) for pieces of kLanes of `count` rows in parallel, `block` being each worker's own, made by
// make_block(stop); true if all were done.
template <class MakeBlock>
bool for_blocks(const Landscape& landscape, std::uint64_t count, int threads,
                const std::function<bool(std::uint64_t)>& poll, MakeBlock make_block) {
  const Crew crew({landscape.batch_function()}, threads, count);
  WorkQueue queue(
      count, crew.functions.empty() ? std::max<std::uint64_t>(BlockSupply::piece(count, threads), kLanes) : kLanes);
  const Diagnostics all =
      dispatch(crew, poll, [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
        auto block = make_block(stop);
        BlockSupply supply(queue, finished);
        Diagnostics diagnostics;
        for (auto rows = supply.next(); rows.begin < rows.end && !stop; rows = supply.next())
          block(rows.begin, static_cast<int>(rows.end - rows.begin));
        diagnostics.stopped = stop;
        return diagnostics;
      });
  if (all.failure) std::rethrow_exception(all.failure);
  return !all.stopped;
}

}  // namespace saddlesim
