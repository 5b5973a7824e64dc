#include "saddlesim/samples/sensing.hpp"

#include "../landscapes/packed_symmetric.hpp"
#include "saddlesim/lane_matrix.hpp"
#include "targets.hpp"

namespace saddlesim {

SensingSamples::SensingSamples(const double* measurements, const double* targets, int n, int d, int rank)
    : Samples(d * rank, n),
      d_(d),
      rank_(rank),
      rows_(packed::weights(measurements, n, d).data(), n, static_cast<int>(packed::row(d))),
      targets_(to_real(targets, static_cast<std::size_t>(n))) {}

// Scratch: z as MatrixSensing has it, the derivatives by it, a row.
void SensingSamples::begin(const Lanes* x, Lanes* /*gradient*/, Lanes* scratch) const {
  packed::multiply_transposed({{x, x}}, d_, rank_, scratch);
  std::fill_n(scratch + rows_.columns(), rows_.columns(), Lanes(0.0));
}

void SensingSamples::add(const Lanes* /*x*/, const Words* which, int size, double batch, Lanes* /*gradient*/,
                         Lanes* scratch) const {
  const int entries = rows_.columns();
  Lanes *const z = scratch, *const c = z + entries, *const row = c + entries;
  for (int i = 0; i < size; ++i) {
    rows_.gather(which[i], row);
    const Lanes weight = Lanes(0.5 / batch) * (inner_product(row, z, entries) - target(targets_, which[i]));
    for (int k = 0; k < entries; ++k) c[k] = fma(weight, row[k], c[k]);
  }
}

void SensingSamples::end(const Lanes* x, Lanes* gradient, Lanes* scratch) const {
  packed::multiply({{scratch + rows_.columns(), x}}, d_, rank_, gradient);
}

}  // namespace saddlesim
