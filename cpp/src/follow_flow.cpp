#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "saddlesim/dormand_prince.hpp"
#include "saddlesim/follow.hpp"

namespace saddlesim {

namespace {

// In all lanes alike. Errors are judged as integrate_flow() does, steps are chosen much as there.
class FlowFollower final : public Follower {
 public:
  FlowFollower(const Landscape& landscape, const FlowTolerance& tolerance, const Start& start)
      : landscape_(landscape), tolerance_(tolerance), rule_(landscape), x_(landscape.dim()) {
    std::vector<double> point(static_cast<std::size_t>(landscape.dim()));
    start.initial.sample(PhiloxKey(start.key), start.trajectory, landscape.dim(), point.data());
    for (int j = 0; j < x_.rows(); ++j) x_[j] = Lanes(point[static_cast<std::size_t>(j)]);
    landscape.gradient(x_.data(), rule_.gradient(), rule_.scratch(), nullptr);
  }
  void point(double* x) const override {
    for (int j = 0; j < x_.rows(); ++j) x[j] = x_[j][0];
  }
  double value() override { return landscape_.value(x_.data(), rule_.scratch())[0]; }
  double gradient_norm() override {
    double norm2 = 0.0;
    for (int j = 0; j < x_.rows(); ++j) norm2 = fma(rule_.gradient()[j][0], rule_.gradient()[j][0], norm2);
    return std::sqrt(norm2);
  }

 private:
  static constexpr double kFirst = 0x1p-20;  // of what is to be gone through: steps grow fivefold

  void step(double to) override {
    const double rest = to - at_;
    if (length_ == 0.0) length_ = kFirst * rest;
    const double length = std::min(length_, rest);
    rule_.step(x_.data(), Lanes(length), nullptr);
    double way = 0.0, size = 0.0, error = 0.0, moves = 0.0;
    bool finite = true;
    for (int j = 0; j < x_.rows(); ++j) {
      const double x = x_[j][0], end = rule_.end()[j][0], off = std::fabs(rule_.error(j, Lanes(length))[0]);
      way = std::max(way, std::fabs(end - x));
      size = std::max(size, std::fabs(x));
      error = std::max(error, off);
      moves = std::max(moves, length * std::fabs(rule_.gradient()[j][0]));
      finite = finite && std::isfinite(end) && std::isfinite(off);
    }
    const double rounding = std::numeric_limits<double>::epsilon() * size + std::numeric_limits<double>::min();
    const bool hopeless = moves <= rounding;  // a step within rounding has an error of rounding
    if (!finite && hopeless) {
      finite_ = false;
      return;
    }
    const double ratio = finite ? error / (tolerance_.relative * way + tolerance_.absolute + rounding) : 2.0;
    const bool accepted = finite && (ratio <= 1.0 || hopeless);
    if (accepted) {
      std::copy_n(rule_.end(), x_.rows(), x_.data());
      std::copy_n(rule_.end_gradient(), x_.rows(), rule_.gradient());
      at_ = length == rest ? to : at_ + length;
    }
    const double fitting = 0.9 / std::sqrt(std::sqrt(ratio));
    const double factor = finite ? std::clamp(fitting, 0.2, accepted ? 5.0 : 0.9) : 0.5;
    if (!accepted || length == length_ || factor < 1.0) length_ = length * factor;
  }

  const Landscape& landscape_;
  FlowTolerance tolerance_;
  DormandPrince rule_;
  Block x_;
  double length_ = 0.0;
};

}  // namespace

std::unique_ptr<Follower> follow_flow(const Landscape& landscape, const FlowTolerance& tolerance, const Start& start) {
  return std::make_unique<FlowFollower>(landscape, tolerance, start);
}

}  // namespace saddlesim
