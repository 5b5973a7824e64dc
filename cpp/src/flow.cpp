#include "saddlesim/flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "dispatch.hpp"
#include "finisher.hpp"
#include "flow_lanes.hpp"
#include "saddlesim/attention.hpp"
#include "saddlesim/dormand_prince.hpp"
#include "saddlesim/elementary.hpp"
#include "saddlesim/solo_run.hpp"

namespace saddlesim {

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kTiny = 0x1p-1060;      // rounding of what is subnormal, and some
constexpr double kLongest = 1e300;       // step
constexpr double kResolution = 0x1p-44;  // of the time at which a criterion holds
// A trajectory rests when in so many steps no coordinate has gone further than so many roundings.
constexpr std::uint64_t kRestSteps = 256;
constexpr double kRestRoundings = 64.0;

double log10_of(double time) { return (log(Lanes(time)) * Lanes(0x1.bcb7b1526e50ep-2))[0]; }

// One trajectory alone is computed where that is cheaper, and a criterion can be asked about it.
const Solo* flows_solo(const IntegratedRun& run, const FlowResults& results) {
  if (results.log10_saddle_exits) return nullptr;
  if (!dynamic_cast<const ValueBelow*>(&run.escape) && !dynamic_cast<const GradientBelow*>(&run.escape)) return nullptr;
  return worth_solo(run.landscape, run.count, run.threads);
}

// No more threads than trajectories, unless several work on each.
int workers_of(const IntegratedRun& run) {
  return static_cast<int>(std::clamp<std::uint64_t>(run.count, 1, static_cast<std::uint64_t>(run.threads)));
}

// One thread's block of lanes, each at a time and with a step length of its own; or one team's trajectory.
class Integrator {
 public:
  Integrator(const IntegratedRun& run, const FlowResults& results, WorkQueue& queue,
             std::atomic<std::uint64_t>& finished)
      : run_(run),
        results_(results),
        supply_(queue, finished),
        lanes_(run.landscape, flows_solo(run, results), run.threads / workers_of(run)),
        landscape_(lanes_.landscape()),
        dim_(run.landscape.dim()),
        rows_(landscape_.dim()),
        key_(run.key),
        apart_(run.landscape.rounds_apart()),
        most_(run.max_steps < 0 ? std::uint64_t{1} << 62 : static_cast<std::uint64_t>(run.max_steps)),
        rule_(landscape_),
        x_(rows_),
        anchor_(rows_),
        look_(run.escape.sees() != Sees::point),
        seen_(run.escape.sees() == Sees::value ? &value_ : nullptr),
        inside_(rows_),
        inside_gradient_(look_ ? rows_ : 0),
        point_(static_cast<std::size_t>(dim_)),
        start_(point_) {
    if (!lanes_.alone()) finisher_.emplace(run.landscape, results.common, rule_.scratch(), run.first);
  }

  Diagnostics work(const std::atomic<bool>& stop) {
    const Attention attention(active_, trajectory_);
    for (int lane = 0; lane < lanes_.trajectories(); ++lane) refill(lane);
    while (active_ != 0 && !stop.load(std::memory_order_relaxed)) {
      if (fresh_ != 0) {
        begin();
      } else {
        advance();
      }
    }
    lanes_.for_trajectories(active_, [&](int lane) { record(lane, Outcome::censored); });
    supply_.report();
    if (finisher_) finisher_->flush();
    diagnostics_.lane_steps = clock_ * static_cast<std::uint64_t>(lanes_.trajectories());
    diagnostics_.stopped = active_ != 0;
    return diagnostics_;
  }

 private:
  // The least that a coordinate can be resolved to.
  Lanes rounding(const Lanes& x) const {
    // no sum: arithmetic with a subnormal number takes a hundred times as long
    return max(Lanes(kEpsilon) * (apart_ ? abs(x) : size_), Lanes(kTiny));
  }

  LaneSet holds(const Lanes* x, const Lanes* gradient) {
    return lanes_.holds(run_.escape, {landscape_, x, value_, gradient, rule_.scratch()});
  }

