// Landscapes and criteria that are computed elsewhere, many points a call.
#pragma once

#include <memory>
#include <utility>

#include "saddlesim/batch.hpp"
#include "saddlesim/escape.hpp"
#include "saddlesim/gradient_differences.hpp"
#include "saddlesim/landscape.hpp"

namespace saddlesim {

class BatchedLandscape final : public Landscape {
 public:
  // Products are differences of gradients where the function has none.
  BatchedLandscape(std::shared_ptr<const BatchFunction> function, bool has_products, double length_scale)
      : Landscape(function->dim()),
        function_(std::move(function)),
        has_products_(has_products),
        differences_(length_scale) {}

  int scratch_rows() const override { return has_products_ ? 0 : GradientDifferences::scratch_rows(dim()); }
  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  const BatchFunction* batch_function() const override { return function_.get(); }

 private:
  std::shared_ptr<const BatchFunction> function_;
  bool has_products_;
  GradientDifferences differences_;
};

// Holds where the function's value is 1.
class BatchedEscape final : public Escape {
 public:
  explicit BatchedEscape(std::shared_ptr<const BatchFunction> function) : function_(std::move(function)) {}
  LaneSet holds(const Sight& at) const override;
  const BatchFunction* batch_function() const override { return function_.get(); }

 private:
  std::shared_ptr<const BatchFunction> function_;
};

}  // namespace saddlesim
