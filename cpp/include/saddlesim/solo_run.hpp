// One trajectory at a time, with SIMD and a team of threads within it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "saddlesim/engine.hpp"
#include "saddlesim/folded.hpp"
#include "saddlesim/methods/gradient_descent.hpp"
#include "saddlesim/methods/stochastic_gradient_descent.hpp"

namespace saddlesim {

// Whether trajectories and points are from now on taken one at a time where that is cheaper. Only the speed depends on it,
// which tests hold.
inline std::atomic<bool> use_solo{true};

// What computes so many trajectories or points one at a time, if that is cheaper than in lanes; otherwise null.
const Solo* worth_solo(const Landscape& landscape, std::uint64_t count, int threads);

// Whether SoloPath can go by a method: it does the same to each coordinate, remembering nothing but numbers of coordinates,
// or takes steps along minibatches' gradients.
bool goes_solo(const Method& method);

// A trajectory at x_t, and what is known there.
class SoloPath {
 public:
  SoloPath(const Landscape& landscape, const Solo& solo, const Method& method, Team& team);

  void start(const Initial& initial, const PhiloxKey& key, std::uint64_t trajectory);
  // Computes f and its gradient, once at each x_t.
  void look();
  struct Moved {
    bool unchanged, finite;
  };
  // x_t to x_{t+1}.
  Moved step();

  const Real* x() const { return Folded::numbers(x_.data()); }
  // As of the last look.
  Real value() const { return value_; }
  const Real* gradient() const { return Folded::numbers(gradient_.data()); }
  // Of the gradient, summed as in a lane.
  Real gradient_norm2() const;
  int dim() const { return dim_; }

 private:
  Team& team_;
  const StochasticGradientDescent* minibatches_;  // null where the method draws none
  GradientDescent descent_;                       // along their gradients
  const Method& method_;                          // what steps are taken by
  int dim_;
  Folded folded_;
  Block x_, gradient_, state_, method_scratch_, scratch_, batch_scratch_;
  std::uint64_t trajectory_ = 0, steps_ = 0;
  Real value_ = 0;
  bool looked_ = false;
};

// Whether simulate() hands a run over to simulate_solo().
bool is_solo(const Run& run, const Results& results);

// The same as simulate().
Diagnostics simulate_solo(const Run& run, const Results& results, const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
