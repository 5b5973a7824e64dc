// f(W) = 1/2 sum_i (u_i - y_i)^2, u_i = m^-1/2 sum_r a_r [w_r . x_i]_+ for a hidden layer of m units with fixed signs
// a_r; x is W, m x d, row by row.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/network.hpp"
#include "saddlesim/row_panels.hpp"
#include "saddlesim/solo.hpp"

namespace saddlesim {

// With n samples, m n d multiplications for the outputs and as many for the gradient; 3 m n d for a Hessian-vector
// product. Unit r is active on sample i where w_r . x_i >= 0 (or is NaN). Between the two passes over the units only
// these patterns are kept, a bit for each lane.
class TwoLayerReLU final : public Landscape, public Solo, public Network {
 public:
  // Which lanes of a register are active, a bit each.
  using Pattern = std::conditional_t<(kWidth > 8), std::uint16_t, std::uint8_t>;

  // X is n x d, row by row, y has n numbers; the signs are +1 or -1.
  TwoLayerReLU(const double* X, const std::vector<double>& y, int d, const std::vector<double>& signs);

  int samples() const override { return samples_.rows(); }
  int scratch_rows() const override;

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;

  int solo_scratch() const override;
  Real solo_value(const Real* x, Lanes* scratch, Team& team) const override;
  Real solo_gradient(const Real* x, Real* gradient, Lanes* scratch, Team& team) const override;
  void solo_hvp(const Real* x, const Real* v, Real* product, Lanes* scratch, Team& team) const override;
  void predict(const double* x, double* predictions) const override;
  std::vector<LayerJacobian> jacobian(const double* x) const override;

 private:
  // What is computed in scratch: sums over the units of either sign for each sample, and the patterns, one for each
  // register: pattern(r)[i * kParts + part].
  struct Work {
    Lanes* positive;
    Lanes* negative;
    Pattern* patterns;
  };
  Work work(Lanes* scratch) const;
  void add_outputs(const Lanes* x, const Work& work) const;
  void add_changes(const Lanes* x, const Lanes* v, const Work& work) const;
  Lanes residuals(const Work& work) const;
  void collect(const Lanes* weights, const Work& work, Lanes* gradient) const;
  template <class Use>
  void for_samples(const double* x, Use use) const;

  // The same for one trajectory, a number or a bit a sample: patterns of 8 units and 8 samples are a word, a byte a unit.
  struct SoloWork {
    Real* positive;
    Real* negative;
    std::uint64_t* patterns;
  };
  SoloWork solo_work(Lanes* scratch) const;
  void solo_predict(const Real* x, Real* outputs, Lanes* scratch, Team& team) const;
  void solo_outputs(const Real* x, const Real* v, const SoloWork& work, Team& team) const;
  Real solo_residuals(const SoloWork& work) const;
  void solo_collect(const SoloWork& work, Real* gradient, Team& team) const;
  static Block pack_columns(const Real* X, int samples, int d);

  int width() const { return static_cast<int>(signs_.size()); }
  Pattern* pattern(const Work& work, int unit) const {
    return work.patterns + std::ptrdiff_t{unit} * samples() * kParts;
  }
  Lanes* sums(const Work& work, int unit) const {
    return signs_[static_cast<std::size_t>(unit)] > 0.0 ? work.positive : work.negative;
  }

  RowPanels samples_, coordinates_;  // X and X'
  Block columns_;                    // X' in panels of registers of samples
  std::vector<Real> X_, y_, signs_;
  Real scale_;  // m^-1/2
};

}  // namespace saddlesim
