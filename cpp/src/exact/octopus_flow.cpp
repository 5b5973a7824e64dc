#include "saddlesim/exact/octopus_flow.hpp"

#include <algorithm>
#include <cmath>

#include "../dispatch.hpp"
#include "../finisher.hpp"
#include "saddlesim/elementary.hpp"
#include "start_block.hpp"

namespace saddlesim {

namespace {

// The error of the passage is then below 1e-9, measured against 4096 steps.
constexpr int kFlowSteps = 128;
const double kInfinity = __builtin_inf();

// What has passed since |x_i| was at the start of the region: the time, and the change of ln |x_{i+1}|.
struct Passage {
  Lanes time, log_change;
  Lanes peak = 0.0;  // the largest change on the way
};

// d(Passage) / d|x_i| at |x_i| = a, where |x_{i+1}|^2 = next2 e^(2 log_change).
Passage rates(const Octopus& octopus, const Lanes& a, const Lanes& next2, const Lanes& log_change) {
  const auto c = octopus.connector(a);
  const Lanes coupling = next2 * exp(Lanes(2.0) * log_change);
  const Lanes speed = -fma(c.g2_slope(), coupling, c.g1_slope());
  return {Lanes(1.0) / speed, Lanes(-2.0) * c.g2() / speed, Lanes(0.0)};
}

Passage pass(const Octopus& octopus, const Lanes& from, const Lanes& next2) {
  const Lanes h = (Lanes(2.0 * octopus.tau()) - from) * Lanes(1.0 / kFlowSteps), half = Lanes(0.5) * h;
  Passage now{Lanes(0.0), Lanes(0.0), Lanes(0.0)};
  for (int step = 0; step < kFlowSteps; ++step) {
    const Lanes a = fma(Lanes(step), h, from);
    const Passage k1 = rates(octopus, a, next2, now.log_change);
    const Passage k2 = rates(octopus, a + half, next2, fma(half, k1.log_change, now.log_change));
    const Passage k3 = rates(octopus, a + half, next2, fma(half, k2.log_change, now.log_change));
    const Passage k4 = rates(octopus, a + h, next2, fma(h, k3.log_change, now.log_change));
    const Lanes sixth = h * Lanes(1.0 / 6.0), two = 2.0;
    now.time = fma(sixth, fma(two, k2.time + k3.time, k1.time + k4.time), now.time);
    now.log_change = fma(sixth, fma(two, k2.log_change + k3.log_change, k1.log_change + k4.log_change), now.log_change);
    now.peak = max(now.peak, now.log_change);
  }
  return now;
}

class FlowWorker {
 public:
  FlowWorker(const FlowRun& run, const FlowResults& results, WorkQueue& queue, std::atomic<std::uint64_t>& finished)
      : run_(run),
        results_(results),
        supply_(queue, finished),
        dim_(run.octopus.dim()),
        starts_(run.initial, run.key, dim_),
        magnitudes_(starts_.magnitudes()),
        final_(dim_),
        exits_(dim_),
        log10_exits_(dim_),
        finisher_(run.octopus, results.common, nullptr, run.first),
        alone_(pass(run.octopus, Lanes(run.octopus.tau()), Lanes(0.0))) {}

  Diagnostics work(const std::atomic<bool>& stop) {
    for (auto piece = supply_.next(); piece.begin < piece.end; piece = supply_.next()) {
      const int lanes = static_cast<int>(piece.end - piece.begin);
      starts_.load(run_.first + piece.begin, lanes);
      flow();
      if (stop.load(std::memory_order_relaxed)) {
        diagnostics_.stopped = true;
        break;
      }
      for (int lane = 0; lane < lanes; ++lane) record(piece.begin + static_cast<std::uint64_t>(lane), lane);
    }
    finisher_.flush();
    return diagnostics_;
  }

