// One trajectory at a time, with SIMD and a team of threads within it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "saddlesim/engine.hpp"
#include "saddlesim/folded.hpp"

namespace saddlesim {

// Whether trajectories and points are from now on taken one at a time where that is cheaper. Only the speed depends on it,
// which tests hold.
inline std::atomic<bool> use_solo{true};

// What computes so many trajectories or points one at a time, if that is cheaper than in lanes; otherwise null.
const Solo* worth_solo(const Landscape& landscape, std::uint64_t count, int threads);

// Whether a method does the same to each coordinate and remembers nothing but numbers of coordinates: then SoloPath can go by
// it.
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
  const Method& method_;
  int dim_;
  Folded folded_;
  Block x_, gradient_, state_, method_scratch_, scratch_;
  Real value_ = 0;
  bool looked_ = false;
};

// Whether simulate() hands a run over to simulate_solo().
bool is_solo(const Run& run, const Results& results);

// The same as simulate().
Diagnostics simulate_solo(const Run& run, const Results& results, const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
