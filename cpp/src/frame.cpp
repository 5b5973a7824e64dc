#include "saddlesim/frame.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace saddlesim {

std::vector<double> Frame::transposed(const double* q, int size) {
  const auto n = static_cast<std::size_t>(size);
  std::vector<double> t(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) t[j * n + i] = q[i * n + j];
  }
  return t;
}

void Frame::multiply(const std::vector<double>& columns, const double* from, double* to) const {
  constexpr std::ptrdiff_t kRows = 16;
  for (std::ptrdiff_t first = 0; first < size_; first += kRows) {
    const std::ptrdiff_t rows = std::min<std::ptrdiff_t>(kRows, size_ - first);
    for (std::ptrdiff_t k = 0; k < columns_; ++k) {
      double sums[kRows] = {};
      const double* column = columns.data() + first;
      if (rows == kRows) {  // a fixed number of them stays in registers
        for (std::ptrdiff_t j = 0; j < size_; ++j, column += size_) {
          const double factor = from[j * columns_ + k];
          for (std::ptrdiff_t i = 0; i < kRows; ++i) sums[i] = std::fma(column[i], factor, sums[i]);
        }
      } else {
        for (std::ptrdiff_t j = 0; j < size_; ++j, column += size_) {
          const double factor = from[j * columns_ + k];
          for (std::ptrdiff_t i = 0; i < rows; ++i) sums[i] = std::fma(column[i], factor, sums[i]);
        }
      }
      for (std::ptrdiff_t i = 0; i < rows; ++i) to[(first + i) * columns_ + k] = sums[i];
    }
  }
}

void FramedInitial::sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const {
  std::vector<double> start(static_cast<std::size_t>(dim));
  initial_->sample(key, trajectory, dim, start.data());
  frame_.enter(start.data(), x);
}

}  // namespace saddlesim