 private:
  // Times at which the coordinates of all lanes leave their saddles.
  void flow() {
    const double tau = run_.octopus.tau(), gamma = run_.octopus.gamma(), L = run_.octopus.L();
    const double log10_ratio = std::log10(1.0 + L / gamma);
    outside_ = run_.octopus.outside(magnitudes_.data());
    Lanes time = 0.0, log10_time = -kInfinity, start = magnitudes_[0], log_x = log(start);
    for (int i = 0; i < dim_; ++i) {
      // Beyond 1e300 times are carried on as logarithms, to which each stage adds that of the asymptotic ratio.
      const Mask lost = time > Lanes(1e300);
      const Mask near = log_x < Lanes(std::log(tau));
      const Lanes dwell = select(near, (Lanes(std::log(tau)) - log_x) * Lanes(0.5 / gamma), Lanes(0.0));
      time = select(lost, time, time + dwell);
      const bool last = i + 1 == dim_;
      const Lanes log_next = last ? Lanes(-kInfinity) : fma(time, Lanes(-2.0 * L), log(magnitudes_[i + 1]));
      const Lanes next = exp(log_next);
      const Lanes from = min(select(near, Lanes(tau), exp(log_x)), Lanes(2.0 * tau));
      // Next to a coordinate this small the passage is that of one that is zero, to the last digit.
      const Mask alone = near & (next < Lanes(1e-12));
      const bool all_alone = to_bits(alone) == kAllLanes;
      const Passage coupled = all_alone ? alone_ : pass(run_.octopus, from, next * next);
      const Passage passage{select(alone, alone_.time, coupled.time),
                            select(alone, alone_.log_change, coupled.log_change),
                            select(alone, alone_.peak, coupled.peak)};
      // the next coordinate has to wait within tau until this one is beyond 2 tau
      const Mask strays = next * exp(passage.peak) > Lanes(tau * (1.0 + 1e-12));
      if (!last) outside_ |= to_bits(strays & (from < Lanes(2.0 * tau)));
      time = select(lost, time, time + passage.time);
      log10_time = select(lost, log10_time + Lanes(log10_ratio), log(time) * Lanes(0x1.bcb7b1526e50ep-2));
      exits_[i] = time;
      log10_exits_[i] = log10_time;
      log_x = log_next + passage.log_change;
    }
  }

  void record(std::uint64_t row, int lane) {
    const double* start = starts_.point(lane);
    int left = 0;  // how many saddles are left: one whose coordinate is zero is not
    while (left < dim_ && magnitudes_[left][lane] != 0.0) ++left;
    const bool outside = ((outside_ >> lane) & 1U) != 0;
    const Outcome outcome = outside ? Outcome::outside : left == dim_ ? Outcome::escaped : Outcome::stalled;
    if (outside) left = 0;
    const Results& common = results_.common;
    common.outcome[row] = static_cast<std::int8_t>(outcome);
    common.steps[row] = -1;
    common.underflowed[row] = false;
    common.perturbations[row] = 0;
    common.gradients[row] = common.values[row] = common.products[row] = -1;  // there is nothing to count
    results_.log10_times[row] = left == 0 ? -kInfinity : log10_exits_[left - 1][lane];
    for (int j = 0; results_.log10_saddle_exits && j < dim_; ++j) {
      const std::uint64_t at = row * static_cast<std::uint64_t>(dim_) + static_cast<std::uint64_t>(j);
      common.saddle_exits[at] = -1;
      results_.log10_saddle_exits[at] = j < left ? log10_exits_[j][lane] : __builtin_nan("");
    }
    place(outcome, left, start, lane);
    finisher_.add(row, final_.data(), lane);
  }

  // Where a trajectory ends. Coordinates that have left have come from 2 tau (or from a start beyond it) towards 4 tau.
  void place(Outcome outcome, int left, const double* start, int lane) {
    const double tau = run_.octopus.tau();
    for (int j = 0; j < dim_; ++j) {
      const double a = std::fabs(start[j]);
      double now = 0.0;  // a stalled trajectory ends at its saddle
      if (outcome == Outcome::outside) {
        now = a;
      } else if (j < left) {
        // where times have become logarithms, all but the last to leave have long settled
        const double since = exits_[left - 1][lane] - exits_[j][lane];
        const bool settled_long = outcome == Outcome::stalled || !(since > 0.0);
        const double settled = j + 1 == left && outcome == Outcome::escaped ? 1.0
                               : settled_long ? 0.0
                                              : exp(Lanes(-2.0 * run_.octopus.L() * since))[0];
        now = 4.0 * tau + (std::max(2.0 * tau, a) - 4.0 * tau) * settled;
      }
      final_[j].set(lane, std::copysign(now, start[j]));
    }
  }

  const FlowRun& run_;
  const FlowResults& results_;
  BlockSupply supply_;
  int dim_;
  StartBlock starts_;
  const Block& magnitudes_;
  Block final_, exits_, log10_exits_;
  LaneSet outside_ = 0;
  Finisher finisher_;
  Passage alone_;  // from tau, with the next coordinate at zero
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics simulate_flow(const FlowRun& run, const FlowResults& results,
                          const std::function<bool(std::uint64_t)>& poll) {
  return run_block_workers<FlowWorker>(run, results, poll);
}

}  // namespace saddlesim
