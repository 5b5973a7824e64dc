#include "saddlesim/solo_run.hpp"

#include <algorithm>
#include <vector>

#include "dispatch.hpp"
#include "finisher.hpp"
#include "saddlesim/escapes.hpp"
#include "saddlesim/methods/momentum.hpp"
#include "subnormals.hpp"

namespace saddlesim {

namespace {

bool holds(const Escape& escape, const SoloPath& at) {
  if (const auto* value = dynamic_cast<const ValueBelow*>(&escape)) return value->holds_at(at.value());
  return static_cast<const GradientBelow&>(escape).holds_at(at.gradient(), at.dim());
}

// One team's trajectories, one after the other.
class SoloWorker {
 public:
  SoloWorker(const Run& run, const Results& results, int threads)
      : run_(run),
        results_(results),
        team_(threads),
        path_(run.landscape, dynamic_cast<const Solo&>(run.landscape), run.method, team_) {}

  Diagnostics work(WorkQueue& queue, std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
    const FlushedSubnormals flushed;
    for (auto piece = queue.take(); piece.begin < piece.end; piece = queue.take()) {
      if (stop.load(std::memory_order_relaxed)) {
        diagnostics_.stopped = true;
        break;
      }
      follow(piece.begin, stop);
      finished.fetch_add(1, std::memory_order_relaxed);
    }
    diagnostics_.lane_steps = diagnostics_.trajectory_steps;
    return diagnostics_;
  }

 private:
  // The engine's steps, and its words for how they end.
  void follow(std::uint64_t row, const std::atomic<bool>& stop) {
    path_.start(run_.initial, PhiloxKey(run_.key), run_.first + row);
    for (std::int64_t t = 0;; ++t) {
      if (stop.load(std::memory_order_relaxed)) {
        diagnostics_.stopped = true;
        return record(row, t, Outcome::censored);
      }
      path_.look();
      if (holds(run_.escape, path_)) return record(row, t, Outcome::escaped);
      if (run_.max_steps >= 0 && t >= run_.max_steps) return record(row, t, Outcome::censored);
      const SoloPath::Moved moved = path_.step();
      if (moved.unchanged) return record(row, t, Outcome::stalled);
      if (!moved.finite) return record(row, t + 1, Outcome::diverged);
    }
  }

  void record(std::uint64_t row, std::int64_t t, Outcome outcome) {
    path_.look();
    results_.steps[row] = t;
    results_.outcome[row] = static_cast<std::int8_t>(outcome);
    results_.underflowed[row] = false;
    results_.perturbations[row] = run_.method.perturbations(nullptr, 0);
    const Costs costs = run_.method.costs(nullptr, 0, t);
    results_.gradients[row] = costs.gradients;
    results_.values[row] = costs.values;
    results_.products[row] = costs.products;
    finish_single(results_, row, {path_.x(), path_.gradient(), path_.dim(), path_.value()});
    diagnostics_.trajectory_steps += static_cast<std::uint64_t>(t);
  }

