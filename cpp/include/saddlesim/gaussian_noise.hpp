// Gaussian noise of any covariance: L z, z ~ N(0, I).
#pragma once

#include <utility>
#include <vector>

#include "saddlesim/noise.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

class GaussianNoise {
 public:
  // L = scale I, a diagonal matrix, or any rows x columns numbers, row by row.
  static GaussianNoise isotropic(double scale) { return {scale, {}, {}}; }
  static GaussianNoise diagonal(const std::vector<double>& scales) { return {0.0, to_real(scales), {}}; }
  static GaussianNoise factor(const double* l, int rows, int columns) { return {0.0, {}, {l, rows, columns}}; }

  bool none() const { return matrix_.empty() && scales_.empty() && scale_ == 0.0; }
  int scratch_rows() const { return matrix_.columns(); }

  // Adds the noise of a counter to x.
  void add(const PhiloxKey& key, const Counter& counter, int dim, Lanes* x, Lanes* scratch) const {
    if (!matrix_.empty()) {
      for_each_normal(key, counter, matrix_.columns(), [&](int j, const Lanes& n) { scratch[j] = n; });
      matrix_.multiply(scratch, x, Update::add);
    } else if (!scales_.empty()) {
      for_each_normal(key, counter, dim,
                      [&](int j, const Lanes& n) { x[j] = fma(Lanes(scales_[static_cast<std::size_t>(j)]), n, x[j]); });
    } else if (scale_ != 0.0) {
      const Lanes scale = scale_;
      for_each_normal(key, counter, dim, [&](int j, const Lanes& n) { x[j] = fma(scale, n, x[j]); });
    }
  }

 private:
  GaussianNoise(double scale, std::vector<Real> scales, SharedMatrix matrix)
      : scale_(scale), scales_(std::move(scales)), matrix_(std::move(matrix)) {}

  double scale_;
  std::vector<Real> scales_;
  SharedMatrix matrix_;
};

}  // namespace saddlesim
