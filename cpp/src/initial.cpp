#include "saddlesim/initial.hpp"

#include <algorithm>
#include <cmath>

#include "saddlesim/normal.hpp"

namespace saddlesim {

namespace {

// Calls put(j, value) for the numbers j < count that `pair` makes of the draws first, first + 1, ...: two each.
template <class Pair, class Put>
void draw_pairs(const PhiloxKey& key, std::uint64_t trajectory, std::uint64_t first, int count, Pair pair, Put put) {
  const Counter counter(Domain::initial, Words(trajectory), Words(0));
  Words index;
  for (int lane = 0; lane < kLanes; ++lane) index.set(lane, first + static_cast<std::uint64_t>(lane));
  for (int j = 0; j < count; j += 2 * kLanes, index = index + Words(kLanes)) {
    const NormalPair two = pair(philox(key, counter.at(index)));
    const int whole = std::min(kLanes, (count - j) / 2);
    for (int lane = 0; lane < whole; ++lane) {
      put(j + 2 * lane, two.first[lane]);
      put(j + 2 * lane + 1, two.second[lane]);
    }
    if (whole < kLanes && j + 2 * whole < count) put(j + 2 * whole, two.first[whole]);
  }
}

}  // namespace

void UniformInitial::sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const {
  const auto pair = [](const PhiloxWords& w) { return NormalPair{uniform53(w.w0, w.w1), uniform53(w.w2, w.w3)}; };
  draw_pairs(key, trajectory, 0, dim, pair, [&](int j, double u) { x[j] = std::fma(high_ - low_, u, low_); });
}

void RadialInitial::sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const {
  draw_pairs(key, trajectory, 0, dim, normal53, [&](int j, double n) { x[j] = n; });
  double scale = scale_;
  if (law_ != Law::gaussian) {
    double norm2 = 0.0;
    for (int j = 0; j < dim; ++j) norm2 = std::fma(x[j], x[j], norm2);
    if (norm2 == 0.0) x[0] = norm2 = 1.0;  // a direction is needed even where every normal rounds to 0
    scale /= std::sqrt(norm2);
  }
  if (law_ == Law::ball) {  // the radius of a uniform point is U^(1/dim)
    const Counter counter(Domain::initial, Words(trajectory), Words(0));
    const PhiloxWords w = philox(key, counter.at(Words((static_cast<std::uint64_t>(dim) + 1) / 2)));
    scale *= exp(log(uniform53(w.w0, w.w1)) * Doubles(1.0 / dim))[0];
  }
  for (int j = 0; j < dim; ++j)
    x[j] = center_.empty() ? scale * x[j] : std::fma(scale, x[j], center_[static_cast<std::size_t>(j)]);
}

void ScaledInitial::sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const {
  draw_pairs(key, trajectory, 0, dim, normal53,
             [&](int j, double n) { x[j] = scales_[static_cast<std::size_t>(j)] * n; });
}

void RepeatedInitial::sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const {
  std::vector<double> numbers(static_cast<std::size_t>(count_));
  initial_->sample(key, trajectory, count_, numbers.data());
  for (int j = 0; j < dim; ++j) {
    const int source = sources_[static_cast<std::size_t>(j)];
    x[j] = source < 0 ? -numbers[static_cast<std::size_t>(~source)] : numbers[static_cast<std::size_t>(source)];
  }
}

void RetractedInitial::sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const {
  initial_->sample(key, trajectory, dim, x);
  BlockOf<Doubles> block(dim);
  for (int j = 0; j < dim; ++j) block[j] = Doubles(x[j]);
  spheres_.retract(block.data());
  for (int j = 0; j < dim; ++j) x[j] = block[j][0];
}

void PointInitial::sample(const PhiloxKey& /*key*/, std::uint64_t trajectory, int dim, double* x) const {
  const std::size_t size = static_cast<std::size_t>(dim_);
  const std::size_t row = points_.size() == size ? 0 : static_cast<std::size_t>(trajectory);
  for (int j = 0; j < dim; ++j) x[j] = points_[row * size + static_cast<std::size_t>(j)];
}

}  // namespace saddlesim
