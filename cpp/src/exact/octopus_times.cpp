#include "saddlesim/exact/octopus_times.hpp"

#include <algorithm>
#include <cmath>

#include "../dispatch.hpp"
#include "../finisher.hpp"
#include "octopus_path.hpp"
#include "start_block.hpp"

namespace saddlesim {

namespace {

bool has(const Mask& mask, int lane) { return ((to_bits(mask) >> lane) & 1U) != 0; }

// A whole number below 2^63, or -1 where it is larger or not certain.
std::int64_t count_of(const Twofold& time, int lane, bool certified) {
  if (!certified || !(time.high[lane] < 0x1p63)) return -1;
  return static_cast<std::int64_t>(time.high[lane]) + static_cast<std::int64_t>(time.low[lane]);
}

class ExactWorker {
 public:
  ExactWorker(const ExactRun& run, const ExactResults& results, WorkQueue& queue, std::atomic<std::uint64_t>& finished)
      : run_(run),
        results_(results),
        supply_(queue, finished),
        dim_(run.octopus.dim()),
        starts_(run.initial, run.key, dim_),
        rates_(run.octopus, run.step_size),
        fast_(rates_, dim_),
        careful_(rates_, dim_),
        path_(run.octopus, rates_),
        final_(dim_),
        finisher_(run.octopus, results.common, nullptr, run.first) {}

  Diagnostics work(const std::atomic<bool>& stop) {
    for (auto piece = supply_.next(); piece.begin < piece.end; piece = supply_.next()) {
      const int lanes = static_cast<int>(piece.end - piece.begin);
      starts_.load(run_.first + piece.begin, lanes);
      fast_.run<Lanes>(starts_.magnitudes().data(), stop);
      const Mask redo = fast_.certificate().doubtful;
      if (any(redo)) careful_.run<Twofold>(starts_.magnitudes().data(), stop);
      if (stop.load(std::memory_order_relaxed)) break;
      for (int lane = 0; lane < lanes && !stop.load(std::memory_order_relaxed); ++lane) {
        const bool again = has(redo, lane);
        record(piece.begin + static_cast<std::uint64_t>(lane), lane, again ? careful_ : fast_, again, stop);
      }
    }
    finisher_.flush();
    diagnostics_.stopped = stop.load(std::memory_order_relaxed);
    return diagnostics_;
  }

 private:
  void record(std::uint64_t row, int lane, const OctopusWalk& walk, bool again, const std::atomic<bool>& stop) {
    path_.follow(walk, starts_.point(lane), lane, stop);
    Outcome outcome = Outcome::escaped;
    Arrival end = arrival(walk, lane);
    if (!end.found) {  // nothing more will happen once the last saddle that can be left has been left
      outcome = Outcome::stalled;
      const int stage = path_.terminal_stage();
      end.time = path_.begin(stage);
      end.certified = stage == 0 || has(walk.stage(stage - 1).certified, lane);
      end.log10_time = stage == 0 ? -__builtin_inf() : walk.stage(stage - 1).log10_exit[lane];
    }
    const Twofold left{Lanes(walk.outside_time().high[lane]), Lanes(walk.outside_time().low[lane])};
    if (has(walk.outside(), lane) && !(to_bits(end.time < left) & 1U)) {
      outcome = Outcome::outside;
      end = {true, left, std::log10(left.high[0]),
             left.high[0] == 0.0 || has(walk.stage(static_cast<int>(walk.outside_stage()[lane])).certified, lane)};
    }
    if (run_.max_steps >= 0) {
      const Twofold budget = exact_sum(Lanes(static_cast<double>(run_.max_steps)), Lanes(0.0));
      if (to_bits(budget < end.time) & 1U) {
        outcome = Outcome::censored;
        end = {true, budget, std::log10(static_cast<double>(run_.max_steps)), true};
      }
    }
    move_to(outcome, end.time, walk, lane);
    if (stop.load(std::memory_order_relaxed)) return;  // a search was cut short: the trajectory counts as not begun
    write(row, lane, walk, outcome, end);
    results_.redone[row] = again;
  }

