// The escape criteria there are.
#pragma once

#include <cmath>
#include <vector>

#include "saddlesim/escape.hpp"
#include "saddlesim/radius.hpp"

namespace saddlesim {

// |x - center| >= radius.
class LeavesBall final : public Escape {
 public:
  LeavesBall(std::vector<double> center, double radius) : center_(std::move(center)), radius_(radius) {}
  LaneSet holds(const Sight& at) const override;

 private:
  std::vector<double> center_;
  Radius radius_;
};

// |P (x - center)| >= radius, P the projection onto the span of orthonormal rows.
class LeavesSubspace final : public Escape {
 public:
  LeavesSubspace(std::vector<double> center, const std::vector<double>& basis, double radius);
  LaneSet holds(const Sight& at) const override;

 private:
  struct Entry {
    int coordinate;
    double weight;
  };
  std::vector<double> center_;
  std::vector<std::vector<Entry>> rows_;  // without the zeros, so that axis-aligned subspaces cost what they should
  Radius radius_;
};

// Every |x_j| > level: beyond the octopus's last saddle.
class EveryCoordinateBeyond final : public Escape {
 public:
  explicit EveryCoordinateBeyond(double level) : level_(level) {}
  LaneSet holds(const Sight& at) const override;
  bool holds_at(double x) const { return std::fabs(x) > level_; }  // of one coordinate
  double level() const { return level_; }

 private:
  double level_;
};

// f(x) < level.
class ValueBelow final : public Escape {
 public:
  explicit ValueBelow(double level) : level_(level) {}
  double level() const { return level_; }
  LaneSet holds(const Sight& at) const override;
  Sees sees() const override { return Sees::value; }
  bool holds_at(Real value) const { return !(value >= static_cast<Real>(level_)); }

 private:
  double level_;
};

// |gradient(x)| < level.
class GradientBelow final : public Escape {
 public:
  explicit GradientBelow(double level) : level_(level) {}
  LaneSet holds(const Sight& at) const override;
  Sees sees() const override { return Sees::gradient; }
  bool holds_at(const Real* gradient, int dim) const {
    return level_.squared(gradient, dim) < static_cast<Real>(level_.level);
  }

 private:
  Radius level_;
};

// |gradient(x)| <= gradient_tolerance and no eigenvalue of the Hessian below -curvature_tolerance.
//
// That some eigenvalue is below is seen for certain, by a Ritz value; that none is, by Lanczos's iteration from one random
// start, up to a probability of a millionth over starts, or after `most_products` Hessian-vector products.
class SecondOrderStationary final : public Escape {
 public:
  SecondOrderStationary(double gradient_tolerance, double curvature_tolerance, int most_products)
      : gradient_tolerance_(gradient_tolerance),
        curvature_tolerance_(curvature_tolerance),
        most_products_(most_products) {}
  LaneSet holds(const Sight& at) const override;
  Sees sees() const override { return Sees::gradient; }

 private:
  Radius gradient_tolerance_;
  double curvature_tolerance_;
  int most_products_;
};

// max_j ||x_j| - target| <= tolerance: near a minimum, up to the mirror images.
class NearMirroredPoint final : public Escape {
 public:
  NearMirroredPoint(double target, double tolerance) : target_(target), tolerance_(tolerance) {}
  LaneSet holds(const Sight& at) const override;
  bool holds_at(double x) const { return std::fabs(std::fabs(x) - target_) <= tolerance_; }  // of one coordinate
  double target() const { return target_; }
  double tolerance() const { return tolerance_; }

 private:
  double target_, tolerance_;
};

}  // namespace saddlesim
