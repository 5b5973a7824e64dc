// One trajectory of a walk: where it is at any time, and when a criterion first holds of it.
#pragma once

#include "saddlesim/escape.hpp"
#include "saddlesim/exact/octopus_walk.hpp"

namespace saddlesim {

// A time, and the point there.
struct Arrival {
  bool found = false;
  Twofold time = Twofold(0.0);  // in every lane
  double log10_time = -__builtin_inf();
  bool certified = true;
};

class OctopusPath {
 public:
  OctopusPath(const Octopus& octopus, const OctopusRates& rates)
      : octopus_(octopus), rates_(rates), x_(octopus.dim()), gradient_(octopus.dim()) {}

  // Follows the trajectory in one lane of a walk from its start.
  void follow(const OctopusWalk& walk, const double* start, int lane, const std::atomic<bool>& stop);

  // The first time, before the trajectory leaves the domain, at which the criterion holds. After a hit, point() is where.
  Arrival first_hold(const Escape& escape);
  // The first time at which every coordinate is within tolerance < 2 tau of 4 tau.
  Arrival reaches_minimum(double tolerance) const;
  // Moves to a time; point() is where the trajectory is then.
  void go_to(const Twofold& time);
  // Moves to where it ends up: the saddle it is stuck at, or the minimum.
  void go_to_limit();
  double point(int j) const { return x_[j][chosen_]; }

  // The stage that is never left: that of the first coordinate at zero, or dim for the descent to the minimum.
  int terminal_stage() const { return terminal_; }
  Twofold begin(int stage) const;
  Twofold exit(int stage) const { return same(walk_->stage(stage).exit); }

 private:
  Twofold same(const Twofold& t) const { return {Lanes(t.high[lane_]), Lanes(t.low[lane_])}; }
  // The states in a linear stretch at the times of the lanes; from there, one plain step.
  void place(int stage, const Twofold& time);
  void step();
  Twofold entry(int stage) const { return begin(stage) + same(walk_->stage(stage).jump); }
  LaneSet holding(const Escape& escape);
  bool stopped() const { return stop_->load(std::memory_order_relaxed); }
  // Whether a stage is so far out that only logarithms of its times are known.
  bool lost(int stage) const { return begin(stage).high[0] >= kCountedTo; }

  // All of them look at times after the first, at which the criterion is known not to hold.
  bool search_stretch(const Escape& escape, int stage, Twofold low, Twofold high, Arrival& arrival);
  bool search_connection(const Escape& escape, int stage, Arrival& arrival);
  bool search_lost(const Escape& escape, int stage, Arrival& arrival);
  bool search_terminal(const Escape& escape, Arrival& arrival);
  Arrival arrive(int stage, const Twofold& time) const;

  // kLanes coordinates of the trajectory side by side, on the way from their exits to the minimum.
  struct Side {
    Side(const OctopusPath& path, int first);
    Lanes landing;  // where each is at its exit
    Twofold exit;
    Mask present, settled;  // there is such a coordinate; it left so long ago that it has arrived
  };
  // As place(), when all have left their saddles.
  void place_near_minimum(const Twofold& time);
  // How many steps after its exit a coordinate is within the tolerance.
  struct Settling {
    Twofold steps;
    bool certain;
  };
  Settling settling(int coordinate, double tolerance) const;

  const Octopus& octopus_;
  const OctopusRates& rates_;
  const OctopusWalk* walk_ = nullptr;
  const double* start_ = nullptr;
  const std::atomic<bool>* stop_ = nullptr;  // searches give up soon after it turns true
  int lane_ = 0, terminal_ = 0;
  Block x_, gradient_;  // a time in each lane
  int chosen_ = 0;      // the lane of point()
};

}  // namespace saddlesim