  Arrival arrival(const OctopusWalk& walk, int lane) {
    if (run_.search == Search::first_hold) return path_.first_hold(run_.escape);
    if (run_.search == Search::reaches_minimum) return path_.reaches_minimum(run_.tolerance);
    if (path_.terminal_stage() < dim_) return {};
    const OctopusStage& last = walk.stage(dim_ - 1);
    return {true, path_.exit(dim_ - 1), last.log10_exit[lane], has(last.certified, lane)};
  }

  // Puts the final point into final_'s lane.
  void move_to(Outcome outcome, const Twofold& time, const OctopusWalk& walk, int lane) {
    if (outcome == Outcome::escaped && run_.search == Search::past_last_saddle) {
      land(walk, lane);
      return;
    }
    if (outcome == Outcome::stalled) {
      path_.go_to_limit();
    } else if (outcome != Outcome::escaped || run_.search == Search::reaches_minimum) {
      path_.go_to(time);
    }
    for (int j = 0; j < dim_; ++j) final_[j].set(lane, path_.point(j));
  }

  // Where a trajectory is when it passes the last saddle; few coordinates are still on the move then.
  void land(const OctopusWalk& walk, int lane) {
    const double four_tau = 4.0 * rates_.tau, log_c = rates_.log_c.high[lane];
    const double end = walk.stage(dim_ - 1).exit.high[lane];
    for (int j = 0; j < dim_; ++j) {
      const OctopusStage& stage = walk.stage(j);
      const double exponent = (end - stage.exit.high[lane]) * log_c;
      // where counts have become logarithms, all but the last to leave have long settled
      const bool moving = j + 1 == dim_ || (exponent > -40.0 && end < kCountedTo);
      const double settled = moving ? exp(Lanes(exponent))[0] : 0.0;
      final_[j].set(lane,
                    std::copysign(std::fma(stage.landing[lane] - four_tau, settled, four_tau), starts_.point(lane)[j]));
    }
  }

  void write(std::uint64_t row, int lane, const OctopusWalk& walk, Outcome outcome, const Arrival& end) {
    const Results& common = results_.common;
    common.outcome[row] = static_cast<std::int8_t>(outcome);
    common.steps[row] = count_of(end.time, 0, end.certified);
    common.underflowed[row] = false;
    common.perturbations[row] = 0;
    common.gradients[row] = common.steps[row];  // what stepping would have cost
    common.values[row] = common.products[row] = 0;
    results_.log10_steps[row] = end.log10_time;
    results_.tie_distance[row] = walk.certificate().tie_distance[lane];
    results_.underflow_margin[row] = walk.certificate().lowest_log[lane] * 0x1.71547652b82fep+0 + 1022.0;
    for (int j = 0; common.saddle_exits && j < dim_; ++j) {
      const OctopusStage& stage = walk.stage(j);
      const Twofold exit = path_.exit(j);
      const bool lost = exit.high[0] >= kCountedTo;
      const bool before = lost ? stage.log10_exit[lane] <= end.log10_time : !(to_bits(end.time < exit) & 1U);
      const bool left = j < path_.terminal_stage() && before;
      const std::uint64_t at = row * static_cast<std::uint64_t>(dim_) + static_cast<std::uint64_t>(j);
      common.saddle_exits[at] = left ? count_of(stage.exit, lane, has(stage.certified, lane)) : -1;
      results_.log10_saddle_exits[at] = left ? stage.log10_exit[lane] : __builtin_nan("");
    }
    finisher_.add(row, final_.data(), lane);
    diagnostics_.trajectory_steps += static_cast<std::uint64_t>(std::max<std::int64_t>(common.steps[row], 0));
    ++diagnostics_.lane_steps;
  }

  const ExactRun& run_;
  const ExactResults& results_;
  BlockSupply supply_;
  int dim_;
  StartBlock starts_;
  OctopusRates rates_;
  OctopusWalk fast_, careful_;
  OctopusPath path_;
  Block final_;
  Finisher finisher_;
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics simulate_exactly(const ExactRun& run, const ExactResults& results,
                             const std::function<bool(std::uint64_t)>& poll) {
  return run_block_workers<ExactWorker>(run, results, poll);
}

}  // namespace saddlesim
