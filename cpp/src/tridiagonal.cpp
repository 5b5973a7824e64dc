#include "saddlesim/tridiagonal.hpp"

#include <limits>

namespace saddlesim {

namespace {

constexpr int kMostIterations = 100;  // ten are usual

Doubles at_least(const Doubles& pivot, const Doubles& floor) {
  return select(abs(pivot) < floor, copysign(floor, pivot), pivot);
}

// Entries that fall off go on to fall until they are subnormal, which processors are slow at.
Doubles unless_tiny(const Doubles& entry) { return select(abs(entry) < Doubles(0x1p-200), Doubles(0.0), entry); }

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

namespace {

// Of T - x: whether x lies left of all eigenvalues lambda, and the sums of 1 / (lambda - x) and of its square.
struct Moments {
  WideMask left;
  Doubles sum1, sum2;
};

Moments moments(const Tridiagonal& t, const Doubles& x) {
  const Doubles sign = t.sign, one = 1.0, none = 0.0;
  Moments m{none <= none, none, none};
  // The pivots of T - x, and their first and second derivatives in x, each over the pivot itself.
  Doubles inverse = none, first = none, second = none;
  for (int i = 0; i < t.size; ++i) {
    Doubles pivot = fma(sign, t.diagonal[i], -x), slope = -one, bend = none;
    if (i > 0) {
      const Doubles pull = t.coupling[i - 1] * t.coupling[i - 1] * inverse;
      pivot = pivot - pull;
      slope = fma(pull, first, slope);
      bend = pull * fma(Doubles(-2.0) * first, first, second);
    }
    m.left = m.left & (pivot > none);
    inverse = one / pivot;
    first = slope * inverse;
    second = bend * inverse;
    m.sum1 = m.sum1 - first;
    m.sum2 = m.sum2 + fma(first, first, -second);
  }
  return m;
}

}  // namespace

WideMask none_below(const Tridiagonal& t, double level) {
  WideMask none = Doubles(0.0) <= Doubles(0.0);
  Doubles pivot = 1.0;
  for (int i = 0; i < t.size; ++i) {
    const Doubles pull = i > 0 ? t.coupling[i - 1] * t.coupling[i - 1] / pivot : Doubles(0.0);
    pivot = fma(Doubles(t.sign), t.diagonal[i], Doubles(-level)) - pull;
    none = none & (pivot >= Doubles(0.0));
  }
  return none;
}

Doubles smallest_eigenvalue(const Tridiagonal& t) {
  const Doubles sign = t.sign, size = t.size, one = 1.0, none = 0.0;
  if (t.size == 1) return sign * t.diagonal[0];
  const Doubles rounding = row_norm(t) * Doubles(std::numeric_limits<double>::epsilon());
  Doubles left = std::numeric_limits<double>::max();  // of all eigenvalues
  for (int i = 0; i < t.size; ++i) {
    Doubles low = sign * t.diagonal[i];
    if (i > 0) low = low - abs(t.coupling[i - 1]);
    if (i + 1 < t.size) low = low - abs(t.coupling[i]);
    left = min(left, low);
  }
  left = left - Doubles(4.0) * rounding;

  Doubles x = left, careful = none;
  WideMask bold = none < none, moving = none <= none;
  for (int iteration = 0; iteration < kMostIterations && any(moving); ++iteration) {
    const Moments m = moments(t, x);
    const WideMask past = moving & !m.left, on = moving & m.left;
    left = select(on, x, left);
    // For a root of multiplicity r the step is as far as one for r = 1 is from simple roots; near a cluster of r roots
    // sum1^2 / sum2 tends to r from above. Too bold a step is seen, and taken back.
    const Doubles square = m.sum1 * m.sum1, spread = max(none, fma(size, m.sum2, -square));
    const Doubles many = max(one, min(size, Doubles(0.9) * square / m.sum2));
    const Doubles step = size / (m.sum1 + sqrt((size - one) * spread));
    const Doubles far = size / (m.sum1 + sqrt((size / many - one) * spread));
    careful = select(on, step, careful);
    const WideMask back = past & bold;
    moving = (on & (far > rounding)) | back;  // past the root after a careful step means at it, up to rounding
    x = select(on, x + far, select(back, left + careful, x));
    bold = on & (many > one);
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
    if (i + 1 < t.size) entry = unless_tiny(-(sign * t.coupling[i] * vector[i + 1] / down[i]));
    vector[i] = select(twist == Doubles(i), one, select(Doubles(i) < twist, entry, none));
    norm2 = fma(vector[i], vector[i], norm2);
  }
  for (int i = 1; i < t.size; ++i) {
    const WideMask below = twist < Doubles(i);
    const Doubles entry = unless_tiny(-(sign * t.coupling[i - 1] * vector[i - 1] / up[i]));
    vector[i] = select(below, entry, vector[i]);
    norm2 = select(below, fma(vector[i], vector[i], norm2), norm2);
  }
  const Doubles scale = one / sqrt(norm2);
  for (int i = 0; i < t.size; ++i) vector[i] = vector[i] * scale;
}

}  // namespace saddlesim
