// How an integrator's trajectories lie in its Lanes: one a lane, or one alone, folded, whose lanes agree on everything.
#pragma once

#include <algorithm>
#include <memory>

#include "saddlesim/escapes.hpp"
#include "saddlesim/folded.hpp"

namespace saddlesim {

class FlowLanes {
 public:
  // A team of `threads` works on a trajectory alone; `solo` is null where there is one a lane.
  FlowLanes(const Landscape& landscape, const Solo* solo, int threads) : whole_(landscape) {
    if (!solo) return;
    team_ = std::make_unique<Team>(threads);
    folded_ = std::make_unique<Folded>(landscape, *solo, *team_);
  }

  bool alone() const { return folded_ != nullptr; }
  // As rows of Lanes see it.
  const Landscape& landscape() const { return alone() ? *folded_ : whole_; }
  int trajectories() const { return alone() ? 1 : kLanes; }

  // The lanes of a trajectory, and one lane of each of those in some lanes.
  LaneSet own(int lane) const { return alone() ? kAllLanes : LaneSet{1} << lane; }
  template <class F>
  void for_trajectories(LaneSet lanes, F f) const {
    for_lanes(alone() ? lanes & 1U : lanes, f);
  }

  // Of what was found row by row: the lanes whose trajectory has it in all rows, and its largest number.
  LaneSet agreed(LaneSet lanes) const { return alone() && lanes != kAllLanes ? 0 : lanes; }
  Lanes largest(const Lanes& a) const { return alone() ? *std::max_element(a.data(), a.data() + kLanes) : a; }

  LaneSet holds(const Escape& escape, const Sight& at) const {
    const auto* const gradient = alone() ? dynamic_cast<const GradientBelow*>(&escape) : nullptr;
    if (!gradient) return escape.holds(at);
    return gradient->holds_at(Folded::numbers(at.gradient), whole_.dim()) ? kAllLanes : 0;
  }

  void put(const double* point, int lane, Lanes* rows) const {
    if (alone()) {
      std::copy_n(point, whole_.dim(), Folded::numbers(rows));
    } else {
      for (int j = 0; j < whole_.dim(); ++j) rows[j].set(lane, point[j]);
    }
  }
  void take(const Lanes* rows, int lane, double* point) const {
    for (int j = 0; j < whole_.dim(); ++j) point[j] = alone() ? Folded::numbers(rows)[j] : rows[j][lane];
  }

 private:
  const Landscape& whole_;
  std::unique_ptr<Team> team_;
  std::unique_ptr<Folded> folded_;
};

}  // namespace saddlesim
