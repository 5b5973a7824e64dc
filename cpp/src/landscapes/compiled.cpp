#include "saddlesim/landscapes/compiled.hpp"

#include <algorithm>

#include "../lane_rows.hpp"
#include "saddlesim/attention.hpp"

namespace saddlesim {

namespace {

const double* numbers(const Lanes* lanes) { return lanes->data(); }
double* numbers(Lanes* lanes) { return lanes->data(); }

double* point(Lanes* rows, int dim, int lane) { return numbers(rows) + static_cast<std::ptrdiff_t>(lane) * dim; }

// Rows of NaN for the lanes that were not computed.
void fill_others(Lanes* rows, int dim, LaneSet computed) {
  for_lanes(kAllLanes & ~computed, [&](int lane) { std::fill_n(point(rows, dim, lane), dim, __builtin_nan("")); });
}

}  // namespace

Lanes PointLandscape::value(const Lanes* x, Lanes* scratch) const {
  Lanes value;
  compute(x, scratch, &value);
  return value;
}

Notice PointLandscape::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  Lanes f;
  Lanes* const slopes = scratch + dim();
  fill_others(slopes, dim(), compute(x, scratch, value ? &value->f : &f));
  load_rows(numbers(slopes), kLanes, gradient, dim());
  return {0, 0};
}

LaneSet PointLandscape::compute(const Lanes* x, Lanes* scratch, Lanes* value) const {
  const LaneSet lanes = finite_lanes(x, dim());
  Lanes* const slopes = scratch + dim();
  store_rows(x, dim(), 0, kLanes, numbers(scratch));
  *value = __builtin_nan("");
  for_lanes(lanes, [&](int lane) {
    value->set(lane, function_(point(scratch, dim(), lane), point(slopes, dim(), lane), dim(), user_data_));
  });
  return lanes;
}

void PointLandscape::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  if (!product_) return differences_.product(*this, x, v, product, scratch + 3 * dim(), scratch);
  const LaneSet lanes = finite_lanes(x, dim()) & finite_lanes(v, dim());
  Lanes *const vectors = scratch + dim(), *const products = scratch + 2 * dim();
  store_rows(x, dim(), 0, kLanes, numbers(scratch));
  store_rows(v, dim(), 0, kLanes, numbers(vectors));
  for_lanes(lanes, [&](int lane) {
    product_(point(scratch, dim(), lane), point(vectors, dim(), lane), point(products, dim(), lane), dim(), user_data_);
  });
  fill_others(products, dim(), lanes);
  load_rows(numbers(products), kLanes, product, dim());
}

Lanes BlockLandscape::value(const Lanes* x, Lanes* /*scratch*/) const {
  Lanes value;
  function_(numbers(x), nullptr, numbers(&value), dim(), kLanes, user_data_);
  return value;
}

Notice BlockLandscape::gradient(const Lanes* x, Lanes* gradient, Lanes* /*scratch*/, Estimate* value) const {
  function_(numbers(x), numbers(gradient), value ? numbers(&value->f) : nullptr, dim(), kLanes, user_data_);
  return {0, 0};
}

void BlockLandscape::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  if (!product_) return differences_.product(*this, x, v, product, scratch, nullptr);
  product_(numbers(x), numbers(v), numbers(product), dim(), kLanes, user_data_);
}

}  // namespace saddlesim
