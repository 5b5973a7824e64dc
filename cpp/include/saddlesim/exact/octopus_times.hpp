// Escape times of gradient descent on the octopus by the walk, for every criterion the engine knows.
#pragma once

#include <functional>

#include "saddlesim/engine.hpp"
#include "saddlesim/landscapes/octopus.hpp"

namespace saddlesim {

// What the exact path tells besides Results. All arrays have a row a trajectory.
struct ExactResults {
  Results common;  // steps and saddle_exits are -1 where they are not known to the last digit
  double* log10_steps;
  double* log10_saddle_exits;  // count x dim, NaN if never; or null: not wanted
  double* tie_distance;        // how near the nearest decision came to falling the other way, relative
  double*
      underflow_margin;  // log2 of the smallest coordinate that matters later, over 2^-1022; negative: plain doubles fail
  bool* redone;          // too near a tie in double precision, so decided in twice the precision
};

// How a criterion is found on a path.
enum class Search {
  past_last_saddle,  // the walk's own end
  reaches_minimum,   // in closed form: max_j ||x_j| - 4 tau| <= tolerance, which must be below 2 tau
  first_hold         // the criterion does not hold on an initial part of each linear stretch and holds on the rest
};

struct ExactRun {
  const Octopus& octopus;
  const Initial& initial;
  double step_size;
  const Escape& escape;
  Search search;
  double tolerance;  // of reaches_minimum
  std::uint64_t key;
  std::uint64_t first, count;
  std::int64_t max_steps;  // negative: no budget
  int threads;
};

// Trajectories that start with a coordinate at zero stay at that coordinate's saddle: `stalled`, from the step at which
// the coordinates before it have left.
Diagnostics simulate_exactly(const ExactRun& run, const ExactResults& results,
                             const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
