#include "saddlesim/exact/octopus_kicks.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "../dispatch.hpp"
#include "../finisher.hpp"
#include "saddlesim/noise.hpp"

namespace saddlesim {

namespace {

// The coordinates of one trajectory, laid out as a draw of normals delivers them: four Lanes for 4 kLanes coordinates,
// lane l of the k-th of them holding coordinate 4 l + k. Padding is kept at zero.
class Coordinates {
 public:
  explicit Coordinates(int dim) : dim_(dim), groups_((dim + 4 * kLanes - 1) / (4 * kLanes)), x_(4 * groups_) {
    for (int lane = 0; lane < kLanes; ++lane) offsets_.set(lane, 4.0 * lane);
  }
  int groups() const { return groups_; }
  Lanes& part(int group, int k) { return x_[4 * group + k]; }
  // The coordinates' numbers.
  Lanes numbers(int group, int k) const { return offsets_ + Lanes(4.0 * kLanes * group + k); }

  double get(int j) const { return x_[row(j)][(j % (4 * kLanes)) / 4]; }
  void set(int j, double value) { x_[row(j)].set((j % (4 * kLanes)) / 4, value); }

  // Calls f(part, numbers) for every Lanes of coordinates.
  template <class F>
  SADDLESIM_INLINE void each(F f) {
    for (int group = 0; group < groups_; ++group) {
      for (int k = 0; k < 4; ++k) f(part(group, k), numbers(group, k));
    }
  }

 private:
  int row(int j) const { return 4 * (j / (4 * kLanes)) + j % 4; }

  int dim_, groups_;
  Block x_;
  Lanes offsets_;
};

double sum(const Lanes& a) {
  double total = 0.0;
  for (int lane = 0; lane < kLanes; ++lane) total += a[lane];
  return total;
}

class KickedTrajectory {
 public:
  explicit KickedTrajectory(const KickedRun& run)
      : run_(run),
        dim_(run.octopus.dim()),
        tau_(run.octopus.tau()),
        pair_(2, run.octopus.L(), run.octopus.gamma(), tau_),
        single_(1, run.octopus.L(), run.octopus.gamma(), tau_),
        kicks_key_(run.method_key),
        x_(dim_),
        normals_(dim_),
        two_(2),
        two_gradient_(2) {}

  // Runs to the end; saddle_exits, if wanted, has dim entries.
  Outcome run(std::uint64_t trajectory, const double* start, std::int64_t* saddle_exits, const std::atomic<bool>& stop);

  std::int64_t steps() const { return steps_; }
  std::int64_t kicks() const { return kicks_; }
  bool underflowed() const { return underflowed_; }
  double point(int j) const { return x_.get(j); }

 private:
  bool begin(const double* start);
  void settle();
  void kick(std::uint64_t trajectory);
  bool connect(std::int64_t budget);
  void measure();

  const KickedRun& run_;
  int dim_;
  double tau_;
  Octopus pair_, single_;  // the escaping coordinate and its successor, on their own
  PhiloxKey kicks_key_;
  Coordinates x_, normals_;  // the point as of the last settle(); kicks
  Block two_, two_gradient_;

