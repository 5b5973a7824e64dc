// One trajectory that is followed for a while, looked at, and followed further.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "saddlesim/flow.hpp"
#include "saddlesim/initial.hpp"
#include "saddlesim/method.hpp"

namespace saddlesim {

class Follower {
 public:
  virtual ~Follower() = default;

  // Goes on until `to` (steps from the start; of a flow, time), or until x is not finite. poll(at) is called on the
  // calling thread some twenty times a second and answers false to stop. Answers whether it was not stopped.
  bool advance(double to, const std::function<bool(double)>& poll);

  double at() const { return at_; }
  bool finite() const { return finite_; }
  virtual void point(double* x) const = 0;
  // f and the norm of its gradient at x.
  virtual double value() = 0;
  virtual double gradient_norm() = 0;

 protected:
  // One step, of a flow one that goes no further than `to`: moves at_, or finite_ turns false.
  virtual void step(double to) = 0;

  double at_ = 0.0;
  bool finite_ = true;
};

// Who starts where: a trajectory of simulate() with the same numbers.
struct Start {
  const Initial& initial;
  std::uint64_t key, trajectory;
};

// All refer to the landscape and the method. Bits are those of simulate(); a Solo landscape is followed by a team of
// `threads` where the method goes so, everything else in a lane.
std::unique_ptr<Follower> follow(const Landscape& landscape, const Method& method, const Start& start, int threads);

// Steps end where advance() does: numbers depend on where one looked, within the tolerance.
std::unique_ptr<Follower> follow_flow(const Landscape& landscape, const FlowTolerance& tolerance, const Start& start,
                                      int threads);

}  // namespace saddlesim
