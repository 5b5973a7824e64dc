// One register of the instruction set the module is built for.
//
// Everything above this header is written on Lanes (lanes.hpp); everything below it is the compiler's.
// Arithmetic uses the compiler's vector extension, whose + - * / are IEEE operations and are never
// contracted (-ffp-contract=off). What the extension lacks (fused multiply-add, square root, masks) is
// here, once for AVX-512, whose masks are registers of their own, and once for everything else.
#pragma once

#include <cmath>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SADDLESIM_INLINE [[gnu::always_inline]] inline

namespace saddlesim::native {

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512BW__)
inline constexpr int kWidth = 8;  // doubles in a register
#define SADDLESIM_AVX512 1
#elif defined(__AVX2__)
inline constexpr int kWidth = 4;
#define SADDLESIM_AVX512 0
#else
inline constexpr int kWidth = 2;
#define SADDLESIM_AVX512 0
#endif

using f64 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = double;
using u64 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::uint64_t;
using i64 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::int64_t;
using f32 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = float;
using i32 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::int32_t;
using u32 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::uint32_t;
using half_f32 [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = float;

SADDLESIM_INLINE f64 splat(double a) { return a - f64{}; }  // x - 0 is x for every x, also -0 and NaN
SADDLESIM_INLINE u64 splat(std::uint64_t a) { return a + u64{}; }
SADDLESIM_INLINE f32 splat(float a) { return a - f32{}; }

// What the generic code below needs from a loop over elements; it compiles to one instruction where there is one.
template <class V, class F>
SADDLESIM_INLINE V each(F f) {
  V r;
  for (unsigned i = 0; i < sizeof(V) / sizeof(r[0]); ++i) r[i] = f(i);
  return r;
}

// Of the functions below, not_lt is true where a number is NaN; add_where is a + b and fma_where a * b + c where the mask
// is true, elsewhere a and c, up to the sign of a zero, for finite b.
#if SADDLESIM_AVX512

using mask = __mmask8;

// With a mask of ones rather than without: GCC 12 warns of its own header's undefined operand otherwise.

SADDLESIM_INLINE f64 fma(f64 a, f64 b, f64 c) { return _mm512_fmadd_pd(a, b, c); }
SADDLESIM_INLINE f32 fma(f32 a, f32 b, f32 c) { return _mm512_fmadd_ps(a, b, c); }
SADDLESIM_INLINE f64 sqrt(f64 a) { return _mm512_maskz_sqrt_pd(0xff, a); }
SADDLESIM_INLINE f32 sqrt(f32 a) { return _mm512_maskz_sqrt_ps(0xffff, a); }
SADDLESIM_INLINE f64 min(f64 a, f64 b) { return _mm512_maskz_min_pd(0xff, a, b); }
SADDLESIM_INLINE f64 max(f64 a, f64 b) { return _mm512_maskz_max_pd(0xff, a, b); }
SADDLESIM_INLINE mask lt(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
SADDLESIM_INLINE mask le(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
SADDLESIM_INLINE mask eq(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
SADDLESIM_INLINE mask not_lt(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_NLT_UQ); }
SADDLESIM_INLINE mask eq(u64 a, u64 b) { return _mm512_cmpeq_epi64_mask((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE mask lt(u64 a, u64 b) { return _mm512_cmplt_epu64_mask((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE f64 select(mask m, f64 a, f64 b) { return _mm512_mask_mov_pd(b, m, a); }
SADDLESIM_INLINE u64 select(mask m, u64 a, u64 b) { return (u64)_mm512_mask_mov_epi64((__m512i)b, m, (__m512i)a); }
SADDLESIM_INLINE f64 add_where(mask m, f64 a, f64 b) { return _mm512_mask_add_pd(a, m, a, b); }
SADDLESIM_INLINE f64 fma_where(mask m, f64 a, f64 b, f64 c) { return _mm512_mask3_fmadd_pd(a, b, c, m); }
SADDLESIM_INLINE mask both(mask a, mask b) { return static_cast<mask>(a & b); }
SADDLESIM_INLINE mask either(mask a, mask b) { return static_cast<mask>(a | b); }
SADDLESIM_INLINE mask negate(mask a) { return static_cast<mask>(~a); }
SADDLESIM_INLINE mask from_bits(unsigned bits) { return static_cast<mask>(bits); }
SADDLESIM_INLINE unsigned to_bits(mask m) { return m; }
SADDLESIM_INLINE u64 mul32(u64 a, u64 b) { return (u64)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE f32 to_float(i32 a) { return _mm512_cvtepi32_ps((__m512i)a); }
SADDLESIM_INLINE f64 widen(half_f32 a) { return _mm512_cvtps_pd(a); }

// Pairs of the quarters of a and b: the even ones, or the odd ones.
SADDLESIM_INLINE f64 even_quarters(f64 a, f64 b) { return _mm512_maskz_shuffle_f64x2(0xff, a, b, 0x88); }
SADDLESIM_INLINE f64 odd_quarters(f64 a, f64 b) { return _mm512_maskz_shuffle_f64x2(0xff, a, b, 0xdd); }

// Turns rows into columns.
SADDLESIM_INLINE void transpose(f64 (&rows)[kWidth]) {
  f64 pairs[kWidth], fours[kWidth];
#pragma GCC unroll 4
  for (int i = 0; i < kWidth; i += 2) {
    pairs[i] = _mm512_maskz_unpacklo_pd(0xff, rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_maskz_unpackhi_pd(0xff, rows[i], rows[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const int at = i % 2 + i / 2 * 4;
    fours[at] = even_quarters(pairs[at], pairs[at + 2]);
    fours[at + 2] = odd_quarters(pairs[at], pairs[at + 2]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    rows[i] = even_quarters(fours[i], fours[i + 4]);
    rows[i + 4] = odd_quarters(fours[i], fours[i + 4]);
  }
}

#else

using mask = i64;  // all ones or all zeros in each element

SADDLESIM_INLINE f64 fma(f64 a, f64 b, f64 c) {
#if defined(__FMA__) && defined(__AVX2__)
  return _mm256_fmadd_pd(a, b, c);
#else
  return each<f64>([&](unsigned i) { return __builtin_fma(a[i], b[i], c[i]); });
#endif
}
SADDLESIM_INLINE f32 fma(f32 a, f32 b, f32 c) {
#if defined(__FMA__) && defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return each<f32>([&](unsigned i) { return __builtin_fmaf(a[i], b[i], c[i]); });
#endif
}
SADDLESIM_INLINE f64 sqrt(f64 a) {
  return each<f64>([&](unsigned i) { return __builtin_sqrt(a[i]); });
}
SADDLESIM_INLINE f32 sqrt(f32 a) {
  return each<f32>([&](unsigned i) { return __builtin_sqrtf(a[i]); });
}
// As the x86 instructions: the second operand where the comparison is false, NaN included.
SADDLESIM_INLINE f64 min(f64 a, f64 b) { return a < b ? a : b; }
SADDLESIM_INLINE f64 max(f64 a, f64 b) { return a > b ? a : b; }
SADDLESIM_INLINE mask lt(f64 a, f64 b) { return a < b; }
SADDLESIM_INLINE mask le(f64 a, f64 b) { return a <= b; }
SADDLESIM_INLINE mask eq(f64 a, f64 b) { return a == b; }
SADDLESIM_INLINE mask not_lt(f64 a, f64 b) { return ~(a < b); }
SADDLESIM_INLINE mask eq(u64 a, u64 b) { return a == b; }
SADDLESIM_INLINE mask lt(u64 a, u64 b) { return a < b; }
SADDLESIM_INLINE f64 select(mask m, f64 a, f64 b) { return m ? a : b; }
SADDLESIM_INLINE u64 select(mask m, u64 a, u64 b) { return m ? a : b; }
SADDLESIM_INLINE f64 add_where(mask m, f64 a, f64 b) { return a + select(m, b, f64{}); }
SADDLESIM_INLINE f64 fma_where(mask m, f64 a, f64 b, f64 c) { return fma(select(m, a, f64{}), b, c); }
SADDLESIM_INLINE mask both(mask a, mask b) { return a & b; }
SADDLESIM_INLINE mask either(mask a, mask b) { return a | b; }
SADDLESIM_INLINE mask negate(mask a) { return ~a; }
SADDLESIM_INLINE mask from_bits(unsigned bits) {
  const u64 place = each<u64>([](unsigned i) { return std::uint64_t{1} << i; });
  return (splat(std::uint64_t{bits}) & place) == place;
}
SADDLESIM_INLINE unsigned to_bits(mask m) {
#if defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_pd((__m256d)m));
#elif defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_pd((__m128d)m));
#else
  unsigned bits = 0;
  for (unsigned i = 0; i < kWidth; ++i) bits |= static_cast<unsigned>(m[i] & 1) << i;
  return bits;
#endif
}
SADDLESIM_INLINE u64 mul32(u64 a, u64 b) {
#if defined(__AVX2__)
  return (u64)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (u64)_mm_mul_epu32((__m128i)a, (__m128i)b);
#else
  return (a & 0xffffffffU) * (b & 0xffffffffU);
#endif
}
SADDLESIM_INLINE f32 to_float(i32 a) { return __builtin_convertvector(a, f32); }
SADDLESIM_INLINE f64 widen(half_f32 a) { return __builtin_convertvector(a, f64); }

// Turns rows into columns.
SADDLESIM_INLINE void transpose(f64 (&rows)[kWidth]) {
  f64 columns[kWidth];
  for (unsigned i = 0; i < kWidth; ++i) columns[i] = each<f64>([&](unsigned k) { return rows[k][i]; });
  for (unsigned i = 0; i < kWidth; ++i) rows[i] = columns[i];
}

#endif

SADDLESIM_INLINE f64 abs(f64 a) { return (f64)((u64)a & 0x7fffffffffffffffU); }
SADDLESIM_INLINE f64 copysign(f64 magnitude, f64 sign) {
  return (f64)(((u64)magnitude & 0x7fffffffffffffffU) | ((u64)sign & 0x8000000000000000U));
}

}  // namespace saddlesim::native
