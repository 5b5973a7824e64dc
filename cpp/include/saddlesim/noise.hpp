// Random vectors on blocks, one independent vector a lane, of single-precision resolution.
#pragma once

#include <algorithm>

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

// The same numbers of one vector, whose counter all lanes have: kLanes draws are made side by side.
inline void draw_normals(const PhiloxKey& key, const Counter& counter, int dim, Real* numbers) {
  Words index;
  for (int lane = 0; lane < kLanes; ++lane) index.set(lane, static_cast<std::uint64_t>(lane));
  for (int first = 0; first < dim; first += 4 * kLanes, index = index + Words(kLanes)) {
    const NormalQuad n = normal_single(philox(key, counter.at(index)));
    const Lanes* const quad[] = {&n.first, &n.second, &n.third, &n.fourth};
    const int count = std::min(dim - first, 4 * kLanes);
    for (int j = 0; j < count; ++j) numbers[first + j] = (*quad[j % 4])[j / 4];
  }
}

// The draw after those of a Gaussian vector.
inline std::uint64_t draw_after_normals(int dim) { return (static_cast<std::uint64_t>(dim) + 3) / 4; }

// The factor that turns a Gaussian vector with squares that sum to `norm2` into a vector of the sphere or the ball;
// radius() are uniform numbers that the ball needs.
template <class Radius>
SADDLESIM_INLINE Lanes direction_factor(NoiseLaw law, int dim, Lanes* direction, const Lanes& norm2, Radius radius) {
  // A direction is needed even where every normal rounds to 0 (in dimension 1, once in 2^25 draws).
  const Mask nowhere = norm2 == Lanes(0.0);
  direction[0] = select(nowhere, Lanes(1.0), direction[0]);
  const Lanes to_sphere = Lanes(1.0) / sqrt(select(nowhere, Lanes(1.0), norm2));
  return law == NoiseLaw::sphere ? to_sphere : to_sphere * to_lanes(exp(log(radius()) * Doubles(1.0 / dim)));
}

// Writes a Gaussian vector to `direction` and returns the factor that turns it into a vector of the law.
inline Lanes draw_direction(NoiseLaw law, const PhiloxKey& key, const Counter& counter, int dim, Lanes* direction) {
  Lanes norm2 = 0.0;
  for_each_normal(key, counter, dim, [&](int j, const Lanes& n) {
    direction[j] = n;
    norm2 = fma(n, n, norm2);
  });
  if (law == NoiseLaw::gaussian) return Lanes(1.0);
  return direction_factor(law, dim, direction, norm2, [&] {
    const PhiloxWords w = philox(key, counter.at(Words(draw_after_normals(dim))));
    return uniform53(w.w0, w.w1);
  });
}

// The same in some lanes alone, for the ball: all draws of all these lanes are made side by side, kLanes at a time.
inline Lanes draw_ball_where(LaneSet lanes, const PhiloxKey& key, Domain domain, const Words& trajectory,
                             const Words& step, int dim, Lanes* direction) {
  Words trajectories = trajectory, steps = step, indices = 0;
  Doubles radius = 0.5;
  int owner[kLanes], waiting = 0;
  const auto draw = [&] {
    const PhiloxWords w = philox(key, Counter(domain, trajectories, steps).at(indices));
    const NormalQuad n = normal_single(w);
    const Doubles uniform = uniform53(w.w0, w.w1);
    for (int i = 0; i < waiting; ++i) {
      const int lane = owner[i], j = 4 * static_cast<int>(indices[i]);
      if (j >= dim) {
        radius.set(lane, uniform[i]);
        continue;
      }
      direction[j].set(lane, n.first[i]);
      if (j + 1 < dim) direction[j + 1].set(lane, n.second[i]);
      if (j + 2 < dim) direction[j + 2].set(lane, n.third[i]);
      if (j + 3 < dim) direction[j + 3].set(lane, n.fourth[i]);
    }
    waiting = 0;
  };
  for_lanes(lanes, [&](int lane) {
    for (std::uint64_t index = 0; index <= draw_after_normals(dim); ++index) {
      owner[waiting] = lane;
      trajectories.set(waiting, trajectory[lane]);
      steps.set(waiting, step[lane]);
      indices.set(waiting, index);
      if (++waiting == kLanes) draw();
    }
  });
  if (waiting > 0) draw();
  Lanes norm2 = 0.0;
  for (int j = 0; j < dim; ++j) norm2 = fma(direction[j], direction[j], norm2);
  return direction_factor(NoiseLaw::ball, dim, direction, norm2, [&] { return radius; });
}

}  // namespace saddlesim
