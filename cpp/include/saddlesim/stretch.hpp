// Many steps at once, for combinations of landscape, method and criterion that are worth code of their own.
//
// A stretch takes the very steps that the engine would take, with the same bits, for as long as nothing happens of which
// the engine must know; whatever happens then is left to the engine. So a stretch may end early at any time, and need not
// know how trajectories end.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "saddlesim/escape.hpp"
#include "saddlesim/method.hpp"

namespace saddlesim {

// Belongs to one thread.
class Stretch {
 public:
  virtual ~Stretch() = default;

  // Takes at most `most` steps of all lanes and returns how many it took; flight.x is where they led, and flight.step is
  // the caller's to advance. At every point that it steps from, in every active lane: the criterion does not hold, x is in
  // the domain and finite, nothing is to be noticed (Notice), the method does not change its state, and x moves. Where the
  // last step led need not even be finite.
  virtual std::uint64_t advance(Flight& flight, LaneSet active, std::uint64_t most) = 0;
};

// Whether runs from now on use stretches where there are any. Only their speed depends on it, which tests hold.
inline std::atomic<bool> use_stretches{true};

// The stretch for a combination, or null where there is none.
std::unique_ptr<Stretch> make_stretch(const Landscape& landscape, const Method& method, const Escape& escape);

}  // namespace saddlesim
