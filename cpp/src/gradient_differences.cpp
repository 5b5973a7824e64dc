#include "saddlesim/gradient_differences.hpp"

namespace saddlesim {

void GradientDifferences::product(const Landscape& landscape, const Lanes* x, const Lanes* v, Lanes* product,
                                  Lanes* scratch, Lanes* inner) const {
  const int dim = landscape.dim();
  Lanes *moved = scratch, *behind = scratch + dim;
  Lanes size = length_scale_, norm2 = 0.0;
  for (int j = 0; j < dim; ++j) {
    size = max(size, abs(x[j]));
    norm2 = fma(v[j], v[j], norm2);
  }
  const Mask nothing = norm2 == Lanes(0.0);
  const Lanes step = Lanes(0x1.965fea53d6e3dp-18) * size / select(nothing, Lanes(1.0), sqrt(norm2));
  for (int j = 0; j < dim; ++j) moved[j] = fma(-step, v[j], x[j]);
  landscape.gradient(moved, behind, inner, nullptr);
  for (int j = 0; j < dim; ++j) moved[j] = fma(step, v[j], x[j]);
  landscape.gradient(moved, product, inner, nullptr);
  const Lanes scale = Lanes(0.5) / step;
  for (int j = 0; j < dim; ++j) product[j] = select(nothing, Lanes(0.0), (product[j] - behind[j]) * scale);
}

}  // namespace saddlesim
