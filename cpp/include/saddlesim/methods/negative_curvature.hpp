// Gradient descent that looks for negative curvature where the gradient is small, and steps along it.
#pragma once

#include "saddlesim/method.hpp"
#include "saddlesim/radius.hpp"

namespace saddlesim {

// Where |gradient(x)| <= gradient_threshold a unit vector v with v'Hv = -c < -curvature_tolerance is looked for. If there is
// one, x+ is the better of x +- 2 c / hessian_lipschitz v, which lowers f by 2 c^3 / (3 hessian_lipschitz^2) at least; if
// there is none, x is returned. Elsewhere x+ = x - step_size * gradient.
//
// The search is by Lanczos's iteration on Hessian-vector products, or by gradients alone (Neon: Xu, Jin and Yang,
// "First-order stochastic algorithms for escaping from saddle points in almost linear time", NeurIPS 2018): u+ = u -
// step_size (gradient(x + u) - gradient(x)) from a tiny random u, a power iteration of I - step_size H as long as u is
// small. Where |u| has grown by what curvature_tolerance foretells, its direction has the curvature.
class NegativeCurvatureDescent final : public Method {
 public:
  struct Parameters {
    double step_size, gradient_threshold, curvature_tolerance, hessian_lipschitz;
    bool by_gradients;         // Neon
    double probe_radius;       // the largest |u|
    std::int64_t most_probes;  // steps of u, or Hessian-vector products
  };
  NegativeCurvatureDescent(const Parameters& parameters, std::uint64_t key);

  StepReport step(Flight& flight) const override;
  int counter_rows() const override { return kCounters; }
  int scratch_rows(int dim) const override { return 3 * dim; }
  void start(Lanes* state, Words* counters, int lane, int dim) const override;
  std::int64_t perturbations(const Words* counters, int lane) const override;  // steps along negative curvature
  Costs costs(const Words* counters, int lane, std::int64_t steps) const override;

 private:
  enum Count { kMoves, kGradients, kProducts, kCounters };

  // Both write v to the scratch and return c in the lanes in which there is one.
  Lanes search_by_products(Flight& flight, LaneSet lanes, LaneSet* found) const;
  Lanes search_by_gradients(Flight& flight, LaneSet lanes, LaneSet* found) const;
  void move(Flight& flight, const Mask& lanes, const Lanes& curvature) const;

  Parameters p_;
  Radius gradient_threshold_;
  PhiloxKey key_;
};

}  // namespace saddlesim
