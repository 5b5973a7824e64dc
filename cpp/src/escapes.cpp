#include "saddlesim/escapes.hpp"

#include "saddlesim/lanczos.hpp"

namespace saddlesim {

LaneSet LeavesBall::holds(const Sight& at) const {
  const Lanes scale = radius_.scale;
  Lanes sum = 0.0;
  for (int j = 0; j < at.landscape.dim(); ++j) {
    const Lanes y = (at.x[j] - Lanes(center_[static_cast<std::size_t>(j)])) * scale;
    sum = fma(y, y, sum);
  }
  return to_bits(sum >= Lanes(radius_.level));
}

LeavesSubspace::LeavesSubspace(std::vector<double> center, const std::vector<double>& basis, double radius)
    : center_(std::move(center)), radius_(radius) {
  for (std::size_t start = 0; start < basis.size(); start += center_.size()) {
    std::vector<Entry> row;
    for (std::size_t j = 0; j < center_.size(); ++j) {
      if (basis[start + j] != 0.0) row.push_back({static_cast<int>(j), basis[start + j]});
    }
    rows_.push_back(std::move(row));
  }
}

LaneSet LeavesSubspace::holds(const Sight& at) const {
  const Lanes scale = radius_.scale;
  Lanes sum = 0.0;
  for (const auto& row : rows_) {
    Lanes component = 0.0;
    for (const Entry& e : row) {
      component =
          fma(Lanes(e.weight), at.x[e.coordinate] - Lanes(center_[static_cast<std::size_t>(e.coordinate)]), component);
    }
    component = component * scale;
    sum = fma(component, component, sum);
  }
  return to_bits(sum >= Lanes(radius_.level));
}

// The last coordinate is the last to leave, so most calls look at nothing else.
LaneSet EveryCoordinateBeyond::holds(const Sight& at) const {
  LaneSet holds = kAllLanes;
  for (int j = at.landscape.dim() - 1; j >= 0 && holds != 0; --j) holds &= to_bits(abs(at.x[j]) > Lanes(level_));
  return holds;
}

LaneSet ValueBelow::holds(const Sight& at) const {
  const Lanes level = level_;
  Lanes value = at.value.f;
  const Mask unsure = abs(value - level) <= at.value.uncertainty;
  if (any(unsure)) value = select(unsure, at.landscape.value(at.x, at.scratch), value);
  return kAllLanes & ~to_bits(value >= level);
}

LaneSet GradientBelow::holds(const Sight& at) const {
  return to_bits(level_.squared(at.gradient, at.landscape.dim()) < Lanes(level_.level));
}

LaneSet SecondOrderStationary::holds(const Sight& at) const {
  const LaneSet flat =
      to_bits(gradient_tolerance_.squared(at.gradient, at.landscape.dim()) <= Lanes(gradient_tolerance_.level));
  if (flat == 0) return 0;
  Lanczos lanczos(at.landscape, most_products_);
  const KrylovGoal goal{
      .most_steps = most_products_, .tolerance = 0.0, .level = -curvature_tolerance_, .failure_probability = 1e-6};
  lanczos.draw_start(PhiloxKey(0), Words(0), Words(0));  // one for all: the criterion is a function of x_t alone
  lanczos.run(at.x, nullptr, 0, goal, flat, at.scratch);
  return flat & ~lanczos.below();
}

LaneSet NearMirroredPoint::holds(const Sight& at) const {
  LaneSet holds = kAllLanes;
  for (int j = at.landscape.dim() - 1; j >= 0 && holds != 0; --j) {
    holds &= to_bits(abs(abs(at.x[j]) - Lanes(target_)) <= Lanes(tolerance_));
  }
  return holds;
}

}  // namespace saddlesim
