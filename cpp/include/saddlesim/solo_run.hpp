// Gradient descent of one trajectory at a time, with SIMD and a team of threads within it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "saddlesim/engine.hpp"
#include "saddlesim/solo.hpp"

namespace saddlesim {

// Whether runs from now on are taken one trajectory at a time where that is cheaper. Only their speed depends on it, which
// tests hold.
inline std::atomic<bool> use_solo{true};

// A trajectory at x_t, and what is known there.
class SoloDescent {
 public:
  SoloDescent(const Landscape& landscape, const Solo& solo, double step_size, Team& team);

  void start(const Initial& initial, const PhiloxKey& key, std::uint64_t trajectory);
  // Computes f and its gradient, once at each x_t.
  void look();
  struct Moved {
    bool unchanged, finite;
  };
  // x_t to x_{t+1}; looks first.
  Moved step();

  const Real* x() const { return numbers(x_); }
  // As of the last look.
  Real value() const { return value_; }
  const Real* gradient() const { return numbers(gradient_); }
  // Of the gradient, summed as in a lane.
  Real gradient_norm2() const;
  int dim() const { return dim_; }

 private:
  static const Real* numbers(const Block& block) { return reinterpret_cast<const Real*>(block.data()); }
  static Real* numbers(Block& block) { return reinterpret_cast<Real*>(block.data()); }

  const Solo& solo_;
  Team& team_;
  int dim_;
  Real step_;
  Block x_, gradient_, scratch_;
  Real value_ = 0;
  bool looked_ = false;
};

// Whether simulate() hands a run over to simulate_solo().
bool is_solo(const Run& run, const Results& results);

// The same as simulate().
Diagnostics simulate_solo(const Run& run, const Results& results, const std::function<bool(std::uint64_t)>& poll);

}  // namespace saddlesim
