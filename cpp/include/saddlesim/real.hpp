// The precision of the core. The same sources are compiled twice: for doubles, and for floats with SADDLESIM_SINGLE.
//
// Trajectories, gradients and criteria are Real. Starts, data and counts are double or whole numbers in both. The build
// for floats also renames the namespace (see CMakeLists.txt), so that both live in one process and none of their types
// or symbols can be taken for one another's.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace saddlesim {

#if defined(SADDLESIM_SINGLE)
using Real = float;
#else
using Real = double;
#endif
inline constexpr bool kSingle = sizeof(Real) == sizeof(float);

// How far a sum may be off, relative to the size of what is added: 2^13 roundings of a double, or 2^10 of a float, in
// the same direction. That is much more than the rounding errors of any size that one can compute with, which are as
// many as the terms at worst, and their square root as a rule.
inline constexpr double kRounding = kSingle ? 0x1p-14 : 0x1p-40;

// Numbers that trajectories share come as doubles and are rounded once.
inline std::vector<Real> to_real(const double* numbers, std::size_t count) {
  std::vector<Real> rounded(count);
  for (std::size_t i = 0; i < count; ++i) rounded[i] = static_cast<Real>(numbers[i]);
  return rounded;
}
inline std::vector<Real> to_real(const std::vector<double>& numbers) { return to_real(numbers.data(), numbers.size()); }

}  // namespace saddlesim
