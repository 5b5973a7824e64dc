#include "saddlesim/evaluate.hpp"

#include <algorithm>

namespace saddlesim {

namespace {

// Rows of a matrix into the lanes of a block; the lanes beyond the last row repeat it.
void load(const double* rows, std::size_t count, Block& block) {
  const auto dim = static_cast<std::size_t>(block.rows());
  for (int lane = 0; lane < kLanes; ++lane) {
    const double* row = rows + std::min(static_cast<std::size_t>(lane), count - 1) * dim;
    for (int j = 0; j < block.rows(); ++j) block[j].set(lane, row[j]);
  }
}

// And back, with NaN in the rows whose point is outside.
void store(const Block& block, LaneSet outside, std::size_t count, double* rows) {
  const auto dim = static_cast<std::size_t>(block.rows());
  for (std::size_t lane = 0; lane < std::min<std::size_t>(kLanes, count); ++lane) {
    for (int j = 0; j < block.rows(); ++j) {
      rows[lane * dim + static_cast<std::size_t>(j)] =
          (outside >> lane) & 1U ? __builtin_nan("") : block[j][static_cast<int>(lane)];
    }
  }
}

// Calls evaluate(x, first) for the points from `first` on, a block at a time.
template <class Evaluate>
void for_blocks(const Landscape& landscape, const double* points, std::size_t count, Evaluate evaluate) {
  Block x(landscape.dim());
  const auto dim = static_cast<std::size_t>(landscape.dim());
  for (std::size_t first = 0; first < count; first += kLanes) {
    load(points + first * dim, count - first, x);
    evaluate(x, first);
  }
}

}  // namespace

void evaluate_value(const Landscape& landscape, const double* points, std::size_t count, double* values) {
  Block scratch(landscape.scratch_rows()), value(1);
  for_blocks(landscape, points, count, [&](const Block& x, std::size_t first) {
    value[0] = landscape.value(x.data(), scratch.data());
    store(value, landscape.outside(x.data()), count - first, values + first);
  });
}

void evaluate_gradient(const Landscape& landscape, const double* points, std::size_t count, double* gradients) {
  Block scratch(landscape.scratch_rows()), gradient(landscape.dim());
  for_blocks(landscape, points, count, [&](const Block& x, std::size_t first) {
    const Notice notice = landscape.gradient(x.data(), gradient.data(), scratch.data());
    store(gradient, notice.outside, count - first, gradients + first * static_cast<std::size_t>(landscape.dim()));
  });
}

void evaluate_hvp(const Landscape& landscape, const double* points, const double* vectors, std::size_t count,
                  double* products) {
  Block scratch(landscape.scratch_rows()), v(landscape.dim()), product(landscape.dim());
  const auto dim = static_cast<std::size_t>(landscape.dim());
  for_blocks(landscape, points, count, [&](const Block& x, std::size_t first) {
    load(vectors + first * dim, count - first, v);
    landscape.hvp(x.data(), v.data(), product.data(), scratch.data());
    store(product, landscape.outside(x.data()), count - first, products + first * dim);
  });
}

}  // namespace saddlesim