  int stage_ = 0;
  double escaping_ = 0.0;  // x_stage now
  double shrunk_ = 1.0;    // what has become of every other coordinate's distance from its centre since settle()
  double spread2_ = 0.0;   // the sum of the squares of those distances then
  std::int64_t steps_ = 0, kicks_ = 0, kicked_at_ = 0;
  bool underflowed_ = false;
};

// The sum of the squares of the distances of all coordinates but the escaping one from their centres.
void KickedTrajectory::measure() {
  Lanes total = 0.0;
  const Lanes stage = stage_, four_tau = 4.0 * tau_;
  x_.each([&](const Lanes& part, const Lanes& numbers) {
    const Lanes distance = part - select(numbers < stage, copysign(four_tau, part), Lanes(0.0));
    const Lanes other = select(numbers == stage, Lanes(0.0), distance);
    total = fma(other, other, total);
  });
  spread2_ = sum(total);
  shrunk_ = 1.0;
}

// Brings all coordinates up to date.
void KickedTrajectory::settle() {
  const Lanes stage = stage_, four_tau = 4.0 * tau_, shrunk = shrunk_;
  x_.each([&](Lanes& part, const Lanes& numbers) {
    const Lanes centre = select(numbers < stage, copysign(four_tau, part), Lanes(0.0));
    part = fma(part - centre, shrunk, centre);
  });
  if (stage_ < dim_) x_.set(stage_, escaping_);
  measure();
}

// Finds the stage of a start; false if it lies outside the domain.
bool KickedTrajectory::begin(const double* start) {
  bool inside = true, in_turn = true;
  stage_ = dim_;
  for (int j = 0; j < dim_; ++j) {
    const double a = std::fabs(start[j]);
    inside = inside && a <= (in_turn ? 6.0 : 1.0) * tau_;
    if (in_turn && a <= 2.0 * tau_) {
      in_turn = false;
      stage_ = j;
    }
    x_.set(j, start[j]);
  }
  steps_ = kicks_ = 0;
  kicked_at_ = -run_.min_interval;
  underflowed_ = false;
  if (stage_ < dim_) escaping_ = start[stage_];
  measure();
  return inside;
}

void KickedTrajectory::kick(std::uint64_t trajectory) {
  const Counter counter(Domain::kick, Words(trajectory), Words(static_cast<std::uint64_t>(steps_)));
  const Lanes dim = dim_;
  Words index;
  for (int lane = 0; lane < kLanes; ++lane) index.set(lane, static_cast<std::uint64_t>(lane));
  Lanes norm2 = 0.0;
  for (int group = 0; group < x_.groups(); ++group, index = index + Words(kLanes)) {
    const NormalQuad quad = normal_single(philox(kicks_key_, counter.at(index)));
    const Lanes parts[] = {quad.first, quad.second, quad.third, quad.fourth};
    for (int k = 0; k < 4; ++k) {
      Lanes& part = normals_.part(group, k);
      part = select(normals_.numbers(group, k) < dim, parts[k], Lanes(0.0));
      norm2 = fma(part, part, norm2);
    }
  }
  double length2 = sum(norm2);
  if (length2 == 0.0) {
    normals_.set(0, 1.0);
    length2 = 1.0;
  }
  const PhiloxWords w = philox(kicks_key_, counter.at(Words((static_cast<std::uint64_t>(dim_) + 3) / 4)));
  const Lanes amount = Lanes(run_.radius / std::sqrt(length2)) * exp(log(uniform53(w.w0, w.w1)) * Lanes(1.0 / dim_));

  settle();
  for (int group = 0; group < x_.groups(); ++group) {
    for (int k = 0; k < 4; ++k) x_.part(group, k) = fma(amount, normals_.part(group, k), x_.part(group, k));
  }
  escaping_ = x_.get(stage_);
  measure();
  kicked_at_ = steps_;
  ++kicks_;
}

// Steps through a connecting region, until the escaping coordinate has left or the budget is spent; false where the
// trajectory leaves the domain.
bool KickedTrajectory::connect(std::int64_t budget) {
  const bool last = stage_ + 1 == dim_;
  const Octopus& octopus = last ? single_ : pair_;
  const double eta = run_.step_size;
  const double next = last ? 0.0 : x_.get(stage_ + 1);
  two_[0] = Lanes(escaping_);
  two_[1] = Lanes(next * shrunk_);
  underflowed_ = underflowed_ || (next != 0.0 && std::fabs(two_[1][0]) < 0x1p-1022);
  bool inside = true;
  while (inside && std::fabs(escaping_) <= 2.0 * tau_ && steps_ != budget) {
    inside = octopus.gradient(two_.data(), two_gradient_.data(), nullptr, nullptr).outside == 0;
    if (!inside) break;
    for (int j = 0; j < octopus.dim(); ++j) two_[j] = fma(Lanes(-eta), two_gradient_[j], two_[j]);
    escaping_ = two_[0][0];
    shrunk_ *= 1.0 - 2.0 * eta * run_.octopus.L();
    ++steps_;
  }
  settle();
  if (!last) x_.set(stage_ + 1, two_[1][0]);
  return inside && std::fabs(escaping_) <= 6.0 * tau_;
}

Outcome KickedTrajectory::run(std::uint64_t trajectory, const double* start, std::int64_t* saddle_exits,
                              const std::atomic<bool>& stop) {
  if (saddle_exits) std::fill_n(saddle_exits, dim_, -1);
  const bool inside = begin(start);
  if (saddle_exits) std::fill_n(saddle_exits, stage_, 0);
  if (!inside) return Outcome::outside;
  const double eta = run_.step_size, gamma2 = 2.0 * run_.octopus.gamma(), L2 = 2.0 * run_.octopus.L();
  const double shrink = 1.0 - eta * L2, threshold2 = run_.gradient_threshold * run_.gradient_threshold;
  while (stage_ < dim_) {
    if (steps_ == run_.max_steps || stop.load(std::memory_order_relaxed)) {
      settle();
      return Outcome::censored;
    }
    if (std::fabs(escaping_) > tau_) {
      if (!connect(run_.max_steps)) return Outcome::outside;
      if (std::fabs(escaping_) > 2.0 * tau_) {
        if (saddle_exits) saddle_exits[stage_] = steps_;
        ++stage_;
        if (stage_ < dim_) escaping_ = x_.get(stage_);
        measure();
      }
      continue;
    }
    if (steps_ - kicked_at_ >= run_.min_interval) {
      const double rest = L2 * shrunk_, own = gamma2 * escaping_;
      if (std::fma(own, own, rest * rest * spread2_) <= threshold2) kick(trajectory);
    }
    escaping_ = std::fma(-eta, -gamma2 * escaping_, escaping_);
    shrunk_ *= shrink;
    ++steps_;
  }
  return Outcome::escaped;
}

class KickedWorker {
 public:
  KickedWorker(const KickedRun& run, const Results& results, WorkQueue& queue, std::atomic<std::uint64_t>& finished)
      : run_(run),
        results_(results),
        supply_(queue, finished),
        key_(run.key),
        walker_(run),
        final_(run.octopus.dim()),
        start_(static_cast<std::size_t>(run.octopus.dim())),
        finisher_(run.octopus, results, nullptr, run.first) {}

