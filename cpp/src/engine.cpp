#include "saddlesim/engine.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "dispatch.hpp"
#include "finisher.hpp"
#include "saddlesim/attention.hpp"
#include "saddlesim/solo_run.hpp"
#include "saddlesim/stretch.hpp"
#include "subnormals.hpp"

namespace saddlesim {

namespace {

constexpr auto kNever = static_cast<std::uint64_t>(-1);  // when a saddle is left that is not; -1 in the results

// One thread's block of lanes.
class Worker {
 public:
  Worker(const Run& run, const Results& results, WorkQueue& queue, std::atomic<std::uint64_t>& finished)
      : run_(run),
        results_(results),
        supply_(queue, finished),
        dim_(run.landscape.dim()),
        key_(run.key),
        x_(dim_),
        gradient_(dim_),
        state_(run.method.state_rows(dim_)),
        counters_(run.method.counter_rows()),
        method_scratch_(run.method.scratch_rows(dim_)),
        scratch_(run.landscape.scratch_rows()),
        exits_(results.saddle_exits ? dim_ : 0),
        look_first_(run.escape.sees() != Sees::point),
        seen_value_(run.escape.sees() == Sees::value ? &value_ : nullptr),
        point_(static_cast<std::size_t>(dim_)),
        start_(static_cast<std::size_t>(dim_)),
        finisher_(run.landscape, results, scratch_.data(), run.first),
        // exits are noted at every step
        stretch_(results.saddle_exits || !use_stretches ? nullptr
                                                        : make_stretch(run.landscape, run.method, run.escape)),
        flight_{run.landscape,          x_.data(),       gradient_.data(), state_.data(), counters_.data(),
                method_scratch_.data(), scratch_.data(), Words(0),         Words(0)} {}

  Diagnostics work(const std::atomic<bool>& stop) {
    const FlushedSubnormals flushed;
    const Attention attention(active_, flight_.trajectory.data());
    for (int lane = 0; lane < kLanes; ++lane) refill(lane);
    while (active_ != 0 && !stop.load(std::memory_order_relaxed)) {
      if (stretch_) skip();
      if (look_first_) look();
      if (!settle()) advance();
    }
    for_lanes(active_, [&](int lane) { record(lane, Outcome::censored); });
    supply_.report();
    finisher_.flush();
    diagnostics_.lane_steps = clock_ * kLanes;
    diagnostics_.stopped = active_ != 0;
    return diagnostics_;
  }

 private:
  // Takes steps in which nothing happens, not so many that a request to stop would wait.
  void skip() {
    constexpr std::uint64_t kMost = 1000;
    if (clock_ >= deadline_) return;
    const std::uint64_t taken = stretch_->advance(flight_, active_, std::min(kMost, deadline_ - clock_));
    clock_ += taken;
    flight_.step = flight_.step + Words(taken);
    Watch watch;
    for (int j = 0; j < dim_; ++j) watch.see(x_[j]);
    for_lanes(active_ & ~watch.finite(), [&](int lane) { retire(lane, Outcome::diverged); });
  }

  // The gradient at x_t, and f if it is looked at.
  void look() { notice_ = run_.landscape.gradient(x_.data(), gradient_.data(), scratch_.data(), seen_value_); }

  // Retires the lanes whose trajectory ends at x_t; true if there were any (their successors are to be looked at first).
  bool settle() {
    if (results_.saddle_exits) note_saddle_exits();
    const LaneSet escaped =
        active_ & run_.escape.holds({run_.landscape, x_.data(), value_, gradient_.data(), scratch_.data()});
    if (escaped == 0 && clock_ < deadline_) return false;
    LaneSet late = 0;
    if (clock_ >= deadline_) {
      for_lanes(active_ & ~escaped, [&](int lane) { late |= LaneSet{clock_ >= born_[lane] + budget()} << lane; });
    }
    for_lanes(escaped, [&](int lane) { retire(lane, Outcome::escaped); });
    for_lanes(late, [&](int lane) { retire(lane, Outcome::censored); });
    if (escaped == 0 && late == 0) set_deadline();
    return true;
  }

  // One step of all lanes.
  void advance() {
    if (!look_first_) {
      notice_ = run_.method.starts_with_gradient()
                    ? run_.landscape.gradient(x_.data(), gradient_.data(), scratch_.data(), nullptr)
                    : Notice{run_.landscape.outside(x_.data()), 0};
    }
    underflowed_ |= active_ & notice_.underflowed;
    if (const LaneSet outside = active_ & notice_.outside) {
      for_lanes(outside, [&](int lane) { retire(lane, Outcome::outside); });
      return;
    }
    const StepReport report = take_step(run_.method, flight_);
    const LaneSet left = active_ & report.outside, returned = active_ & report.returned;
    const LaneSet stalled = active_ & report.unchanged & ~left;
    for_lanes(left, [&](int lane) { retire(lane, Outcome::outside); });
    for_lanes(stalled | returned,
              [&](int lane) { retire(lane, (stalled >> lane) & 1U ? Outcome::stalled : Outcome::returned); });
    // Lanes refilled just now have not been stepped: they are a step younger than the clock says.
    const LaneSet fresh = left | stalled | returned;
    flight_.step = flight_.step + select(from_bits(fresh), Words(0), Words(1));
    ++clock_;
    for_lanes(fresh & active_, [&](int lane) { born_[lane] = clock_; });
    if (fresh) set_deadline();
    for_lanes(active_ & ~fresh & ~report.finite, [&](int lane) { retire(lane, Outcome::diverged); });
  }

