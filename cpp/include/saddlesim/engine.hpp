// The one loop: blocks of trajectories are stepped together, a lane whose trajectory ends is given the next one.
#pragma once

#include <exception>
#include <functional>

#include "saddlesim/escape.hpp"
#include "saddlesim/initial.hpp"
#include "saddlesim/method.hpp"

namespace saddlesim {

// What to run: trajectories first, ..., first + count - 1.
struct Run {
  const Landscape& landscape;
  const Initial& initial;
  const Method& method;
  const Escape& escape;
  std::uint64_t key;  // of the start points
  std::uint64_t first, count;
  std::int64_t max_steps;  // negative: no budget
  int threads;
};

// Where the results go: row i belongs to trajectory first + i. All arrays have `count` rows.
struct Results {
  std::int64_t* steps;   // t at the end
  std::int8_t* outcome;  // an Outcome; kNotStarted where a stop came first
  bool* underflowed;
  double* value;          // f at the end
  double* gradient_norm;  // |gradient| at the end
  std::int64_t* perturbations;
  std::int64_t *gradients, *values, *products;  // Costs; -1 where there is nothing to count or it is not known
  std::int64_t* saddle_exits;  // count x dim: when each coordinate left its saddle, -1 if never; or null: not wanted
  double* points;              // count x dim: x at the end; or null: not wanted
};
inline constexpr std::int8_t kNotStarted = -1;

struct Diagnostics {
  std::uint64_t trajectory_steps = 0;  // of all trajectories together
  std::uint64_t lane_steps = 0;        // kLanes for each step of a block; the quotient is the lane occupancy
  int threads = 0;                     // that worked
  bool solo = false;                   // each trajectory had all lanes of a register for itself
  bool stopped = false;                // poll asked to stop; trajectories in flight are censored where they were
  // What a function of somebody else's threw: trajectories in flight are left out, and the last of those that had ended
  // have no value and no gradient norm (NaN).
  std::exception_ptr failure;
};

// Runs to the end, or until `poll`, called with the number of finished trajectories some ten times a second on the
// calling thread, answers false. Results depend on (key, trajectory) and the objects only.
Diagnostics simulate(const Run& run, const Results& results, const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
