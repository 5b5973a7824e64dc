#include "saddlesim/solo_run.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dispatch.hpp"
#include "saddlesim/escapes.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "subnormals.hpp"

namespace saddlesim {

namespace {

Block block_of(int numbers) { return Block((numbers + kLanes - 1) / kLanes); }

// What simulate_solo() does, or null.
const Solo* solo_of(const Run& run) { return dynamic_cast<const Solo*>(&run.landscape); }
const GradientDescent* descent_of(const Run& run) { return dynamic_cast<const GradientDescent*>(&run.method); }

bool holds(const Escape& escape, const SoloDescent& at) {
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
        descent_(run.landscape, *solo_of(run), descent_of(run)->step_size(), team_) {}

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
    descent_.start(run_.initial, PhiloxKey(run_.key), run_.first + row);
    for (std::int64_t t = 0;; ++t) {
      if (stop.load(std::memory_order_relaxed)) {
        diagnostics_.stopped = true;
        return record(row, t, Outcome::censored);
      }
      descent_.look();
      if (holds(run_.escape, descent_)) return record(row, t, Outcome::escaped);
      if (run_.max_steps >= 0 && t >= run_.max_steps) return record(row, t, Outcome::censored);
      const SoloDescent::Moved moved = descent_.step();
      if (moved.unchanged) return record(row, t, Outcome::stalled);
      if (!moved.finite) return record(row, t + 1, Outcome::diverged);
    }
  }

  void record(std::uint64_t row, std::int64_t t, Outcome outcome) {
    descent_.look();
    const int dim = descent_.dim();
    const Real norm2 = descent_.gradient_norm2(), value = descent_.value();
    const bool finite = std::all_of(descent_.x(), descent_.x() + dim, [](Real x) { return std::isfinite(x); });
    if (!finite || !std::isfinite(value) || std::isnan(norm2)) outcome = Outcome::diverged;  // as the finisher
    results_.steps[row] = t;
    results_.outcome[row] = static_cast<std::int8_t>(outcome);
    results_.underflowed[row] = false;
    results_.value[row] = value;
    results_.gradient_norm[row] = std::sqrt(norm2);
    results_.perturbations[row] = run_.method.perturbations(nullptr, 0);
    const Costs costs = run_.method.costs(nullptr, 0, t);
    results_.gradients[row] = costs.gradients;
    results_.values[row] = costs.values;
    results_.products[row] = costs.products;
    if (results_.points) std::copy_n(descent_.x(), dim, results_.points + row * static_cast<std::uint64_t>(dim));
    diagnostics_.trajectory_steps += static_cast<std::uint64_t>(t);
  }

  const Run& run_;
  const Results& results_;
  Team team_;
  SoloDescent descent_;
  Diagnostics diagnostics_;
};

}  // namespace

SoloDescent::SoloDescent(const Landscape& landscape, const Solo& solo, double step_size, Team& team)
    : solo_(solo),
      team_(team),
      dim_(landscape.dim()),
      step_(static_cast<Real>(step_size)),
      x_(block_of(dim_)),
      gradient_(block_of(dim_)),
      scratch_(solo.solo_scratch()) {}

void SoloDescent::start(const Initial& initial, const PhiloxKey& key, std::uint64_t trajectory) {
  std::vector<double> point(static_cast<std::size_t>(dim_));
  initial.sample(key, trajectory, dim_, point.data());
  std::transform(point.begin(), point.end(), numbers(x_), [](double x) { return static_cast<Real>(x); });
  looked_ = false;
}

void SoloDescent::look() {
  if (!looked_) value_ = solo_.solo_gradient(numbers(x_), numbers(gradient_), scratch_.data(), team_);
  looked_ = true;
}

SoloDescent::Moved SoloDescent::step() {
  look();
  looked_ = false;
  constexpr int kPiece = 8192 / kLanes;  // in Lanes; the numbers beyond the last one are 0, and stay so
  std::atomic<bool> unchanged{true}, finite{true};
  const int parts = std::clamp(x_.rows() / kPiece, 1, 8 * team_.threads());
  team_.run(parts, [&](int part) {
    const Lanes eta = -static_cast<double>(step_);
    Watch watch;
    const auto begin = static_cast<int>(std::int64_t{x_.rows()} * part / parts);
    const auto end = static_cast<int>(std::int64_t{x_.rows()} * (part + 1) / parts);
    for (int j = begin; j < end; ++j) {
      const Lanes next = fma(eta, gradient_[j], x_[j]);
      watch.see(x_[j], next);
      x_[j] = next;
    }
    if (watch.unchanged() != kAllLanes) unchanged.store(false, std::memory_order_relaxed);
    if (watch.finite() != kAllLanes) finite.store(false, std::memory_order_relaxed);
  });
  return {unchanged, finite};
}

Real SoloDescent::gradient_norm2() const {
  Real sum = 0;
  for (int j = 0; j < dim_; ++j) sum = fma_real(gradient()[j], gradient()[j], sum);
  return sum;
}

bool is_solo(const Run& run, const Results& results) {
  if (!use_solo || results.saddle_exits || !solo_of(run) || !descent_of(run)) return false;
  if (!dynamic_cast<const ValueBelow*>(&run.escape) && !dynamic_cast<const GradientBelow*>(&run.escape)) return false;
  // A lane is up to four times quicker in small networks, where registers are not filled from within. A block that
  // outgrows the second cache is slower even with all its lanes.
  constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 22;
  const auto lanes = static_cast<std::uint64_t>(2 * run.landscape.dim() + run.landscape.scratch_rows());
  return run.count * 4 <= static_cast<std::uint64_t>(kLanes * run.threads) || lanes * sizeof(Lanes) > kMostBytes;
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
