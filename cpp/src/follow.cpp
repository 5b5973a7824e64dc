#include "saddlesim/follow.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "saddlesim/parallel.hpp"
#include "saddlesim/solo_run.hpp"

namespace saddlesim {

namespace {

class SoloFollower final : public Follower {
 public:
  SoloFollower(const Landscape& landscape, const Solo& solo, const Method& method, const Start& start, int threads)
      : team_(threads), path_(landscape, solo, method, team_) {
    path_.start(start.initial, PhiloxKey(start.key), start.trajectory);
  }
  void point(double* x) const override { std::copy_n(path_.x(), path_.dim(), x); }
  double value() override {
    path_.look();
    return path_.value();
  }
  double gradient_norm() override {
    path_.look();
    return std::sqrt(path_.gradient_norm2());
  }

 private:
  void step(double /*to*/) override {
    finite_ = path_.step().finite;
    ++at_;
  }

  Team team_;
  SoloPath path_;
};

// In all lanes alike.
class LaneFollower final : public Follower {
 public:
  LaneFollower(const Landscape& landscape, const Method& method, const Start& start)
      : landscape_(landscape),
        method_(method),
        x_(landscape.dim()),
        gradient_(landscape.dim()),
        state_(method.state_rows(landscape.dim())),
        counters_(method.counter_rows()),
        method_scratch_(method.scratch_rows(landscape.dim())),
        scratch_(landscape.scratch_rows()),
        flight_{landscape,        x_.data(),
                gradient_.data(), state_.data(),
                counters_.data(), method_scratch_.data(),
                scratch_.data(),  Words(start.trajectory),
                Words(0)} {
    std::vector<double> point(static_cast<std::size_t>(landscape.dim()));
    start.initial.sample(PhiloxKey(start.key), start.trajectory, landscape.dim(), point.data());
    for (int j = 0; j < landscape.dim(); ++j) x_[j] = Lanes(point[static_cast<std::size_t>(j)]);
    for (int lane = 0; lane < kLanes; ++lane) method.start(state_.data(), counters_.data(), lane, landscape.dim());
  }
  void point(double* x) const override {
    for (int j = 0; j < x_.rows(); ++j) x[j] = x_[j][0];
  }
  double value() override { return landscape_.value(x_.data(), scratch_.data())[0]; }
  double gradient_norm() override {
    landscape_.gradient(x_.data(), gradient_.data(), scratch_.data(), nullptr);
    Lanes norm2 = 0.0;
    for (int j = 0; j < x_.rows(); ++j) norm2 = fma(gradient_[j], gradient_[j], norm2);
    return std::sqrt(norm2[0]);
  }

 private:
  void step(double /*to*/) override {
    if (method_.starts_with_gradient()) landscape_.gradient(x_.data(), gradient_.data(), scratch_.data(), nullptr);
    finite_ = (take_step(method_, flight_).finite & 1U) != 0;
    flight_.step = flight_.step + Words(1);
    ++at_;
  }

  const Landscape& landscape_;
  const Method& method_;
  Block x_, gradient_, state_;
  BlockOf<Words> counters_;
  Block method_scratch_, scratch_;
  Flight flight_;
};

}  // namespace

bool Follower::advance(double to, const std::function<bool(double)>& poll) {
  std::atomic<double> seen{at_};
  run_threads(
      1,
      [&](int, const std::atomic<bool>& stop) {
        while (finite_ && at_ < to && !stop.load(std::memory_order_relaxed)) {
          step(to);
          seen.store(at_, std::memory_order_relaxed);
        }
      },
      [&] { return poll(seen.load(std::memory_order_relaxed)); }, std::chrono::milliseconds(50));
  return !finite_ || at_ >= to;
}

std::unique_ptr<Follower> follow(const Landscape& landscape, const Method& method, const Start& start, int threads) {
  const auto* solo = dynamic_cast<const Solo*>(&landscape);
  if (solo && use_solo && goes_solo(method))
    return std::make_unique<SoloFollower>(landscape, *solo, method, start, threads);
  return std::make_unique<LaneFollower>(landscape, method, start);
}

}  // namespace saddlesim
