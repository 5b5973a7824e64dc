// Hessian-vector products by differences, for a landscape that has a gradient only.
#pragma once

#include "saddlesim/landscape.hpp"

namespace saddlesim {

// (gradient(x + h v) - gradient(x - h v)) / (2 h), the step h |v| being 6e-6 (the cube root of a rounding) of the length
// scale, or of the largest |x_j| where that is more: truncation and rounding are then about equal, 1e-10 of the product.
class GradientDifferences {
 public:
  explicit GradientDifferences(double length_scale) : length_scale_(length_scale) {}
  static int scratch_rows(int dim) { return 2 * dim; }
  // `scratch` is scratch_rows(dim) rows, none of which `landscape` may use; `inner` is its own.
  void product(const Landscape& landscape, const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch,
               Lanes* inner) const;

 private:
  double length_scale_;
};

}  // namespace saddlesim
