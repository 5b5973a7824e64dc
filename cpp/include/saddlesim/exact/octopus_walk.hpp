// Gradient descent on the octopus, walked stage by stage instead of step by step.
//
// Near a saddle gradient descent is linear: the escaping coordinate grows by a = 1 + 2 eta gamma, every waiting one
// shrinks by c = 1 - 2 eta L. So the first step at which the escaping coordinate exceeds tau has a closed form; the
// few steps through the connecting region are taken one by one; and a waiting coordinate is held as its logarithm,
// which does not underflow. A trajectory costs O(dim), however many steps it stands for.
#pragma once

#include <atomic>
#include <vector>

#include "saddlesim/landscapes/octopus.hpp"
#include "saddlesim/twofold.hpp"

namespace saddlesim {

// The parameters of the landscape and the step, and what follows from them.
struct OctopusRates {
  OctopusRates(const Octopus& octopus, double step_size);
  double L, gamma, tau, eta;
  Twofold log_a, log_c, log_tau;  // the same in every lane
};

// Counts from here on are carried as logarithms only: they leave no digits for where a coordinate is.
inline constexpr double kCountedTo = 0x1p100;

// What became of coordinate i of each trajectory of a block; times are steps since the start.
struct OctopusStage {
  Twofold begin;      // when the coordinates before i had all left
  Twofold log_start;  // ln |x_i| then
  Twofold jump;       // steps that x_i then takes to exceed tau
  Twofold exit;       // when |x_i| first exceeds 2 tau; from 2^100 on only the next is right
  Lanes log10_exit;   // its decimal logarithm, right at any size
  Lanes landing;      // |x_i| then
  Mask certified;     // no decision up to here could have fallen the other way
};

// How far the decisions behind the counts were from falling the other way.
struct OctopusCertificate {
  Lanes tie_distance;  // the smallest relative distance of a coordinate from a threshold that it was compared with
  Lanes lowest_log;    // the smallest ln |x_j| of a coordinate that matters later
  Mask doubtful;       // a distance was not larger than its error bound, for a count below 2^63
};

class OctopusWalk {
 public:
  OctopusWalk(const OctopusRates& rates, int dim) : rates_(rates), stages_(static_cast<std::size_t>(dim)) {}

  // Walks a block of starts given by their magnitudes. Numbers in connecting regions are of type Number: Lanes for a
  // first go, Twofold for the doubtful. Gives up, with results undefined, soon after `stop` turns true.
  template <class Number>
  void run(const Lanes* magnitudes, const std::atomic<bool>& stop);

  const OctopusStage& stage(int i) const { return stages_[static_cast<std::size_t>(i)]; }
  const OctopusCertificate& certificate() const { return certificate_; }
  // Lanes that leave the domain, in which stage, and when.
  Mask outside() const { return outside_; }
  Lanes outside_stage() const { return outside_stage_; }
  Twofold outside_time() const { return outside_time_; }
  // The first stage whose coordinate is exactly zero, so that it is never left; dim where there is none.
  Lanes stuck_stage() const { return stuck_stage_; }

 private:
  template <class Number>
  struct Connection;

  void leave_domain(const Mask& lanes, int i, const Twofold& time);
  void judge(const Mask& lanes, const Lanes& distance, const Lanes& error, const Twofold& count);

  OctopusRates rates_;
  std::vector<OctopusStage> stages_;
  OctopusCertificate certificate_;
  Mask outside_;
  Lanes outside_stage_, stuck_stage_;
  Twofold outside_time_;
};

}  // namespace saddlesim