  // Looks at the lanes that were refilled, and chooses the first step of those that go on.
  void begin() {
    const LaneSet fresh = std::exchange(fresh_, 0);
    const Notice notice = landscape_.gradient(x_.data(), rule_.end_gradient(), rule_.scratch(), seen_);
    const LaneSet escaped = holds(x_.data(), rule_.end_gradient());
    if (results_.log10_saddle_exits) for_lanes(fresh, [&](int lane) { note_saddle_exits(lane, x_.data(), 0.0); });
    const Mask renew = from_bits(fresh);
    Lanes size = 0.0, steepest = 0.0;
    Watch watch;
    for (int j = 0; j < rows_; ++j) {
      const Lanes g = rule_.end_gradient()[j];
      watch.see(g);
      size = max(size, abs(x_[j]));
      steepest = max(steepest, abs(g));
      rule_.gradient()[j] = select(renew, g, rule_.gradient()[j]);
      anchor_[j] = select(renew, x_[j], anchor_[j]);
    }
    size = lanes_.largest(size);
    steepest = lanes_.largest(steepest);
    size_ = select(renew, size, size_);
    underflowed_ |= fresh & notice.underflowed;
    const LaneSet flat = to_bits(steepest == Lanes(0.0)), finite = lanes_.agreed(watch.finite());
    LaneSet on = 0;
    lanes_.for_trajectories(fresh, [&](int lane) {
      const auto among = [lane](LaneSet lanes) { return ((lanes >> lane) & 1U) != 0; };
      if (among(escaped)) return retire(lane, Outcome::escaped);
      if (most_ == 0) return retire(lane, Outcome::censored);
      evaluations_[lane] = 1;
      if (among(notice.outside)) return retire(lane, Outcome::outside);
      if (!among(finite)) return retire(lane, Outcome::diverged);
      if (among(flat)) return retire(lane, Outcome::stalled);
      evaluations_[lane] = 2;
      on |= lanes_.own(lane);
    });
    if (on != 0) choose_length(on, steepest);
  }

  // As Hairer, Norsett and Wanner do (II.4): from how much the gradient changes over a small Euler step.
  void choose_length(LaneSet lanes, const Lanes& steepest) {
    const Lanes probe = select(size_ == Lanes(0.0), Lanes(1e-6), Lanes(0.01) * size_) / steepest;
    for (int j = 0; j < rows_; ++j) rule_.end()[j] = fma(-probe, rule_.gradient()[j], x_[j]);
    const Notice notice = landscape_.gradient(rule_.end(), rule_.spare(), rule_.scratch(), nullptr);
    Lanes turn = 0.0;
    Watch watch;
    for (int j = 0; j < rows_; ++j) {
      const Lanes change = rule_.spare()[j] - rule_.gradient()[j];
      watch.see(change);
      turn = max(turn, abs(change));
    }
    turn = lanes_.largest(turn);
    const Lanes fitting = Lanes(std::sqrt(std::sqrt(run_.tolerance.relative))) * probe * steepest / turn;
    const Lanes length =
        select(from_bits(lanes_.agreed(watch.finite()) & ~notice.outside), min(Lanes(100.0) * probe, fitting), probe);
    h_ = select(from_bits(lanes), min(length, Lanes(kLongest)), h_);
  }

  // One step of all lanes.
  void advance() {
    const Notice notice = rule_.step(x_.data(), h_, seen_);
    extended_ = false;
    ++clock_;
    Lanes way = 0.0;  // that the step goes
    for (int j = 0; j < rows_; ++j) way = max(way, abs(rule_.end()[j] - x_[j]));
    way = lanes_.largest(way);
    const Lanes relative = run_.tolerance.relative, absolute = run_.tolerance.absolute;

    Lanes ratio = 0.0, size = 0.0, steepest = 0.0;       // ratio: of the error to what is allowed
    Mask still = from_bits(kAllLanes), resting = still;  // the step within rounding, the end near the anchor
    Watch watch;
    for (int j = 0; j < rows_; ++j) {
      const Lanes end = rule_.end()[j], g = rule_.end_gradient()[j], floor = rounding(x_[j]);
      const Lanes error = abs(rule_.error(j, h_));
      ratio = max(ratio, apart_ ? error / fma(relative, abs(end - x_[j]), absolute + floor) : error);
      size = max(size, abs(end));
      steepest = max(steepest, abs(g));
      still = still & (h_ * abs(rule_.gradient()[j]) <= floor);
      resting = resting & (abs(end - anchor_[j]) <= Lanes(kRestRoundings) * floor);
      watch.see(end);
      watch.see(g);
      watch.see(error);
    }
    ratio = lanes_.largest(ratio);
    size = lanes_.largest(size);
    steepest = lanes_.largest(steepest);
    const LaneSet small = lanes_.agreed(to_bits(still)), near = lanes_.agreed(to_bits(resting));
    if (!apart_) ratio = ratio / fma(relative, way, absolute + rounding(x_[0]));
    const LaneSet failed = active_ & (notice.outside | ~lanes_.agreed(watch.finite()));
    // an estimate of the error of a step within rounding is rounding itself
    const LaneSet accepted = active_ & ~failed & (to_bits(ratio <= Lanes(1.0)) | small);
    const LaneSet escaped = accepted & holds(rule_.end(), rule_.end_gradient());

    Lanes share = 1.0;  // of the step, that a lane takes
    if (escaped != 0) share = find_exits(escaped);
    if (results_.log10_saddle_exits) {
      for_lanes(accepted, [&](int lane) { note_saddle_exits(lane, rule_.end(), share[lane]); });
    }
    const Mask taken = from_bits(accepted), renew = from_bits(accepted & ~near);
    t_ = select(taken, fma(share, h_, t_), t_);
    size_ = select(taken, size, size_);
    for (int j = 0; j < rows_; ++j) {
      x_[j] = select(taken, rule_.end()[j], x_[j]);
      rule_.gradient()[j] = select(taken, rule_.end_gradient()[j], rule_.gradient()[j]);
      anchor_[j] = select(renew, rule_.end()[j], anchor_[j]);
    }
    underflowed_ |= accepted & notice.underflowed;
    choose_next_length(ratio, accepted, failed);

    const LaneSet flat = to_bits(steepest == Lanes(0.0));
    lanes_.for_trajectories(active_, [&](int lane) {
      const auto among = [lane](LaneSet lanes) { return ((lanes >> lane) & 1U) != 0; };
      ++steps_[lane];
      evaluations_[lane] += DormandPrince::kEvaluations;
      if (among(accepted)) rests_[lane] = among(near) ? rests_[lane] + 1 : 0;
      if (among(escaped)) return retire(lane, Outcome::escaped);
      if (among(accepted) && (among(flat) || rests_[lane] >= kRestSteps)) return retire(lane, Outcome::stalled);
      if (among(failed) && among(small)) {
        return retire(lane, among(notice.outside) ? Outcome::outside : Outcome::diverged);
      }
      if (steps_[lane] >= most_) retire(lane, Outcome::censored);
    });
  }

