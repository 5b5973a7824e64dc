// Lanczos's iteration on the Hessians at a block of points, from Hessian-vector products alone.
//
// Every lane has its own Krylov space, which all of its vectors are kept orthogonal in (full reorthogonalisation), and
// ends for itself: its numbers are those of its point and its start, whatever the other lanes do.
#pragma once

#include <atomic>
#include <vector>

#include "saddlesim/folded.hpp"
#include "saddlesim/random.hpp"

namespace saddlesim {

// When a lane has seen enough of its Krylov space.
struct KrylovGoal {
  int most_steps;          // Hessian-vector products
  double tolerance;        // of the estimated residual |H y - theta y|, in units of the norm of H; 0: never
  bool both_ends = false;  // of the spectrum: the largest eigenvalue is wanted as well
  // For the question whether an eigenvalue lies below `level`: ends where one does, and where none does but with this
  // probability over random starts. 0: no such question. With a tolerance it ends where one does only when the smallest one
  // is known to that, so that its vector is.
  double level = 0.0, failure_probability = 0.0;
};

class Lanczos {
 public:
  Lanczos(const Landscape& landscape, int most_steps);
  // At one point of so many coordinates: x, the deflated vectors and what is found are rows of the folded landscape,
  // numbers are the same in all lanes, and so must be what lanes are told.
  Lanczos(const Folded& point, int dim, int most_steps);

  // The random start of a lane: N(0, I), a function of (key, index, draw) alone.
  void draw_start(const PhiloxKey& key, const Words& index, const Words& draw);

  // Runs in `lanes` from the start drawn, in the complement of `deflations` orthonormal vectors of dim rows each (those
  // that are zero count for nothing) and, on spheres, in the tangent space. Leaves off where `stop` turns true.
  void run(const Lanes* x, const Lanes* deflated, int deflations, const KrylovGoal& goal, LaneSet lanes, Lanes* scratch,
           const std::atomic<bool>* stop = nullptr);

  // Of the run: the lanes in which an eigenvalue below the goal's level was seen. Where none was asked for: Ritz values at
  // both ends of the spectrum, and how many steps were taken.
  LaneSet below() const { return below_; }
  const Doubles& smallest() const { return smallest_; }
  const Doubles& largest() const { return largest_; }
  const Words& steps() const { return steps_; }
  const Doubles* diagonal() const { return diagonal_.data(); }  // of the tridiagonal matrix
  const Doubles* coupling() const { return coupling_.data(); }

  // The unit Ritz vector at an end, with its Rayleigh quotient and the norm of H y - quotient y, both computed from a
  // further Hessian-vector product.
  struct Pair {
    const Lanes* vector;
    Lanes quotient, residual;
  };
  Pair smallest_pair(Lanes* scratch) { return pair(low_, scratch); }
  Pair largest_pair(Lanes* scratch) { return pair(high_, scratch); }

 private:
  Lanczos(const Landscape& landscape, int dim, bool folded, int most_steps);

  template <int kCount>
  void inner_group(const Lanes* const* vectors, const Lanes* w, Lanes* sums) const;
  Lanes inner(const Block& a, const Block& b) const;
  template <int kCount>
  void remove_group(const Lanes* const* vectors, const Mask& where);
  LaneSet begin();
  LaneSet extend(Lanes* scratch);
  void remove(const Lanes* const* vectors, int count, LaneSet where);
  void remove_normals(LaneSet where);
  void remove_all(LaneSet where);
  LaneSet look(double sign, const Doubles& tolerance, LaneSet lanes, BlockOf<Doubles>& coefficients, Doubles& value);
  LaneSet check(const KrylovGoal& goal, LaneSet lanes, LaneSet must);
  LaneSet look_at_ends(const KrylovGoal& goal, LaneSet lanes, LaneSet ended);
  Pair pair(const BlockOf<Doubles>& coefficients, Lanes* scratch);

  const Landscape& landscape_;
  int dim_, rows_;  // coordinates, and the Lanes that a vector is
  bool folded_;
  int size_ = 0;  // vectors of the basis that have their row in the tridiagonal matrix
  std::vector<Block> basis_;
  std::vector<const Lanes*> deflated_;
  BlockOf<Doubles> diagonal_, coupling_, vector_, pivots_, low_, high_;
  Block next_, product_;
  const Lanes* x_ = nullptr;
  Doubles smallest_ = 0.0, largest_ = 0.0, norm_ = 0.0;
  Words steps_ = 0;
  LaneSet below_ = 0;
};

}  // namespace saddlesim
