// Gradient, noise and step in one pass over the coordinates. Nothing can happen but the criterion, which is looked at
// before every step: numbers that are not large cannot become infinite in a few steps, and what grows moves.
#include "quadratic_walk.hpp"

#include <algorithm>
#include <cmath>

namespace saddlesim {

namespace {

constexpr double kLarge = 0x1p400;
constexpr double kRoom = 500.0;  // octaves from there on, a long way before infinity

// How many steps take no number that is at most kLarge in magnitude beyond 2^(400 + kRoom).
std::uint64_t steps_without_overflow(const QuadraticSaddle& saddle, double step_size, double noise) {
  double steepest = 0.0;
  for (const double a : saddle.eigenvalues()) steepest = std::max(steepest, std::fabs(a));
  // Deviates are less than 2^3, so noise never exceeds what is there; nor does a gradient overflow where x does not.
  if (!(std::fabs(noise) < kLarge * 0x1p-4) || !(steepest < 0x1p100)) return 0;
  const double factor = 2.0 + std::fabs(step_size) * steepest;
  return static_cast<std::uint64_t>(std::min(kRoom / std::log2(factor), 1000.0));  // 0 where the factor is infinite
}

class QuadraticWalk : public Stretch {
 public:
  QuadraticWalk(const QuadraticSaddle& saddle, const Escape& escape, std::uint64_t most)
      : eigenvalues_(saddle.eigenvalues()), escape_(escape), most_(most) {}

  std::uint64_t advance(Flight& flight, LaneSet active, std::uint64_t most) final {
    if (active & ~ordinary(flight.x)) return 0;
    const std::uint64_t end = std::min(most, most_);
    std::uint64_t taken = 0;
    for (; taken < end; ++taken) {
      if (active & escape_.holds({flight.landscape, flight.x, Estimate{}, nullptr, flight.scratch})) break;
      step(flight, flight.step + Words(taken));
    }
    return taken;
  }

 protected:
  // Lanes of which no coordinate is large or NaN, and what else a method needs.
  virtual LaneSet ordinary(const Lanes* x) const {
    Mask small = from_bits(kAllLanes);
    for (int j = 0; j < rows(); ++j) small = small & (abs(x[j]) <= Lanes(kLarge));
    return to_bits(small);
  }
  virtual void step(Flight& flight, const Words& t) const = 0;

  int rows() const { return static_cast<int>(eigenvalues_.size()); }
  const std::vector<double>& eigenvalues_;

 private:
  const Escape& escape_;
  std::uint64_t most_;
};

class NoisyWalk final : public QuadraticWalk {
 public:
  NoisyWalk(const QuadraticSaddle& saddle, const NoisyGradientDescent& method, const Escape& escape, std::uint64_t most)
      : QuadraticWalk(saddle, escape, most), method_(method) {}

 private:
  void step(Flight& flight, const Words& t) const override {
    const Lanes eta = -method_.step_size(), amount = method_.scale();
    const double* eigenvalues = eigenvalues_.data();
    Lanes* x = flight.x;
    for_each_normal(method_.key(), Counter(Domain::noise, flight.trajectory, t), rows(), [&](int j, const Lanes& n) {
      x[j] = noisy_step(x[j], eta, Lanes(eigenvalues[j]) * x[j], amount, n);
    });
  }

  const NoisyGradientDescent& method_;
};

class PlainWalk final : public QuadraticWalk {
 public:
  PlainWalk(const QuadraticSaddle& saddle, const GradientDescent& method, const Escape& escape, std::uint64_t most)
      : QuadraticWalk(saddle, escape, most), eta_(-method.step_size()) {}

 private:
  // A lane moves for as long as a coordinate does that grows by a factor of more than 1 + 2^-50.
  LaneSet ordinary(const Lanes* x) const override {
    Mask moves = no_lane();
    for (int j = 0; j < rows(); ++j) {
      if (eta_ * eigenvalues_[static_cast<std::size_t>(j)] > 0x1p-50) moves = moves | (abs(x[j]) > Lanes(0x1p-900));
    }
    return to_bits(moves) & QuadraticWalk::ordinary(x);
  }

  void step(Flight& flight, const Words& /*t*/) const override {
    const Lanes eta = eta_;
    for (int j = 0; j < rows(); ++j)
      flight.x[j] = fma(eta, Lanes(eigenvalues_[static_cast<std::size_t>(j)]) * flight.x[j], flight.x[j]);
  }

  double eta_;
};

}  // namespace

std::unique_ptr<Stretch> noisy_quadratic_walk(const QuadraticSaddle& saddle, const NoisyGradientDescent& method,
                                              const Escape& escape) {
  const std::uint64_t most = steps_without_overflow(saddle, method.step_size(), method.scale());
  if (!saddle.axis_aligned() || method.law() != NoiseLaw::gaussian || escape.sees() != Sees::point || most == 0)
    return nullptr;
  return std::make_unique<NoisyWalk>(saddle, method, escape, most);
}

std::unique_ptr<Stretch> quadratic_walk(const QuadraticSaddle& saddle, const GradientDescent& method,
                                        const Escape& escape) {
  const std::uint64_t most = steps_without_overflow(saddle, method.step_size(), 0.0);
  if (!saddle.axis_aligned() || escape.sees() != Sees::point || most == 0) return nullptr;
  return std::make_unique<PlainWalk>(saddle, method, escape, most);
}

}  // namespace saddlesim
