#include "saddlesim/trace.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "dispatch.hpp"
#include "exact/octopus_path.hpp"
#include "exact/start_block.hpp"
#include "saddlesim/lanczos.hpp"

namespace saddlesim {

namespace {

// Writes what is at x into a column of the lanes' rows; lanes that are `gone` get NaN.
class Observer {
 public:
  Observer(const Landscape& landscape, const TraceRun& run, const TraceResults& results)
      : landscape_(landscape),
        run_(run),
        results_(results),
        key_(run.key),
        gradient_(landscape.dim()),
        scratch_(landscape.scratch_rows()) {
    if (results.min_eigenvalue || results.max_eigenvalue) lanczos_.emplace(landscape, results.most_products);
  }

  void note(const Lanes* x, LaneSet gone, std::uint64_t row, int lanes, std::size_t column) {
    const Lanes value = landscape_.value(x, scratch_.data());
    gone |= landscape_.gradient(x, gradient_.data(), scratch_.data(), nullptr).outside;
    const Mask inside = from_bits(kAllLanes & ~gone);
    Lanes norm2 = 0.0;
    for (int j = 0; j < landscape_.dim(); ++j) norm2 = fma(gradient_[j], gradient_[j], norm2);
    const Lanes nan = __builtin_nan("");
    const Lanes shown = select(inside, value, nan), norm = select(inside, sqrt(norm2), nan);
    write(shown, results_.value, row, lanes, column);
    write(norm, results_.gradient_norm, row, lanes, column);
    if (lanczos_) note_curvature(x, gone, row, lanes, column);
  }

 private:
  void note_curvature(const Lanes* x, LaneSet gone, std::uint64_t row, int lanes, std::size_t column) {
    Words trajectory = 0;
    for (int lane = 0; lane < lanes; ++lane) trajectory.set(lane, run_.first + row + static_cast<std::uint64_t>(lane));
    const KrylovGoal goal{
        .most_steps = results_.most_products, .tolerance = 1e-9, .both_ends = results_.max_eigenvalue != nullptr};
    lanczos_->draw_start(key_, trajectory, Words(0));
    lanczos_->run(x, nullptr, 0, goal, kAllLanes & ~gone, scratch_.data());
    write(lanczos_->smallest(), results_.min_eigenvalue, row, lanes, column);
    write(lanczos_->largest(), results_.max_eigenvalue, row, lanes, column);
  }

  void write(const Lanes& numbers, double* to, std::uint64_t row, int lanes, std::size_t column) const {
    for (int lane = 0; to && lane < lanes; ++lane)
      to[(row + static_cast<std::uint64_t>(lane)) * run_.steps.size() + column] = numbers[lane];
  }

  const Landscape& landscape_;
  const TraceRun& run_;
  const TraceResults& results_;
  PhiloxKey key_;
  Block gradient_, scratch_;
  std::optional<Lanczos> lanczos_;
};

}  // namespace

bool trace(const TraceRun& run, const Landscape& landscape, const Method& method, const TraceResults& results,
           const std::function<bool(std::uint64_t)>& poll) {
  const int dim = landscape.dim();
  const PhiloxKey key(run.key);
  return for_blocks(landscape, run.count, run.threads, poll, [&](const std::atomic<bool>& stop) {
    return [&, observer = Observer(landscape, run, results), x = Block(dim), gradient = Block(dim),
            state = Block(method.state_rows(dim)), counters = BlockOf<Words>(method.counter_rows()),
            method_scratch = Block(method.scratch_rows(dim)), scratch = Block(landscape.scratch_rows()),
            start = std::vector<double>(static_cast<std::size_t>(dim))](std::uint64_t row, int lanes) mutable {
      Flight flight{landscape,      x.data(), gradient.data(), state.data(), counters.data(), method_scratch.data(),
                    scratch.data(), Words(0), Words(0)};
      for (int lane = 0; lane < kLanes; ++lane) {
        const std::uint64_t trajectory = run.first + row + static_cast<std::uint64_t>(std::min(lane, lanes - 1));
        run.initial.sample(key, trajectory, dim, start.data());
        for (int j = 0; j < dim; ++j) x[j].set(lane, start[static_cast<std::size_t>(j)]);
        flight.trajectory.set(lane, trajectory);
        method.start(state.data(), counters.data(), lane, dim);
      }
      std::int64_t t = 0;
      LaneSet gone = 0;
      for (std::size_t column = 0; column < run.steps.size(); ++column) {
        for (; t < run.steps[column] && !stop.load(std::memory_order_relaxed); ++t) {
          gone |= landscape.gradient(x.data(), gradient.data(), scratch.data(), nullptr).outside;
          const StepReport report = take_step(method, flight);
          gone |= ~report.finite | report.returned | report.outside;
          flight.step = flight.step + Words(1);
        }
        observer.note(x.data(), gone, row, lanes, column);
      }
    };
  });
}

bool trace_exactly(const TraceRun& run, const Octopus& octopus, double step_size, const TraceResults& results,
                   const std::function<bool(std::uint64_t)>& poll) {
  const int dim = octopus.dim();
  const OctopusRates rates(octopus, step_size);
  return for_blocks(octopus, run.count, run.threads, poll, [&](const std::atomic<bool>& stop) {
    return [&, observer = Observer(octopus, run, results), walk = OctopusWalk(rates, dim),
            path = OctopusPath(octopus, rates), starts = StartBlock(run.initial, run.key, dim),
            x = Block(dim)](std::uint64_t row, int lanes) mutable {
      starts.load(run.first + row, lanes);
      walk.run<Twofold>(starts.magnitudes().data(), stop);
      for (std::size_t column = 0; column < run.steps.size() && !stop.load(std::memory_order_relaxed); ++column) {
        const Twofold time(static_cast<double>(run.steps[column]));
        for (int lane = 0; lane < lanes; ++lane) {
          path.follow(walk, starts.point(lane), lane, stop);
          path.go_to(time);
          for (int j = 0; j < dim; ++j) x[j].set(lane, path.point(j));
        }
        observer.note(x.data(), to_bits(walk.outside() & (walk.outside_time() <= time)), row, lanes, column);
      }
    };
  });
}

}  // namespace saddlesim
