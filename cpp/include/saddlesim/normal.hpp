// Normal deviates by Box and Muller's transform, in two resolutions: 53 bits for points that trajectories
// start from, single precision for noise that is injected at every step.
#pragma once

#include "saddlesim/elementary.hpp"
#include "saddlesim/random.hpp"

namespace saddlesim {

struct NormalPair {
  Lanes first, second;
};

// Two independent N(0, 1) a lane with 53-bit uniforms behind them.
SADDLESIM_INLINE NormalPair normal53(const PhiloxWords& w) {
  const Lanes radius = sqrt(Lanes(-2.0) * log(uniform53(w.w0, w.w1)));
  const SineCosine angle = sincos_turns(bits53(w.w2, w.w3));
  return {radius * angle.cosine, radius * angle.sine};
}

namespace detail {

// Box-Muller on 32-bit words in single precision: 2 * kWidth uniforms for the radius and as many for the angle.
// The radius keeps full relative precision in the tail (out to 6.76); its smallest step is 3.5e-4, at the centre.
//
// Every operation is written for all registers of a Lanes before the next: each waits for the one before it in its chain,
// and a processor does not look far enough ahead to find the other chains by itself. For the same reason the angle's chain
// is begun before the radius's.
struct FloatPairs {
  native::f32 first[kParts], second[kParts];
};

template <class F>
SADDLESIM_INLINE void for_parts(F f) {
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i) f(i);
}
// p = p * x + c
SADDLESIM_INLINE void horner_step(native::f32 (&p)[kParts], const native::f32 (&x)[kParts], float c) {
  for_parts([&](int i) { p[i] = native::fma(p[i], x[i], native::splat(c)); });
}

SADDLESIM_INLINE FloatPairs box_muller(const native::u32 (&radius_word)[kParts],
                                       const native::u32 (&angle_word)[kParts]) {
  using native::f32, native::i32, native::u32, native::fma, native::splat, native::to_float;
  // The sine and cosine of a turn.
  u32 turned[kParts];  // the nearest quarter turn in the two highest bits
  f32 x[kParts], z[kParts], s[kParts], c[kParts], one[kParts];
  for_parts([&](int i) { turned[i] = angle_word[i] + 0x20000000U; });
  for_parts([&](int i) {
    x[i] = to_float((i32)(turned[i] & 0x3fffffffU) - 0x20000000) * 0x1.921fb6p-30F;  // 2 pi / 2^32
  });
  // -2 log u, u = 2^k m, m in [sqrt(1/2), sqrt(2)); log(1 + f) = f + f^2 p(f)
  f32 u[kParts], f[kParts], p[kParts];
  i32 k[kParts];
  for_parts([&](int i) {
    u[i] = fma(to_float((i32)(radius_word[i] >> 16)), splat(0x1p16F), to_float((i32)(radius_word[i] & 0xffffU)));
  });
  for_parts([&](int i) { z[i] = x[i] * x[i]; });
  for_parts([&](int i) { u[i] = fma(u[i], splat(0x1p-32F), splat(0x1p-33F)); });
  for_parts([&](int i) { s[i] = fma(z[i], splat(-0x1.995e7ap-13F), splat(0x1.11079ap-7F)); });
  for_parts([&](int i) { k[i] = ((i32)u[i] - 0x3f3504f3) >> 23; });
  for_parts([&](int i) { c[i] = fma(z[i], splat(0x1.9a6354p-16F), splat(-0x1.6c0e10p-10F)); });
  for_parts([&](int i) { f[i] = (f32)((i32)u[i] - (k[i] << 23)) - 1.0F; });
  horner_step(s, z, -0x1.555546p-3F);
  for_parts([&](int i) { p[i] = fma(f[i], splat(0x1.6fd5c0p-4F), splat(-0x1.2773d0p-3F)); });
  horner_step(c, z, 0x1.55554ep-5F);
  horner_step(p, f, 0x1.30ceccp-3F);
  for_parts([&](int i) { one[i] = fma(z[i], splat(-0.5F), splat(1.0F)); });
  horner_step(p, f, -0x1.52fb66p-3F);
  for_parts([&](int i) { s[i] = fma(x[i] * z[i], s[i], x[i]); });
  horner_step(p, f, 0x1.98da6ap-3F);
  for_parts([&](int i) { c[i] = fma(z[i] * z[i], c[i], one[i]); });
  horner_step(p, f, -0x1.0006c4p-2F);
  u32 cosine[kParts], sine[kParts];
  for_parts([&](int i) {
    const u32 odd = (u32)((i32)(turned[i] << 1) >> 31);  // all ones in odd quarters
    const u32 swap = ((u32)s[i] ^ (u32)c[i]) & odd;
    cosine[i] = ((u32)c[i] ^ swap) ^ ((turned[i] + 0x40000000U) & 0x80000000U);
    sine[i] = ((u32)s[i] ^ swap) ^ (turned[i] & 0x80000000U);
  });
  horner_step(p, f, 0x1.5556e6p-2F);
  horner_step(p, f, -0x1.fffff4p-2F);
  for_parts([&](int i) { p[i] = fma(f[i] * f[i], p[i], f[i]) * -2.0F; });
  for_parts([&](int i) { p[i] = native::sqrt(fma(to_float(k[i]), splat(-0x1.62e430p0F), p[i])); });
  FloatPairs pairs;
  for_parts([&](int i) { pairs.first[i] = p[i] * (f32)cosine[i], pairs.second[i] = p[i] * (f32)sine[i]; });
  return pairs;
}

// The low words of a and b as one register of 2 * kWidth words, and back to doubles.
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

// Four independent N(0, 1) a lane, of single-precision resolution.
SADDLESIM_INLINE NormalQuad normal_single(const PhiloxWords& w) {
  NormalQuad n;
  native::u32 radius_word[kParts], angle_word[kParts];
  detail::for_parts([&](int i) { radius_word[i] = detail::pack(w.w0.part[i], w.w2.part[i]); });
  detail::for_parts([&](int i) { angle_word[i] = detail::pack(w.w1.part[i], w.w3.part[i]); });
  const detail::FloatPairs pairs = detail::box_muller(radius_word, angle_word);
  detail::for_parts([&](int i) {
    n.first.part[i] = detail::unpack_low(pairs.first[i]);
    n.second.part[i] = detail::unpack_low(pairs.second[i]);
    n.third.part[i] = detail::unpack_high(pairs.first[i]);
    n.fourth.part[i] = detail::unpack_high(pairs.second[i]);
  });
  return n;
}

}  // namespace saddlesim
