// One update rule, on blocks of trajectories.
#pragma once

#include <cstdint>

#include "saddlesim/landscape.hpp"
#include "saddlesim/random.hpp"

namespace saddlesim {

// The lanes of one block as a method sees them. `gradient` holds the gradient at x when a step begins.
struct Flight {
  const Landscape& landscape;
  Lanes* x;               // dim rows
  Lanes* gradient;        // dim rows
  Lanes* state;           // Method::state_rows(dim) rows, the method's own, carried along with each trajectory
  Words* counters;        // Method::counter_rows() rows of whole numbers, the same
  Lanes* method_scratch;  // Method::scratch_rows(dim) rows
  Lanes* scratch;         // Landscape::scratch_rows() rows
  Words trajectory;       // ids
  Words step;             // t: how many updates each trajectory has had
};

// How lanes fared in a step.
struct StepReport {
  LaneSet unchanged;    // the whole state is what it was, and so will be for ever (deterministic methods only)
  LaneSet finite;       // the new x is finite
  LaneSet returned;     // the method's own termination test fired; x is the point it returns
  LaneSet outside = 0;  // the step looked where f is not defined; x is what it was
};

// What a trajectory has cost: evaluations of the gradient, of f, and Hessian-vector products.
struct Costs {
  std::int64_t gradients, values, products;
};

// x_t to x_{t+1}. Holds parameters only; what a trajectory must remember lives in Flight::state and
// Flight::counters.
class Method {
 public:
  virtual ~Method() = default;
  virtual StepReport step(Flight& flight) const = 0;
  // Whether a step begins with Flight::gradient; others take gradients elsewhere, at their own cost.
  virtual bool starts_with_gradient() const { return true; }
  virtual int state_rows(int /*dim*/) const { return 0; }
  virtual int counter_rows() const { return 0; }
  virtual int scratch_rows(int /*dim*/) const { return 0; }
  // Prepares the state and the counters of one lane for a new trajectory.
  virtual void start(Lanes* /*state*/, Words* /*counters*/, int /*lane*/, int /*dim*/) const {}
  virtual std::int64_t perturbations(const Words* /*counters*/, int /*lane*/) const { return 0; }
  // What so many steps of a lane's trajectory have cost. What a criterion looks at is not the method's.
  virtual Costs costs(const Words* /*counters*/, int /*lane*/, std::int64_t steps) const { return {steps, 0, 0}; }
};

// Adds to a counter in some lanes.
SADDLESIM_INLINE void count(Words& counter, const WideMask& lanes, const Words& amount = Words(1)) {
  counter = counter + select(lanes, amount, Words(0));
}

// One step, and back onto the manifold if the landscape lives on one.
inline StepReport take_step(const Method& method, Flight& flight) {
  const StepReport report = method.step(flight);
  flight.landscape.spheres().retract(flight.x);
  return report;
}

// Collects, row by row, whether anything moved and whether all of it is finite: two instructions a row.
class Watch {
 public:
  SADDLESIM_INLINE void see(const Lanes& before, const Lanes& after) {
    see_change(before, after);
    see(after);
  }
  // Of what x would not be finite without.
  SADDLESIM_INLINE void see_change(const Lanes& before, const Lanes& after) {
    moved_ = moved_ | (as_words(before) ^ as_words(after));
  }
  SADDLESIM_INLINE void see(const Lanes& after) { zero_ = fma(after, Lanes(0.0), zero_); }
  SADDLESIM_INLINE LaneSet unchanged() const { return to_bits(moved_ == Bits(0)); }
  SADDLESIM_INLINE LaneSet finite() const { return to_bits(zero_ == zero_); }

 private:
  Bits moved_ = Bits(0);
  Lanes zero_ = Lanes(0.0);  // stays 0 until a NaN or an infinity turns it into NaN
};

}  // namespace saddlesim
