// The mathematics of f, on blocks of trajectories.
#pragma once

#include <stdexcept>

#include "saddlesim/lanes.hpp"
#include "saddlesim/spheres.hpp"

namespace saddlesim {

// What an evaluation noticed, lane by lane.
struct Notice {
  LaneSet outside;      // x is not in the set on which f is defined
  LaneSet underflowed;  // a coordinate that matters later is subnormal: steps counted from here on are wrong
};

// f as it is had beside a gradient: f itself lies within `uncertainty` of `f`.
struct Estimate {
  Lanes f = 0.0, uncertainty = 0.0;
};

class BatchFunction;

// A function f on R^dim. Holds no trajectory state and knows no method; one object serves all threads.
//
// Blocks are arrays of Lanes, one for each coordinate. `scratch` is scratch_rows() Lanes that the call may
// overwrite. No call may let one lane's numbers depend on another's.
class Landscape {
 public:
  explicit Landscape(int dim) : dim_(dim) {
    if (dim < 1) throw std::invalid_argument("dim must be at least 1");
  }
  virtual ~Landscape() = default;
  Landscape(const Landscape&) = delete;
  Landscape& operator=(const Landscape&) = delete;

  int dim() const { return dim_; }
  virtual int scratch_rows() const { return 0; }

  virtual Lanes value(const Lanes* x, Lanes* scratch) const = 0;
  // Estimates f too, unless `value` is null: most of it is at hand there, or a cheap form of it. An uncertainty of 0
  // says that the bits are those of value(), which has all digits also where f is nearly 0.
  virtual Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const = 0;
  // The Hessian at x times v.
  virtual void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const = 0;

  // The manifold on which f lives. Where there is one, gradient and Hessian are the Riemannian ones.
  virtual Spheres spheres() const { return {}; }

  // Whether each coordinate of the gradient is right to within roundings of that coordinate of x, however small it is
  // beside others; elsewhere sums over all of x round.
  virtual bool rounds_apart() const { return false; }

  // Lanes in which x lies outside the set on which f is defined.
  virtual LaneSet outside(const Lanes* /*x*/) const { return 0; }

  // Whether a coordinate of x that matters later has underflowed although it did not start at zero.
  virtual bool underflowed(const double* /*x*/, const double* /*start*/) const { return false; }

  // Coordinate j leaves its saddle when |x_j| first exceeds this; 0 where saddles are not passed one coordinate a time.
  virtual double saddle_exit() const { return 0.0; }

  // What is called for many blocks at once on its behalf; null where a landscape computes by itself.
  virtual const BatchFunction* batch_function() const { return nullptr; }

 private:
  int dim_;
};

}  // namespace saddlesim