  // The error relative to the way goes with the fourth power of the step.
  void choose_next_length(const Lanes& ratio, LaneSet accepted, LaneSet failed) {
    const Lanes fitting = Lanes(0.9) / sqrt(sqrt(ratio));
    const Lanes most = select(from_bits(accepted & ~rejected_), Lanes(5.0), Lanes(1.0));
    const Lanes least = select(from_bits(accepted), Lanes(0.9), Lanes(0.2));
    const Lanes factor = select(from_bits(failed), Lanes(0.5), max(min(fitting, most), least));
    h_ = min(h_ * factor, Lanes(kLongest));
    rejected_ = ~accepted;
  }

  // Bisects in these lanes for the time at which the criterion begins to hold; moves the end there, and tells after which
  // share of the step that is.
  Lanes find_exits(LaneSet lanes) {
    extend();
    const Mask wanted = from_bits(lanes);
    Lanes low = 0.0, high = 1.0;
    for (int i = 0; i < 64; ++i) {
      const Mask wide = wanted & (h_ * (high - low) > Lanes(kResolution) * fma(high, h_, t_));
      if (!any(wide)) break;
      const Lanes middle = Lanes(0.5) * (low + high);
      go_inside(middle);
      if (look_) landscape_.gradient(inside_.data(), inside_gradient_.data(), rule_.scratch(), seen_);
      const Mask held = from_bits(holds(inside_.data(), inside_gradient_.data()));
      high = select(wide & held, middle, high);
      low = select(wide & !held, middle, low);
    }
    go_inside(high);
    const Mask within = wanted & (high < Lanes(1.0));
    for (int j = 0; j < rows_; ++j) rule_.end()[j] = select(within, inside_[j], rule_.end()[j]);
    return select(wanted, high, Lanes(1.0));
  }

  void go_inside(const Lanes& share) {
    for (int j = 0; j < rows_; ++j) inside_[j] = rule_.inside(j, x_[j], share);
    landscape_.spheres().retract(inside_.data());
  }

  void extend() {
    if (!extended_) rule_.extend(x_.data(), h_);
    extended_ = true;
  }

  // Writes when coordinates left their saddles, in order, on the way to x, which is after this share of the step.
  void note_saddle_exits(int lane, const Lanes* x, double share) {
    const double level = run_.landscape.saddle_exit();
    double* exits = results_.log10_saddle_exits + row(lane) * static_cast<std::uint64_t>(dim_);
    for (int& j = left_[lane]; j < dim_ && std::fabs(x[j][lane]) > level; ++j) {
      double low = 0.0, high = share;
      const double begun = t_[lane], length = h_[lane];
      if (share > 0.0) extend();
      while (length * (high - low) > kResolution * (begun + length * high)) {
        const double middle = 0.5 * (low + high);
        if (middle == low || middle == high) break;
        (std::fabs(rule_.inside(j, x_[j][lane], middle, lane)) > level ? high : low) = middle;
      }
      exits[j] = log10_of(fma(high, length, begun));
    }
  }

  void retire(int lane, Outcome outcome) {
    record(lane, outcome);
    refill(lane);
  }

