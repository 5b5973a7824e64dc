// Unevaluated sums of two doubles, lane by lane: some 106 bits, for counts and logarithms that 53 cannot hold.
//
// Dekker (1971), Knuth (TAOCP 2, 4.2.2), Joldes, Muller, Popescu (2017) for the error-free sums and products.
#pragma once

#include "saddlesim/elementary.hpp"

namespace saddlesim {

// high + low, |low| <= ulp(high) / 2.
struct Twofold {
  Doubles high, low;

  Twofold() = default;
  SADDLESIM_INLINE Twofold(const Doubles& h) : high(h), low(0.0) {}  // NOLINT: a number is a number
  SADDLESIM_INLINE Twofold(double h) : high(h), low(0.0) {}          // NOLINT
  SADDLESIM_INLINE Twofold(const Doubles& h, const Doubles& l) : high(h), low(l) {}
};

// a + b exactly.
SADDLESIM_INLINE Twofold exact_sum(const Doubles& a, const Doubles& b) {
  const Doubles s = a + b, rounded_b = s - a;
  return {s, (a - (s - rounded_b)) + (b - rounded_b)};
}
// a + b exactly where |a| >= |b|.
SADDLESIM_INLINE Twofold renormalise(const Doubles& a, const Doubles& b) {
  const Doubles s = a + b;
  return {s, b - (s - a)};
}
// a * b exactly.
SADDLESIM_INLINE Twofold exact_product(const Doubles& a, const Doubles& b) {
  const Doubles p = a * b;
  return {p, fma(a, b, -p)};
}

SADDLESIM_INLINE Twofold operator+(const Twofold& a, const Twofold& b) {
  const Twofold high = exact_sum(a.high, b.high), low = exact_sum(a.low, b.low);
  const Twofold once = renormalise(high.high, high.low + low.high);
  return renormalise(once.high, once.low + low.low);
}
SADDLESIM_INLINE Twofold operator-(const Twofold& a) { return {-a.high, -a.low}; }
SADDLESIM_INLINE Twofold operator-(const Twofold& a, const Twofold& b) { return a + (-b); }
SADDLESIM_INLINE Twofold operator*(const Twofold& a, const Twofold& b) {
  const Twofold p = exact_product(a.high, b.high);
  return renormalise(p.high, p.low + fma(a.high, b.low, a.low * b.high));
}
SADDLESIM_INLINE Twofold operator/(const Twofold& a, const Twofold& b) {
  const Doubles first = a.high / b.high;
  const Twofold rest = a - b * Twofold(first);
  const Doubles second = rest.high / b.high;
  const Twofold last = rest - b * Twofold(second);
  return renormalise(first, second) + Twofold(last.high / b.high);
}

SADDLESIM_INLINE WideMask operator<(const Twofold& a, const Twofold& b) {
  return (a.high < b.high) | ((a.high == b.high) & (a.low < b.low));
}
SADDLESIM_INLINE WideMask operator>(const Twofold& a, const Twofold& b) { return b < a; }
SADDLESIM_INLINE WideMask operator<=(const Twofold& a, const Twofold& b) { return !(b < a); }
SADDLESIM_INLINE Twofold select(const WideMask& m, const Twofold& a, const Twofold& b) {
  return {select(m, a.high, b.high), select(m, a.low, b.low)};
}

// The largest whole number not above; every double of at least 2^52 is whole.
SADDLESIM_INLINE Doubles floor(const Doubles& a) {
  const Doubles big = 0x1p52;
  const Doubles shift = copysign(big, a);
  const Doubles rounded = (a + shift) - shift;
  return select(abs(a) < big, select(a < rounded, rounded - Doubles(1.0), rounded), a);
}
SADDLESIM_INLINE Twofold floor(const Twofold& a) {
  const Doubles whole = floor(a.high);
  const Doubles rest = select(whole == a.high, floor(a.low), Doubles(0.0));
  return renormalise(whole, rest);
}

// e^x to some 98 bits, for |x| < 700.
SADDLESIM_INLINE Twofold exp(const Twofold& x) {
  const Twofold ln2(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
  const Doubles k = floor(fma(x.high, Doubles(0x1.71547652b82fep+0), Doubles(0.5)));
  const Twofold r = (x - ln2 * Twofold(k)) * Twofold(0x1p-8);  // |r| < 0.0014: eight terms are enough
  Twofold sum = Twofold(1.0) / Twofold(40320.0);
  for (const double inverse : {5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0})
    sum = sum * r + Twofold(1.0) / Twofold(inverse);
  Twofold expm1 = sum * r;
  for (int i = 0; i < 8; ++i) expm1 = expm1 * (expm1 + Twofold(2.0));  // (1 + s)^2 = 1 + s (s + 2)
  const Twofold y = expm1 + Twofold(1.0);
  const Doubles power = as_doubles((as_words(k + Doubles(0x1.8p52)) + Words(1023)) << 52);  // 2^k
  return {y.high * power, y.low * power};
}

// ln x to some 100 bits, for positive normal x: Newton's step on the exponential function.
SADDLESIM_INLINE Twofold log(const Twofold& x) {
  const Twofold guess(log(x.high));
  const Twofold error = x * exp(-guess) - Twofold(1.0);
  // ln(1 + e) = e - e^2/2 + ..., and e is at most a few ulp
  return guess + error - error * error * Twofold(0.5);
}

// The square root of what is not negative: a double, and Newton's step.
SADDLESIM_INLINE Twofold sqrt(const Twofold& x) {
  const Doubles root = sqrt(x.high);
  const Twofold rest = x - exact_product(root, root);
  const WideMask positive = root > Doubles(0.0);
  return select(positive, renormalise(root, rest.high / select(positive, root + root, Doubles(1.0))), Twofold(0.0));
}

// The arctangent of 0 <= x <= 1, to some 100 bits.
SADDLESIM_INLINE Twofold atan(const Twofold& x) {
  constexpr int kHalvings = 4, kTerms = 14;
  Twofold t = x;  // tan(a / 2) = tan a / (1 + sqrt(1 + tan^2 a)), until t < 0.05
  for (int i = 0; i < kHalvings; ++i) t = t / (Twofold(1.0) + sqrt(Twofold(1.0) + t * t));
  const Twofold z = -(t * t);
  Twofold sum = Twofold(1.0) / Twofold(2.0 * kTerms - 1.0);
  for (int k = kTerms - 2; k >= 0; --k) sum = sum * z + Twofold(1.0) / Twofold(2.0 * k + 1.0);
  const Twofold angle = sum * t;
  return {angle.high * Doubles(1 << kHalvings), angle.low * Doubles(1 << kHalvings)};
}

}  // namespace saddlesim