  void retire(int lane, Outcome outcome) {
    record(lane, outcome);
    refill(lane);
  }

  void record(int lane, Outcome outcome) {
    const std::uint64_t row = flight_.trajectory[lane] - run_.first;
    const std::uint64_t t = flight_.step[lane];
    results_.steps[row] = static_cast<std::int64_t>(t);
    results_.outcome[row] = static_cast<std::int8_t>(outcome);
    results_.underflowed[row] = ((underflowed_ >> lane) & 1U) != 0 || has_underflowed(lane);
    results_.perturbations[row] = run_.method.perturbations(counters_.data(), lane);
    const Costs costs = run_.method.costs(counters_.data(), lane, static_cast<std::int64_t>(t));
    results_.gradients[row] = costs.gradients;
    results_.values[row] = costs.values;
    results_.products[row] = costs.products;
    for (int j = 0; j < exits_.rows(); ++j) {
      results_.saddle_exits[row * static_cast<std::uint64_t>(dim_) + static_cast<std::uint64_t>(j)] =
          static_cast<std::int64_t>(exits_[j][lane]);
    }
    finisher_.add(row, x_.data(), lane);
    diagnostics_.trajectory_steps += t;
    supply_.one_ended();
  }

  // A coordinate that reached 0 itself leaves no trace but its start.
  bool has_underflowed(int lane) {
    bool small = false;
    for (int j = 0; j < dim_; ++j) {
      point_[static_cast<std::size_t>(j)] = x_[j][lane];
      small = small || std::fabs(x_[j][lane]) < std::numeric_limits<Real>::min();
    }
    if (!small) return false;
    run_.initial.sample(key_, flight_.trajectory[lane], dim_, start_.data());
    return run_.landscape.underflowed(point_.data(), start_.data());
  }

  void refill(int lane) {
    const LaneSet bit = LaneSet{1} << lane;
    const std::optional<std::uint64_t> next = supply_.next();
    if (!next) {
      active_ &= ~bit;  // the lane idles on with what it has; nobody looks at it
      return;
    }
    const std::uint64_t trajectory = run_.first + *next;
    run_.initial.sample(key_, trajectory, dim_, point_.data());
    for (int j = 0; j < dim_; ++j) x_[j].set(lane, point_[static_cast<std::size_t>(j)]);
    for (int j = 0; j < exits_.rows(); ++j) exits_[j].set(lane, kNever);
    run_.method.start(state_.data(), counters_.data(), lane, dim_);
    flight_.trajectory.set(lane, trajectory);
    flight_.step.set(lane, 0);
    active_ |= bit;
    underflowed_ &= ~bit;
    born_[lane] = clock_;
    deadline_ = std::min(deadline_, clock_ + budget());
  }

  void note_saddle_exits() {
    const Lanes level = run_.landscape.saddle_exit();
    Mask passed = from_bits(kAllLanes);  // saddles are left in order
    for (int j = 0; j < dim_ && any(passed); ++j) {
      const Mask waits = exits_[j] == Words(kNever), leaves = passed & (abs(x_[j]) > level) & waits;
      exits_[j] = select(leaves, flight_.step, exits_[j]);
      passed = !(exits_[j] == Words(kNever));
    }
  }

  std::uint64_t budget() const {  // far enough never to come, near enough never to overflow
    return run_.max_steps < 0 ? std::uint64_t{1} << 62 : static_cast<std::uint64_t>(run_.max_steps);
  }
  void set_deadline() {
    deadline_ = std::numeric_limits<std::uint64_t>::max();
    for_lanes(active_, [&](int lane) { deadline_ = std::min(deadline_, born_[lane] + budget()); });
  }

  const Run& run_;
  const Results& results_;
  Supply supply_;

  int dim_;
  PhiloxKey key_;
  Block x_, gradient_, state_;
  BlockOf<Words> counters_;
  Block method_scratch_, scratch_;
  BlockOf<Words> exits_;  // when each coordinate left its saddle; no rows when not wanted
  bool look_first_;       // the criterion looks at the gradient, or at f
  Estimate value_;
  Estimate* seen_value_;  // &value_ if it looks at f
  Notice notice_{0, 0};
  std::vector<double> point_, start_;  // one trajectory's
  Finisher finisher_;
  std::unique_ptr<Stretch> stretch_;  // null where there is none
  Flight flight_;

  LaneSet active_ = 0;               // lanes that carry a trajectory
  LaneSet underflowed_ = 0;          // lanes whose trajectory has been seen to underflow
  std::uint64_t clock_ = 0;          // steps of this block
  std::uint64_t born_[kLanes] = {};  // the clock when each lane's trajectory was at t = 0
  std::uint64_t deadline_ = std::numeric_limits<std::uint64_t>::max();  // the clock before which no budget runs out
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics simulate(const Run& run, const Results& results, const std::function<bool(std::uint64_t)>& poll) {
  if (is_solo(run, results)) return simulate_solo(run, results, poll);
  Run lanes = run;  // no more threads than trajectories: the others would have nothing to do
  lanes.threads = static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(run.threads), run.count));
  return run_refilling_workers<Worker>(lanes, results, results, poll);
}

}  // namespace saddlesim
