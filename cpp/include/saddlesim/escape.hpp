// The predicates that end a trajectory, and the ways in which one can end.
#pragma once

#include <cstdint>
#include <memory>

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// The numbers are those of saddlesim.Outcome.
enum class Outcome : std::int8_t { escaped = 0, censored = 1, stalled = 2, returned = 3, outside = 4, diverged = 5 };

enum class Sees { point, gradient, value };  // value: f and its gradient

// What a criterion is shown of a block of trajectories.
struct Sight {
  const Landscape& landscape;
  const Lanes* x;
  const Estimate& value;  // only if it sees() Sees::value
  const Lanes* gradient;  // only if it sees() more than the point
  Lanes* scratch;         // Landscape::scratch_rows() rows
};

// Holds or does not, for x_t alone: no counter, no memory.
class Escape {
 public:
  virtual ~Escape() = default;
  // The lanes in which the criterion holds. A lane with a NaN may answer either way: the engine looks again.
  virtual LaneSet holds(const Sight& at) const = 0;
  // What it looks at. The engine computes the gradient before it asks, where needed, and the step then uses it.
  virtual Sees sees() const { return Sees::point; }
  // As Landscape::batch_function().
  virtual const BatchFunction* batch_function() const { return nullptr; }
};

}  // namespace saddlesim