  std::uint64_t row(int lane) const { return trajectory_[lane] - run_.first; }

  void record(int lane, Outcome outcome) {
    const std::uint64_t at = row(lane);
    const Results& common = results_.common;
    common.steps[at] = -1;
    common.outcome[at] = static_cast<std::int8_t>(outcome);
    common.underflowed[at] = ((underflowed_ >> lane) & 1U) != 0 || has_underflowed(lane);
    common.perturbations[at] = common.values[at] = common.products[at] = 0;
    common.gradients[at] = static_cast<std::int64_t>(evaluations_[lane]);
    results_.log10_times[at] = log10_of(t_[lane]);
    if (finisher_) {
      finisher_->add(at, x_.data(), lane);
    } else {
      finish_alone(at);
    }
    diagnostics_.trajectory_steps += steps_[lane];
    supply_.one_ended();
  }

  void finish_alone(std::uint64_t at) {
    Estimate value;
    landscape_.gradient(x_.data(), rule_.spare(), rule_.scratch(), &value);
    finish_single(results_.common, at, {Folded::numbers(x_.data()), Folded::numbers(rule_.spare()), dim_, value.f[0]});
  }

  // A coordinate that reached 0 itself leaves no trace but its start.
  bool has_underflowed(int lane) {
    lanes_.take(x_.data(), lane, point_.data());
    run_.initial.sample(key_, trajectory_[lane], dim_, start_.data());
    return run_.landscape.underflowed(point_.data(), start_.data());
  }

  void refill(int lane) {
    const LaneSet bit = lanes_.own(lane);
    fresh_ &= ~bit;
    const std::optional<std::uint64_t> next = supply_.next();
    if (!next) {
      active_ &= ~bit;  // the lane idles on with what it has; nobody looks at it
      return;
    }
    trajectory_[lane] = run_.first + *next;
    run_.initial.sample(key_, trajectory_[lane], dim_, point_.data());
    lanes_.put(point_.data(), lane, x_.data());
    if (double* exits = results_.log10_saddle_exits) {
      exits += row(lane) * static_cast<std::uint64_t>(dim_);
      std::fill_n(exits, dim_, __builtin_nan(""));
      std::fill_n(results_.common.saddle_exits + row(lane) * static_cast<std::uint64_t>(dim_), dim_, -1);
    }
    t_ = select(from_bits(bit), Lanes(0.0), t_);
    h_ = select(from_bits(bit), Lanes(0.0), h_);
    steps_[lane] = evaluations_[lane] = rests_[lane] = 0;
    left_[lane] = 0;
    active_ |= bit;
    fresh_ |= bit;
    underflowed_ &= ~bit;
    rejected_ &= ~bit;
  }

  const IntegratedRun& run_;
  const FlowResults& results_;
  Supply supply_;

  FlowLanes lanes_;
  const Landscape& landscape_;  // as rows of Lanes see it
  int dim_, rows_;
  PhiloxKey key_;
  bool apart_;
  std::uint64_t most_;  // steps
  DormandPrince rule_;
  Block x_;
  Block anchor_;  // where each lane has been resting, if it rests
  Lanes t_ = 0.0, h_ = 0.0;
  Lanes size_ = 0.0;  // the largest |x_j|
  bool look_;         // the criterion looks at the gradient, or at f
  Estimate value_;
  Estimate* seen_;  // &value_ if it looks at f
  Block inside_, inside_gradient_;
  bool extended_ = false;
  std::vector<double> point_, start_;  // one trajectory's
  std::optional<Finisher> finisher_;   // of lanes

  LaneSet active_ = 0;       // lanes that carry a trajectory
  LaneSet fresh_ = 0;        // of them those that have not begun
  LaneSet underflowed_ = 0;  // lanes whose trajectory has been seen to underflow
  LaneSet rejected_ = 0;     // lanes whose last step was not accepted
  std::uint64_t trajectory_[kLanes] = {}, steps_[kLanes] = {}, evaluations_[kLanes] = {};
  std::uint64_t rests_[kLanes] = {};  // accepted steps near the anchor
  int left_[kLanes] = {};             // how many coordinates have left their saddles
  std::uint64_t clock_ = 0;           // steps of this block
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics integrate_flow(const IntegratedRun& run, const FlowResults& results,
                           const std::function<bool(std::uint64_t)>& poll) {
  if (!flows_solo(run, results)) {
    IntegratedRun lanes = run;
    lanes.threads = workers_of(run);
    return run_refilling_workers<Integrator>(lanes, results, results.common, poll);
  }
  Diagnostics total =
      run_workers<Integrator>(run, results, results.common, 1, Crew({}, workers_of(run), run.count), poll);
  total.threads = run.threads;
  total.solo = true;
  return total;
}

}  // namespace saddlesim
