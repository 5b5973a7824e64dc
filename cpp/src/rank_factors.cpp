#include "saddlesim/rank_factors.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace saddlesim {

RankFactors rank_factors(const double* m, int rows, int columns) {
  const auto height = static_cast<std::size_t>(rows), width = static_cast<std::size_t>(columns);
  std::vector<double> rest(m, m + height * width);
  std::vector<std::vector<double>> lefts, rights;
  double threshold = 0.0;
  for (std::size_t step = 0; step < std::min(height, width); ++step) {
    const auto largest =
        std::max_element(rest.begin(), rest.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    const double pivot = *largest;
    if (step == 0) threshold = std::fabs(pivot) * 0x1p-50;
    if (std::fabs(pivot) <= threshold) break;
    const auto at = static_cast<std::size_t>(largest - rest.begin());
    const std::size_t row = at / width, column = at % width;
    std::vector<double> left(height), right(width);
    for (std::size_t i = 0; i < height; ++i) left[i] = rest[i * width + column] / pivot;
    for (std::size_t j = 0; j < width; ++j) right[j] = rest[row * width + j];
    for (std::size_t i = 0; i < height; ++i) {
      for (std::size_t j = 0; j < width; ++j) {
        const bool cleared = i == row || j == column;
        rest[i * width + j] = cleared ? 0.0 : std::fma(-left[i], right[j], rest[i * width + j]);
      }
    }
    lefts.push_back(std::move(left));
    rights.push_back(std::move(right));
  }
  RankFactors factors{static_cast<int>(lefts.size()), {}, {}};
  factors.left.resize(height * lefts.size());
  for (std::size_t k = 0; k < lefts.size(); ++k) {
    for (std::size_t i = 0; i < height; ++i) factors.left[i * lefts.size() + k] = lefts[k][i];
    factors.right.insert(factors.right.end(), rights[k].begin(), rights[k].end());
  }
  return factors;
}

}  // namespace saddlesim
