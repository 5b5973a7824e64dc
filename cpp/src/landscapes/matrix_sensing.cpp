#include "saddlesim/landscapes/matrix_sensing.hpp"

#include "packed_symmetric.hpp"

namespace saddlesim {

MatrixSensing::MatrixSensing(const double* measurements, const double* targets, int n, int d, int rank)
    : Landscape(d * rank),
      d_(d),
      rank_(rank),
      squares_(packed::weights(measurements, n, d).data(), targets, n, entries()) {}

// z and the derivatives by it, for two directions in hvp(), and what the squares need.
int MatrixSensing::scratch_rows() const { return 4 * entries() + squares_.scratch_rows(); }

Lanes MatrixSensing::value(const Lanes* x, Lanes* scratch) const {
  Lanes* const z = scratch;
  packed::multiply_transposed({{x, x}}, d_, rank_, z);
  return squares_.value(z, z + entries());
}

Notice MatrixSensing::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  Lanes *const z = scratch, *const c = z + entries();
  packed::multiply_transposed({{x, x}}, d_, rank_, z);
  squares_.gradient(z, c, c + entries(), value);
  packed::multiply({{c, x}}, d_, rank_, gradient);
  return {0, 0};
}

// C V + dC U
void MatrixSensing::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  Lanes *const z = scratch, *const dz = z + entries(), *const c = dz + entries(), *const dc = c + entries();
  packed::multiply_transposed({{x, x}}, d_, rank_, z);
  packed::multiply_transposed({{x, v}, {v, x}}, d_, rank_, dz);
  squares_.derivatives(z, dz, c, dc, dc + entries());
  packed::multiply({{c, v}, {dc, x}}, d_, rank_, product);
}

}  // namespace saddlesim
