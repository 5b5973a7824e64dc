// Lane-wise log, exp, sine and cosine, the same bits on every machine: fixed polynomials and explicit fused
// multiply-adds, no libm. The polynomials are minimax fits (Remez, 40 digits); relative errors below 2 ulp. Of floats they
// are computed in doubles and rounded.
#pragma once

#include "saddlesim/lanes.hpp"

namespace saddlesim {

namespace detail {
// lowest + x * (next + x * (...)): coefficients from the lowest power up
SADDLESIM_INLINE Doubles horner(const Doubles&, double highest) { return Doubles(highest); }
template <class... C>
SADDLESIM_INLINE Doubles horner(const Doubles& x, double lowest, C... rest) {
  return fma(x, horner(x, rest...), Doubles(lowest));
}
}  // namespace detail

// The natural logarithm of positive normal numbers; -inf at 0, NaN below, inf at inf.
SADDLESIM_INLINE Doubles log(const Doubles& x) {
  // x = 2^k m with m in [sqrt(1/2), sqrt(2)); subnormals are scaled up first.
  const WideMask tiny = x < Doubles(0x1p-1022);
  const Words bits = as_words(select(tiny, x * Doubles(0x1p54), x));
  const Words offset = bits - Words(0x3fe6a09e667f3bcdU);             // the bits of sqrt(1/2)
  const Words k_field = (offset + Words(0x8000000000000000U)) >> 52;  // k + 2048, without a signed shift
  const Doubles m = as_doubles(bits - ((k_field - Words(2048)) << 52));
  const Doubles k = to_double(k_field) - select(tiny, Doubles(2048.0 + 54.0), Doubles(2048.0));

  // log m = f - (f^2/2 - s (f^2/2 + R)), s = f / (2 + f), R the tail of the series in s^2
  const Doubles f = m - Doubles(1.0);
  const Doubles s = f / (Doubles(2.0) + f);
  const Doubles z = s * s;
  const Doubles tail =
      z * detail::horner(z, 0x1.5555555555572p-1, 0x1.9999999988a41p-2, 0x1.2492493b33f72p-2, 0x1.c71c56f00147dp-3,
                         0x1.746553c85a6c5p-3, 0x1.39b7b0659079fp-3, 0x1.2e362dfce7c3bp-3);
  const Doubles half_square = Doubles(0.5) * f * f;
  const Doubles low = fma(k, Doubles(0x1.ef35793c76730p-45), s * (half_square + tail));
  Doubles result = fma(k, Doubles(0x1.62e42fefa3800p-1), f - (half_square - low));

  result = select(x == Doubles(0.0), Doubles(-__builtin_inf()), result);
  result = select(x < Doubles(0.0), Doubles(__builtin_nan("")), result);
  return select(x < Doubles(__builtin_inf()), result, x + x);  // inf and NaN stay what they are
}

namespace detail {
// (e^r - 1 - r) / r^2 for |r| <= log(2) / 2
SADDLESIM_INLINE Doubles exp_tail(const Doubles& r) {
  return horner(r, 0x1.0000000000005p-1, 0x1.555555555555dp-3, 0x1.5555555551e57p-5, 0x1.111111110e2dep-7,
                0x1.6c16c180271e0p-10, 0x1.a01a01b733333p-13, 0x1.a019a381956c4p-16, 0x1.71dde70b57f59p-19,
                0x1.28a5abcdca34cp-22, 0x1.af7b3fa373cc7p-26);
}
}  // namespace detail

// e^x; 0 below -745.2, inf above 709.8.
SADDLESIM_INLINE Doubles exp(const Doubles& x) {
  const Doubles bounded = max(min(x, Doubles(1000.0)), Doubles(-1000.0));
  const Doubles shift = 0x1.8p52;  // adding it rounds to a whole number, held in the low bits
  const Doubles shifted = fma(bounded, Doubles(0x1.71547652b82fep+0), shift);
  const Doubles k = shifted - shift;
  const Doubles r = fma(k, Doubles(-0x1.ef35793c76730p-45), fma(k, Doubles(-0x1.62e42fefa3800p-1), bounded));
  const Doubles mantissa = Doubles(1.0) + fma(r * r, detail::exp_tail(r), r);
  // 2^k in two factors, because k reaches beyond the exponent field at both ends
  const Words k_bits = as_words(shifted) - as_words(shift);  // two's complement
  const Words biased = k_bits + Words(4096);
  const Words k_half = (biased >> 1) - Words(2048);
  const Doubles first = as_doubles((k_half + Words(1023)) << 52);
  const Doubles second = as_doubles((k_bits - k_half + Words(1023)) << 52);
  return select(x == x, mantissa * first * second, x);
}

// e^x - 1, with all its digits also near 0.
SADDLESIM_INLINE Doubles expm1(const Doubles& x) {
  return select(abs(x) < Doubles(0.34), fma(x * x, detail::exp_tail(x), x), exp(x) - Doubles(1.0));
}

// 1 / (1 + e^-x)
SADDLESIM_INLINE Doubles logistic(const Doubles& x) { return Doubles(1.0) / (Doubles(1.0) + exp(-x)); }

SADDLESIM_INLINE Doubles tanh(const Doubles& x) {
  const Doubles e = expm1(Doubles(-2.0) * abs(x));
  return copysign(-e / (Doubles(2.0) + e), x);
}

// log(1 + e^x), with its first two derivatives: one exponential serves all three.
template <class T>
struct SoftplusOf {
  T value, slope, curvature;
};
SADDLESIM_INLINE SoftplusOf<Doubles> softplus(const Doubles& x) {
  const Doubles one = 1.0, zero = 0.0;
  const Doubles e = exp(-abs(x)), sum = one + e;  // 1 <= sum <= 2
  const Doubles near = one / sum, far = e * near;
  // log(1 + e) is that of the rounded sum and of what rounding left out
  const Doubles tail = log(sum) + (e - (sum - one)) / sum;
  return {max(x, zero) + tail, select(x >= zero, near, far), near * far};
}

// atan(p / q) for p, q >= 0, in [0, pi / 2]; 0 for p = q = 0.
SADDLESIM_INLINE Doubles atan_ratio(const Doubles& p, const Doubles& q) {
  // atan(t) = pi / 4 + atan((t - 1) / (t + 1)) brings ratios t of up to 1 below tan(pi / 8)
  const Doubles low = min(p, q), high = max(p, q);
  const WideMask far = low > Doubles(0x1.a827999fcef32p-2) * high;
  const Doubles over = select(far, low - high, low), under = select(far, low + high, high);
  const Doubles u = over / select(under == Doubles(0.0), Doubles(1.0), under);
  const Doubles z = u * u;
  const Doubles tail =
      detail::horner(z, -0x1.555555555553dp-2, 0x1.99999999958fap-3, -0x1.24924922b182bp-3, 0x1.c71c70e7ca834p-4,
                     -0x1.745cf90fcf8c0p-4, 0x1.3b111cbb3c8b1p-4, -0x1.10ebe1964d6b0p-4, 0x1.df11a2d2e6971p-5,
                     -0x1.9cdd38b344dafp-5, 0x1.37f0075ed3b2bp-5, -0x1.25a37e25f0d18p-6);
  const Doubles near = fma(u * z, tail, u);
  const Doubles quarter_pi = 0x1.921fb54442d18p-1, rest = 0x1.1a62633145c07p-55;  // and what it lacks
  const Doubles angle = select(far, quarter_pi + (near + rest), near);
  return select(p > q, Doubles(0x1.921fb54442d18p0) - (angle - Doubles(0x1.1a62633145c07p-54)), angle);
}

SADDLESIM_INLINE Doubles atan(const Doubles& x) {
  return select(x == x, copysign(atan_ratio(abs(x), Doubles(1.0)), x), x);
}

#if defined(SADDLESIM_SINGLE)
SADDLESIM_INLINE Lanes logistic(const Lanes& x) { return narrow(logistic(widen(x))); }
SADDLESIM_INLINE Lanes tanh(const Lanes& x) { return narrow(tanh(widen(x))); }
SADDLESIM_INLINE SoftplusOf<Lanes> softplus(const Lanes& x) {
  const SoftplusOf<Doubles> wide = softplus(widen(x));
  return {narrow(wide.value), narrow(wide.slope), narrow(wide.curvature)};
}
SADDLESIM_INLINE Lanes atan(const Lanes& x) { return narrow(atan(widen(x))); }
SADDLESIM_INLINE Lanes atan_ratio(const Lanes& p, const Lanes& q) { return narrow(atan_ratio(widen(p), widen(q))); }
#endif

struct SineCosine {
  Doubles sine, cosine;
};

// Sine and cosine of 2 pi u for a 53-bit whole number w, u = w / 2^53.
SADDLESIM_INLINE SineCosine sincos_turns(const Words& w) {
  // the nearest quarter turn, and what is left in [-1/8, 1/8) turns, exactly
  const Words quarter = ((w + Words(std::uint64_t{1} << 50)) >> 51) & Words(3);
  const Words left = (w + Words(std::uint64_t{1} << 50)) & Words((std::uint64_t{1} << 51) - 1);
  const Doubles turns = to_double(left) - Doubles(0x1p50);
  const Doubles x = turns * Doubles(0x1.921fb54442d18p2 * 0x1p-53);
  const Doubles z = x * x;
  const Doubles s = fma(x * z,
                        detail::horner(z, -0x1.555555555554bp-3, 0x1.111111110fb90p-7, -0x1.a01a019c6327ap-13,
                                       0x1.71de35b4a0f08p-19, -0x1.ae5e9072b0effp-26, 0x1.5d9e0c5213e2ap-33),
                        x);
  const Doubles c = fma(z * z,
                        detail::horner(z, 0x1.5555555555554p-5, -0x1.6c16c16c16225p-10, 0x1.a01a019e36317p-16,
                                       -0x1.27e4f91146d28p-22, 0x1.1eea94c300434p-29, -0x1.900178c487e7dp-37),
                        fma(z, Doubles(-0.5), Doubles(1.0)));
  const WideMask odd = (quarter & Words(1)) == Words(1);
  const Words sine_sign = (quarter >> 1) << 63;
  const Words cosine_sign = ((quarter + Words(1)) >> 1) << 63;
  return {as_doubles(as_words(select(odd, c, s)) ^ sine_sign), as_doubles(as_words(select(odd, s, c)) ^ cosine_sign)};
}

}  // namespace saddlesim
