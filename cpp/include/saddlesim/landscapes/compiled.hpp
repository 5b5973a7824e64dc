// Landscapes that are C functions of somebody else's, called from all threads. The signatures are those of saddlesim.h.
#pragma once

#include <cstdint>

#include "saddlesim/gradient_differences.hpp"
#include "saddlesim/landscape.hpp"

namespace saddlesim {

using PointFunction = double (*)(const double* x, double* gradient, std::int64_t dim, void* user_data);
using PointProduct = void (*)(const double* x, const double* v, double* product, std::int64_t dim, void* user_data);
using BlockFunction = void (*)(const double* x, double* gradient, double* value, std::int64_t dim, std::int64_t lanes,
                               void* user_data);
using BlockProduct = void (*)(const double* x, const double* v, double* product, std::int64_t dim, std::int64_t lanes,
                              void* user_data);

// One point a call, in the lanes that matter and are finite.
class PointLandscape final : public Landscape {
 public:
  // Without `product` Hessian-vector products are differences of gradients.
  PointLandscape(int dim, PointFunction function, PointProduct product, void* user_data, double length_scale)
      : Landscape(dim), function_(function), product_(product), user_data_(user_data), differences_(length_scale) {}

  // Three blocks as rows, and what differences need.
  int scratch_rows() const override { return 3 * dim() + (product_ ? 0 : GradientDifferences::scratch_rows(dim())); }
  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;

 private:
  // Puts points into the first dim() rows of `scratch` and gradients into the next; answers which lanes.
  LaneSet compute(const Lanes* x, Lanes* scratch, Lanes* value) const;

  PointFunction function_;
  PointProduct product_;
  void* user_data_;
  GradientDifferences differences_;
};

// A block a call, coordinate by coordinate, as the core itself computes.
class BlockLandscape final : public Landscape {
 public:
  BlockLandscape(int dim, BlockFunction function, BlockProduct product, void* user_data, double length_scale)
      : Landscape(dim), function_(function), product_(product), user_data_(user_data), differences_(length_scale) {}

  int scratch_rows() const override { return product_ ? 0 : GradientDifferences::scratch_rows(dim()); }
  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;

 private:
  BlockFunction function_;
  BlockProduct product_;
  void* user_data_;
  GradientDifferences differences_;
};

}  // namespace saddlesim