  const Run& run_;
  const Results& results_;
  Team team_;
  SoloPath path_;
  Diagnostics diagnostics_;
};

}  // namespace

SoloPath::SoloPath(const Landscape& landscape, const Solo& solo, const Method& method, Team& team)
    : team_(team),
      minibatches_(dynamic_cast<const StochasticGradientDescent*>(&method)),
      descent_(minibatches_ ? minibatches_->step_size() : 0.0),
      method_(minibatches_ ? descent_ : method),
      dim_(landscape.dim()),
      folded_(landscape, solo, team),
      x_(folded_.dim()),
      gradient_(folded_.dim()),
      state_(method_.state_rows(folded_.dim())),
      method_scratch_(method_.scratch_rows(folded_.dim())),
      scratch_(folded_.scratch_rows()),
      batch_scratch_(minibatches_ ? minibatches_->solo_samples()->solo_scratch() : 0) {}

void SoloPath::start(const Initial& initial, const PhiloxKey& key, std::uint64_t trajectory) {
  std::vector<double> point(static_cast<std::size_t>(dim_));
  initial.sample(key, trajectory, dim_, point.data());
  std::transform(point.begin(), point.end(), Folded::numbers(x_.data()), [](double x) { return static_cast<Real>(x); });
  for (int lane = 0; lane < kLanes; ++lane) method_.start(state_.data(), nullptr, lane, folded_.dim());
  looked_ = false;
  trajectory_ = trajectory;
  steps_ = 0;
}

void SoloPath::look() {
  if (looked_) return;
  Estimate estimate;
  folded_.gradient(x_.data(), gradient_.data(), scratch_.data(), &estimate);
  value_ = estimate.f[0];
  looked_ = true;
}

// Where a method needs no gradient but that at x, its step is cut into parts.
SoloPath::Moved SoloPath::step() {
  const bool from_here = method_.starts_with_gradient();
  if (minibatches_) {
    minibatches_->solo_gradient(trajectory_, steps_, x(), Folded::numbers(gradient_.data()), batch_scratch_.data(),
                                team_);
  } else if (from_here) {
    look();
  }
  looked_ = false;
  ++steps_;
  constexpr int kPiece = 8192 / kLanes;
  std::atomic<bool> unchanged{true}, finite{true};
  const int rows = x_.rows(), parts = from_here ? std::clamp(rows / kPiece, 1, 8 * team_.threads()) : 1;
  team_.run(parts, [&](int part) {
    const auto begin = static_cast<int>(std::int64_t{rows} * part / parts);
    const auto end = static_cast<int>(std::int64_t{rows} * (part + 1) / parts);
    const Folded own = folded_.part(end - begin);
    Lanes* const state = state_.rows() > 0 ? state_.data() + begin : nullptr;
    Flight flight{own,     x_.data() + begin,      gradient_.data() + begin, state,
                  nullptr, method_scratch_.data(), scratch_.data(),          Words(0),
                  Words(0)};
    const StepReport report = method_.step(flight);
    if (report.unchanged != kAllLanes) unchanged.store(false, std::memory_order_relaxed);
    if (report.finite != kAllLanes) finite.store(false, std::memory_order_relaxed);
  });
  return {unchanged && !minibatches_, finite};
}

Real SoloPath::gradient_norm2() const {
  Real sum = 0;
  for (int j = 0; j < dim_; ++j) sum = fma_real(gradient()[j], gradient()[j], sum);
  return sum;
}

bool goes_solo(const Method& method) {
  if (const auto* minibatches = dynamic_cast<const StochasticGradientDescent*>(&method))
    return minibatches->solo_samples() != nullptr;
  return dynamic_cast<const GradientDescent*>(&method) || dynamic_cast<const Momentum*>(&method);
}

const Solo* worth_solo(const Landscape& landscape, std::uint64_t count, int threads) {
  const auto* const solo = dynamic_cast<const Solo*>(&landscape);
  if (!use_solo || !solo) return nullptr;
  // A lane is up to four times quicker in small networks, where registers are not filled from within. A block that
  // outgrows the second cache is slower even with all its lanes.
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 22;
  const auto lanes =
      static_cast<std::uint64_t>(2 * landscape.dim()) + static_cast<std::uint64_t>(landscape.scratch_rows());
  const bool few = count * 4 <= static_cast<std::uint64_t>(kLanes * threads);
  return few || lanes * sizeof(Lanes) > kMostBytes ? solo : nullptr;
}

bool is_solo(const Run& run, const Results& results) {
  if (results.saddle_exits || !goes_solo(run.method)) return false;
  if (!dynamic_cast<const ValueBelow*>(&run.escape) && !dynamic_cast<const GradientBelow*>(&run.escape)) return false;
  return worth_solo(run.landscape, run.count, run.threads) != nullptr;
}

Diagnostics simulate_solo(const Run& run, const Results& results, const std::function<bool(std::uint64_t)>& poll) {
  std::fill_n(results.outcome, run.count, kNotStarted);
  const int teams = static_cast<int>(std::min<std::uint64_t>(run.count, static_cast<std::uint64_t>(run.threads)));
  WorkQueue queue(run.count, 1);
  Diagnostics total =
      dispatch(Crew({}, std::max(teams, 1), run.count), poll,
               [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
                 return SoloWorker(run, results, run.threads / std::max(teams, 1)).work(queue, finished, stop);
               });
  total.threads = run.threads;
  total.solo = true;
  return total;
}

}  // namespace saddlesim
