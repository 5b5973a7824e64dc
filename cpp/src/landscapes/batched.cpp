#include "saddlesim/landscapes/batched.hpp"

namespace saddlesim {

Lanes BatchedLandscape::value(const Lanes* x, Lanes* /*scratch*/) const {
  Lanes value;
  ask(*function_, {.x = x, .value = &value});
  return value;
}

Notice BatchedLandscape::gradient(const Lanes* x, Lanes* gradient, Lanes* /*scratch*/, Estimate* value) const {
  ask(*function_, {.x = x, .value = value ? &value->f : nullptr, .gradient = gradient});
  return {0, 0};
}

void BatchedLandscape::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  if (!has_products_) return differences_.product(*this, x, v, product, scratch, nullptr);
  ask(*function_, {.x = x, .v = v, .product = product});
}

LaneSet BatchedEscape::holds(const Sight& at) const {
  Lanes held;
  ask(*function_, {.x = at.x, .value = &held});
  return to_bits(held == Lanes(1.0));
}

}  // namespace saddlesim
