// Normal deviates by Box and Muller's transform, in two resolutions: 53 bits for points that trajectories
// start from, single precision for noise that is injected at every step.
#pragma once

#include "saddlesim/elementary.hpp"
#include "saddlesim/random.hpp"

namespace saddlesim {

struct NormalPair {
  Doubles first, second;
};

// Two independent N(0, 1) a lane with 53-bit uniforms behind them.
SADDLESIM_INLINE NormalPair normal53(const PhiloxWords& w) {
  const Doubles radius = sqrt(Doubles(-2.0) * log(uniform53(w.w0, w.w1)));
  const SineCosine angle = sincos_turns(bits53(w.w2, w.w3));
  return {radius * angle.cosine, radius * angle.sine};
}

namespace detail {

// Box-Muller on 32-bit words in single precision: a register of uniforms for the radius and as many for the angle.
// The radius keeps full relative precision in the tail (out to 6.76); its smallest step is 3.5e-4, at the centre.
struct FloatPair {
  native::f32 first, second;
};

SADDLESIM_INLINE native::f32 minus_two_log(native::f32 u) {
  // u = 2^k m, m in [sqrt(1/2), sqrt(2)); log(1 + f) = f + f^2 p(f)
  const native::i32 offset = (native::i32)u - 0x3f3504f3;
  const native::i32 k = offset >> 23;
  const native::f32 f = (native::f32)((native::i32)u - (k << 23)) - 1.0F;
  native::f32 p = native::fma(f, native::splat(0x1.6fd5c0p-4F), native::splat(-0x1.2773d0p-3F));
  p = native::fma(p, f, native::splat(0x1.30ceccp-3F));
  p = native::fma(p, f, native::splat(-0x1.52fb66p-3F));
  p = native::fma(p, f, native::splat(0x1.98da6ap-3F));
  p = native::fma(p, f, native::splat(-0x1.0006c4p-2F));
  p = native::fma(p, f, native::splat(0x1.5556e6p-2F));
  p = native::fma(p, f, native::splat(-0x1.fffff4p-2F));
  const native::f32 log_m = native::fma(f * f, p, f);
  return native::fma(native::to_float(k), native::splat(-0x1.62e430p0F), log_m * -2.0F);
}

SADDLESIM_INLINE FloatPair box_muller(native::u32 radius_word, native::u32 angle_word) {
  const native::f32 whole = native::fma(native::to_float((native::i32)(radius_word >> 16)), native::splat(0x1p16F),
                                        native::to_float((native::i32)(radius_word & 0xffffU)));
  const native::f32 radius =
      native::sqrt(minus_two_log(native::fma(whole, native::splat(0x1p-32F), native::splat(0x1p-33F))));

  const native::u32 turned = angle_word + 0x20000000U;  // the nearest quarter turn in the two highest bits
  const native::i32 left = (native::i32)(turned & 0x3fffffffU) - 0x20000000;
  const native::f32 x = native::to_float(left) * 0x1.921fb6p-30F;  // 2 pi / 2^32
  const native::f32 z = x * x;
  native::f32 s = native::fma(z, native::splat(-0x1.995e7ap-13F), native::splat(0x1.11079ap-7F));
  s = native::fma(x * z, native::fma(z, s, native::splat(-0x1.555546p-3F)), x);
  native::f32 c = native::fma(z, native::splat(0x1.9a6354p-16F), native::splat(-0x1.6c0e10p-10F));
  c = native::fma(z * z, native::fma(z, c, native::splat(0x1.55554ep-5F)),
                  native::fma(z, native::splat(-0.5F), native::splat(1.0F)));

  const native::u32 odd = (native::u32)((native::i32)(turned << 1) >> 31);  // all ones in odd quarters
  const native::u32 s_bits = (native::u32)s, c_bits = (native::u32)c;
  const native::u32 swap = (s_bits ^ c_bits) & odd;
  const native::u32 sine_sign = turned & 0x80000000U;
  const native::u32 cosine_sign = (turned + 0x40000000U) & 0x80000000U;
  return {radius * (native::f32)((c_bits ^ swap) ^ cosine_sign), radius * (native::f32)((s_bits ^ swap) ^ sine_sign)};
}

// The low words of a and b as one register, taking turns, and back to doubles.
SADDLESIM_INLINE native::u32 pack(native::u64 a, native::u64 b) { return (native::u32)((a & 0xffffffffU) | (b << 32)); }
SADDLESIM_INLINE native::f64 unpack_low(native::f32 packed) {
#if SADDLESIM_AVX512
  return _mm512_cvtps_pd(_mm256_castsi256_ps(_mm512_cvtepi64_epi32((__m512i)packed)));
#else
  return native::each<native::f64>([&](unsigned i) { return static_cast<double>(packed[2 * i]); });
#endif
}
SADDLESIM_INLINE native::f64 unpack_high(native::f32 packed) {
  return unpack_low((native::f32)((native::u64)packed >> 32));
}

}  // namespace detail

struct NormalQuad {
  Lanes first, second, third, fourth;
};

// Four independent N(0, 1) a lane, of single-precision resolution: the same numbers in either precision of the core.
SADDLESIM_INLINE NormalQuad normal_single(const PhiloxWords& w) {
  NormalQuad n;
#if defined(SADDLESIM_SINGLE)
  const auto w0 = narrow(w.w0), w1 = narrow(w.w1), w2 = narrow(w.w2), w3 = narrow(w.w3);
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i) {
    const auto one = detail::box_muller(w0.part[i], w1.part[i]), other = detail::box_muller(w2.part[i], w3.part[i]);
    n.first.part[i] = one.first;
    n.second.part[i] = one.second;
    n.third.part[i] = other.first;
    n.fourth.part[i] = other.second;
  }
#else
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i) {
    const auto pair =
        detail::box_muller(detail::pack(w.w0.part[i], w.w2.part[i]), detail::pack(w.w1.part[i], w.w3.part[i]));
    n.first.part[i] = detail::unpack_low(pair.first);
    n.second.part[i] = detail::unpack_low(pair.second);
    n.third.part[i] = detail::unpack_high(pair.first);
    n.fourth.part[i] = detail::unpack_high(pair.second);
  }
#endif
  return n;
}

}  // namespace saddlesim
