// A landscape as one trajectory alone sees it, whose coordinates fill Lanes one after the other.
#pragma once

#include "saddlesim/solo.hpp"

namespace saddlesim {

// What is done to each coordinate alike, in each lane alike, may be done to these rows: then kLanes coordinates of one
// trajectory are where the same coordinate of kLanes trajectories would be. Numbers beyond the last coordinate are 0, and
// stay so. No sum over coordinates may be taken by rows.
class Folded final : public Landscape {
 public:
  Folded(const Landscape& landscape, const Solo& solo, Team& team)
      : Folded((landscape.dim() + kLanes - 1) / kLanes, solo, team) {}

  // So many of the rows, for what asks for none of f.
  Folded part(int rows) const { return {rows, solo_, team_}; }

  static const Real* numbers(const Lanes* rows) { return reinterpret_cast<const Real*>(rows); }
  static Real* numbers(Lanes* rows) { return reinterpret_cast<Real*>(rows); }

  int scratch_rows() const override { return solo_.solo_scratch(); }
  Lanes value(const Lanes* x, Lanes* scratch) const override { return solo_.solo_value(numbers(x), scratch, team_); }
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override {
    const Real f = solo_.solo_gradient(numbers(x), numbers(gradient), scratch, team_);
    if (value) value->f = f;
    return {0, 0};
  }
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override {
    solo_.solo_hvp(numbers(x), numbers(v), numbers(product), scratch, team_);
  }

 private:
  Folded(int rows, const Solo& solo, Team& team) : Landscape(rows), solo_(solo), team_(team) {}

  const Solo& solo_;
  Team& team_;
};

}  // namespace saddlesim