  Diagnostics work(const std::atomic<bool>& stop) {
    while (!stop.load(std::memory_order_relaxed)) {
      const std::optional<std::uint64_t> row = supply_.next();
      if (!row) break;
      one(*row, stop);
    }
    supply_.report();
    finisher_.flush();
    diagnostics_.stopped = stop.load(std::memory_order_relaxed);
    return diagnostics_;
  }

 private:
  void one(std::uint64_t row, const std::atomic<bool>& stop) {
    const int dim = run_.octopus.dim();
    const std::uint64_t trajectory = run_.first + row;
    run_.initial.sample(key_, trajectory, dim, start_.data());
    std::int64_t* exits =
        results_.saddle_exits ? results_.saddle_exits + row * static_cast<std::uint64_t>(dim) : nullptr;
    results_.outcome[row] = static_cast<std::int8_t>(walker_.run(trajectory, start_.data(), exits, stop));
    results_.steps[row] = walker_.steps();
    results_.underflowed[row] = walker_.underflowed();
    results_.perturbations[row] = walker_.kicks();
    results_.gradients[row] = walker_.steps() + walker_.kicks();  // what stepping would have cost
    results_.values[row] = results_.products[row] = 0;
    for (int j = 0; j < dim; ++j) final_[j].set(0, walker_.point(j));
    finisher_.add(row, final_.data(), 0);
    diagnostics_.trajectory_steps += static_cast<std::uint64_t>(walker_.steps());
    supply_.one_ended();
  }

  const KickedRun& run_;
  const Results& results_;
  Supply supply_;
  PhiloxKey key_;
  KickedTrajectory walker_;
  Block final_;
  std::vector<double> start_;
  Finisher finisher_;
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics simulate_kicks(const KickedRun& run, const Results& results,
                           const std::function<bool(std::uint64_t)>& poll) {
  return run_workers<KickedWorker>(run, results, results, Supply::piece(run.count, run.threads),
                                   Crew({}, run.threads, run.count), poll);
}

}  // namespace saddlesim
