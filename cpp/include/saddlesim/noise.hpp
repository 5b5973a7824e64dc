// Random vectors on blocks, one independent vector a lane, of single-precision resolution.
#pragma once

#include "saddlesim/normal.hpp"

namespace saddlesim {

enum class NoiseLaw { gaussian, sphere, ball };  // N(0, I), uniform on the unit sphere, uniform in the unit ball

// Calls use(j, n_j) for the coordinates of an N(0, I) vector.
template <class Use>
SADDLESIM_INLINE void for_each_normal(const PhiloxKey& key, const Counter& counter, int dim, Use use) {
  int j = 0;
  for (std::uint64_t index = 0; j + 4 <= dim; j += 4, ++index) {
    const NormalQuad n = normal_single(philox(key, counter.at(Words(index))));
    use(j, n.first);
    use(j + 1, n.second);
    use(j + 2, n.third);
    use(j + 3, n.fourth);
  }
  if (j == dim) return;
  const NormalQuad n = normal_single(philox(key, counter.at(Words(static_cast<std::uint64_t>(j) / 4))));
  use(j, n.first);
  if (j + 1 < dim) use(j + 1, n.second);
  if (j + 2 < dim) use(j + 2, n.third);
}

// Writes a Gaussian vector to `direction` and returns the factor that turns it into a vector of the law.
inline Lanes draw_direction(NoiseLaw law, const PhiloxKey& key, const Counter& counter, int dim, Lanes* direction) {
  Lanes norm2 = 0.0;
  for_each_normal(key, counter, dim, [&](int j, const Lanes& n) {
    direction[j] = n;
    norm2 = fma(n, n, norm2);
  });
  if (law == NoiseLaw::gaussian) return Lanes(1.0);
  // A direction is needed even where every normal rounds to 0 (in dimension 1, once in 2^25 draws).
  const Mask nowhere = norm2 == Lanes(0.0);
  direction[0] = select(nowhere, Lanes(1.0), direction[0]);
  const Lanes to_sphere = Lanes(1.0) / sqrt(select(nowhere, Lanes(1.0), norm2));
  if (law == NoiseLaw::sphere) return to_sphere;
  const PhiloxWords w = philox(key, counter.at(Words((static_cast<std::uint64_t>(dim) + 3) / 4)));
  return to_sphere * to_lanes(exp(log(uniform53(w.w0, w.w1)) * Doubles(1.0 / dim)));
}

}  // namespace saddlesim
