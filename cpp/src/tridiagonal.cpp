#include "saddlesim/tridiagonal.hpp"

#include <limits>

namespace saddlesim {

namespace {

constexpr int kMostIterations = 80;  // ten are usual; roots that nearly agree need more

Doubles at_least(const Doubles& pivot, const Doubles& floor) {
  return select(abs(pivot) < floor, copysign(floor, pivot), pivot);
}

}  // namespace

Doubles row_norm(const Tridiagonal& t) {
  Doubles norm = 0.0;
  for (int i = 0; i < t.size; ++i) {
    Doubles sum = abs(t.diagonal[i]);
    if (i > 0) sum = sum + abs(t.coupling[i - 1]);
    if (i + 1 < t.size) sum = sum + abs(t.coupling[i]);
    norm = max(norm, sum);
  }
  return norm;
}

Doubles smallest_eigenvalue(const Tridiagonal& t) {
  const Doubles sign = t.sign, size = t.size, one = 1.0, none = 0.0;
  if (t.size == 1) return sign * t.diagonal[0];
  const Doubles norm = row_norm(t), rounding = norm * Doubles(std::numeric_limits<double>::epsilon());
  Doubles x = std::numeric_limits<double>::max();
  for (int i = 0; i < t.size; ++i) {
    Doubles low = sign * t.diagonal[i];
    if (i > 0) low = low - abs(t.coupling[i - 1]);
    if (i + 1 < t.size) low = low - abs(t.coupling[i]);
    x = min(x, low);
  }
  x = x - Doubles(4.0) * rounding;

  LaneSet moving = kAllLanes;
  for (int iteration = 0; iteration < kMostIterations && moving != 0; ++iteration) {
    // The pivots of T - x, and their first and second derivatives in x, each over the pivot itself.
    WideMask left = none <= none;  // of all eigenvalues: every pivot is positive
    Doubles inverse = none, first = none, second = none, sum1 = none, sum2 = none;
    for (int i = 0; i < t.size; ++i) {
      Doubles pivot = fma(sign, t.diagonal[i], -x), slope = -one, bend = none;
      if (i > 0) {
        const Doubles pull = t.coupling[i - 1] * t.coupling[i - 1] * inverse;
        pivot = pivot - pull;
        slope = fma(pull, first, slope);
        bend = pull * fma(Doubles(-2.0) * first, first, second);
      }
      left = left & (pivot > none);
      inverse = one / pivot;
      first = slope * inverse;
      second = bend * inverse;
      sum1 = sum1 - first;
      sum2 = sum2 + fma(first, first, -second);
    }
    const Doubles spread = max(none, (size - one) * fma(size, sum2, -(sum1 * sum1)));
    const Doubles step = size / (sum1 + sqrt(spread));
    moving &= to_bits(left & (step > rounding));  // past the root means at it: only rounding leads there
    x = select(WideMask(from_bits(moving)), x + step, x);
  }
  return x;
}

void eigenvector(const Tridiagonal& t, const Doubles& eigenvalue, Doubles* vector, Doubles* pivots) {
  const Doubles sign = t.sign, one = 1.0, none = 0.0;
  const Doubles floor = max(row_norm(t) * Doubles(0x1p-90), Doubles(std::numeric_limits<double>::min()));
  Doubles *down = pivots, *up = pivots + t.size;  // of T - eigenvalue, from the first row and from the last
  for (int i = 0; i < t.size; ++i) {
    Doubles pivot = fma(sign, t.diagonal[i], -eigenvalue);
    if (i > 0) pivot = pivot - t.coupling[i - 1] * t.coupling[i - 1] / down[i - 1];
    down[i] = at_least(pivot, floor);
  }
  for (int i = t.size - 1; i >= 0; --i) {
    Doubles pivot = fma(sign, t.diagonal[i], -eigenvalue);
    if (i + 1 < t.size) pivot = pivot - t.coupling[i] * t.coupling[i] / up[i + 1];
    up[i] = at_least(pivot, floor);
  }
  Doubles smallest = std::numeric_limits<double>::max(), twist = none;
  for (int i = 0; i < t.size; ++i) {
    const Doubles gamma = abs(down[i] + up[i] - fma(sign, t.diagonal[i], -eigenvalue));
    const WideMask better = gamma < smallest;
    smallest = select(better, gamma, smallest);
    twist = select(better, Doubles(i), twist);
  }
  Doubles norm2 = none;
  for (int i = t.size - 1; i >= 0; --i) {  // above the twist: each entry from the one below it
    Doubles entry = none;
    if (i + 1 < t.size) entry = -(sign * t.coupling[i] * vector[i + 1] / down[i]);
    vector[i] = select(twist == Doubles(i), one, select(Doubles(i) < twist, entry, none));
    norm2 = fma(vector[i], vector[i], norm2);
  }
  for (int i = 1; i < t.size; ++i) {
    const WideMask below = twist < Doubles(i);
    const Doubles entry = -(sign * t.coupling[i - 1] * vector[i - 1] / up[i]);
    vector[i] = select(below, entry, vector[i]);
    norm2 = select(below, fma(vector[i], vector[i], norm2), norm2);
  }
  const Doubles scale = one / sqrt(norm2);
  for (int i = 0; i < t.size; ++i) vector[i] = vector[i] * scale;
}

}  // namespace saddlesim
