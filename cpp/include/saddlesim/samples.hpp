// The samples that f is a mean or a sum of, as minibatches see them: every lane looks at samples of its own.
//
// A landscape itself may have reduced its samples to something cheaper; these are the raw ones, made only for a run that
// draws minibatches.
#pragma once

#include <algorithm>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// A minibatch's gradient is taken in three: begin(), add() for at most kTile samples a lane at a time, end(). It is the
// gradient of a mean over the batch, scaled so that its expectation over uniform samples is the gradient of f.
//
// `scratch` is scratch_rows() Lanes that stay untouched from begin() to end(). No call lets one lane's numbers depend on
// another's.
class Samples {
 public:
  static constexpr int kTile = 8;

  Samples(int dim, int count) : dim_(dim), count_(count) {}
  virtual ~Samples() = default;
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;

  int dim() const { return dim_; }
  int count() const { return count_; }
  virtual int scratch_rows() const = 0;

  // Writes to the gradient what f has beside its samples: nothing, as a rule.
  virtual void begin(const Lanes* /*x*/, Lanes* gradient, Lanes* /*scratch*/) const {
    std::fill_n(gradient, dim_, Lanes(0.0));
  }
  // Adds what the samples which[0], ..., which[size - 1] have, 1 / batch of it.
  virtual void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient,
                   Lanes* scratch) const = 0;
  virtual void end(const Lanes* /*x*/, Lanes* /*gradient*/, Lanes* /*scratch*/) const {}

 private:
  int dim_, count_;
};

}  // namespace saddlesim
