#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "saddlesim/dormand_prince.hpp"
#include "saddlesim/follow.hpp"
#include "saddlesim/solo_run.hpp"

namespace saddlesim {

namespace {

// One point as Lanes: in all of them alike, or folded.
class Field {
 public:
  Field(const Landscape& landscape, int threads) : spread_(landscape), dim_(landscape.dim()) {
    const auto* const solo = dynamic_cast<const Solo*>(&landscape);
    if (!solo || !use_solo) return;
    team_ = std::make_unique<Team>(threads);
    folded_ = std::make_unique<Folded>(landscape, *solo, *team_);
  }

  const Landscape& landscape() const { return folded_ ? *folded_ : spread_; }
  int dim() const { return dim_; }
  // Coordinate j of what has landscape().dim() rows.
  double at(const Lanes* rows, int j) const { return folded_ ? Folded::numbers(rows)[j] : rows[j][0]; }
  Block rows_of(const std::vector<double>& point) const {
    Block rows(landscape().dim());
    for (int j = 0; j < dim_; ++j) {
      const Real x = static_cast<Real>(point[static_cast<std::size_t>(j)]);
      if (folded_) {
        Folded::numbers(rows.data())[j] = x;
      } else {
        rows[j] = x;
      }
    }
    return rows;
  }

 private:
  const Landscape& spread_;
  int dim_;
  std::unique_ptr<Team> team_;
  std::unique_ptr<Folded> folded_;
};

double largest(const Lanes& a) {
  Real most = a[0];
  for (int lane = 1; lane < kLanes; ++lane) most = std::max(most, a[lane]);
  return most;
}

// Errors are judged as integrate_flow() does, steps are chosen much as there.
class FlowFollower final : public Follower {
 public:
  FlowFollower(const Landscape& landscape, const FlowTolerance& tolerance, const Start& start, int threads)
      : field_(landscape, threads), tolerance_(tolerance), rule_(field_.landscape()) {
    std::vector<double> point(static_cast<std::size_t>(field_.dim()));
    start.initial.sample(PhiloxKey(start.key), start.trajectory, field_.dim(), point.data());
    x_ = field_.rows_of(point);
    field_.landscape().gradient(x_.data(), rule_.gradient(), rule_.scratch(), nullptr);
  }
  void point(double* x) const override {
    for (int j = 0; j < field_.dim(); ++j) x[j] = field_.at(x_.data(), j);
  }
  double value() override { return field_.landscape().value(x_.data(), rule_.scratch())[0]; }
  double gradient_norm() override {
    double norm2 = 0.0;
    for (int j = 0; j < field_.dim(); ++j) {
      const double slope = field_.at(rule_.gradient(), j);
      norm2 = fma(slope, slope, norm2);
    }
    return std::sqrt(norm2);
  }

 private:
  static constexpr double kFirst = 0x1p-20;  // of what is to be gone through: steps grow fivefold

  void step(double to) override {
    const double rest = to - at_;
    if (length_ == 0.0) length_ = kFirst * rest;
    const double length = std::min(length_, rest);
    rule_.step(x_.data(), Lanes(length), nullptr);
    const Lanes along = length;
    Lanes ways = 0.0, sizes = 0.0, errors = 0.0, slopes = 0.0;  // the largest, of those that are numbers
    Mask numbers = from_bits(kAllLanes);
    for (int j = 0; j < x_.rows(); ++j) {
      const Lanes end = rule_.end()[j], off = abs(rule_.error(j, along));
      raise(ways, abs(end - x_[j]));
      raise(sizes, abs(x_[j]));
      raise(errors, off);
      raise(slopes, abs(rule_.gradient()[j]));
      numbers = numbers & is_finite(end) & is_finite(off);
    }
    const bool finite = to_bits(numbers) == kAllLanes;
    const double way = largest(ways), size = largest(sizes), error = largest(errors), moves = length * largest(slopes);
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

  static void raise(Lanes& most, const Lanes& a) { most = select(most < a, a, most); }

  Field field_;
  FlowTolerance tolerance_;
  DormandPrince rule_;
  Block x_;
  double length_ = 0.0;
};

}  // namespace

std::unique_ptr<Follower> follow_flow(const Landscape& landscape, const FlowTolerance& tolerance, const Start& start,
                                      int threads) {
  return std::make_unique<FlowFollower>(landscape, tolerance, start, threads);
}

}  // namespace saddlesim
