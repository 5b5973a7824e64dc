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
inline constexpr int kBytes = 64;  // in a register
#define SADDLESIM_AVX512 1
#elif defined(__AVX2__)
inline constexpr int kBytes = 32;
#define SADDLESIM_AVX512 0
#else
inline constexpr int kBytes = 16;
#define SADDLESIM_AVX512 0
#endif
inline constexpr int kWidth = kBytes / 8;  // doubles in a register

using f64 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = double;
using u64 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::uint64_t;
using i64 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::int64_t;
using f32 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = float;
using i32 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::int32_t;
using u32 [[gnu::vector_size(8 * kWidth), gnu::may_alias]] = std::uint32_t;
using half_f32 [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = float;
using half_i32 [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = std::int32_t;
using half_u32 [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = std::uint32_t;

// The register that holds numbers of type T.
template <class T>
struct RegisterOf;
template <>
struct RegisterOf<double> {
  using type = f64;
};
template <>
struct RegisterOf<float> {
  using type = f32;
};
template <>
struct RegisterOf<std::uint64_t> {
  using type = u64;
};
template <>
struct RegisterOf<std::uint32_t> {
  using type = u32;
};
template <class T>
using vector = typename RegisterOf<T>::type;

SADDLESIM_INLINE f64 splat(double a) { return a - f64{}; }  // x - 0 is x for every x, also -0 and NaN
SADDLESIM_INLINE u64 splat(std::uint64_t a) { return a + u64{}; }
SADDLESIM_INLINE f32 splat(float a) { return a - f32{}; }
SADDLESIM_INLINE u32 splat(std::uint32_t a) { return a + u32{}; }

// What the generic code below needs from a loop over elements; it compiles to one instruction where there is one.
template <class V, class F>
SADDLESIM_INLINE V each(F f) {
  V r;
  for (unsigned i = 0; i < sizeof(V) / sizeof(r[0]); ++i) r[i] = f(i);
  return r;
}

// Of the functions below, not_lt is true where a number is NaN; add_where is a + b and fma_where a * b + c where the mask
// is true, elsewhere a and c, up to the sign of a zero, for finite b. mask<4> and mask<8> are those of elements of so many
// bytes; low and high are the halves of a register of the narrower elements, which are a register each of the wider ones.
#if SADDLESIM_AVX512

using mask32 = __mmask16;
using mask64 = __mmask8;

// With a mask of ones rather than without: GCC 12 warns of its own header's undefined operand otherwise.

SADDLESIM_INLINE f64 fma(f64 a, f64 b, f64 c) { return _mm512_fmadd_pd(a, b, c); }
SADDLESIM_INLINE f32 fma(f32 a, f32 b, f32 c) { return _mm512_fmadd_ps(a, b, c); }
SADDLESIM_INLINE f64 sqrt(f64 a) { return _mm512_maskz_sqrt_pd(0xff, a); }
SADDLESIM_INLINE f32 sqrt(f32 a) { return _mm512_maskz_sqrt_ps(0xffff, a); }
SADDLESIM_INLINE f64 min(f64 a, f64 b) { return _mm512_maskz_min_pd(0xff, a, b); }
SADDLESIM_INLINE f32 min(f32 a, f32 b) { return _mm512_maskz_min_ps(0xffff, a, b); }
SADDLESIM_INLINE f64 max(f64 a, f64 b) { return _mm512_maskz_max_pd(0xff, a, b); }
SADDLESIM_INLINE f32 max(f32 a, f32 b) { return _mm512_maskz_max_ps(0xffff, a, b); }
SADDLESIM_INLINE mask64 lt(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
SADDLESIM_INLINE mask32 lt(f32 a, f32 b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
SADDLESIM_INLINE mask64 le(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
SADDLESIM_INLINE mask32 le(f32 a, f32 b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
SADDLESIM_INLINE mask64 eq(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
SADDLESIM_INLINE mask32 eq(f32 a, f32 b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
SADDLESIM_INLINE mask64 not_lt(f64 a, f64 b) { return _mm512_cmp_pd_mask(a, b, _CMP_NLT_UQ); }
SADDLESIM_INLINE mask32 not_lt(f32 a, f32 b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ); }
SADDLESIM_INLINE mask64 eq(u64 a, u64 b) { return _mm512_cmpeq_epi64_mask((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE mask32 eq(u32 a, u32 b) { return _mm512_cmpeq_epi32_mask((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE mask64 lt(u64 a, u64 b) { return _mm512_cmplt_epu64_mask((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE mask32 lt(u32 a, u32 b) { return _mm512_cmplt_epu32_mask((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE f64 select(mask64 m, f64 a, f64 b) { return _mm512_mask_mov_pd(b, m, a); }
SADDLESIM_INLINE f32 select(mask32 m, f32 a, f32 b) { return _mm512_mask_mov_ps(b, m, a); }
SADDLESIM_INLINE u64 select(mask64 m, u64 a, u64 b) { return (u64)_mm512_mask_mov_epi64((__m512i)b, m, (__m512i)a); }
SADDLESIM_INLINE f64 add_where(mask64 m, f64 a, f64 b) { return _mm512_mask_add_pd(a, m, a, b); }
SADDLESIM_INLINE f32 add_where(mask32 m, f32 a, f32 b) { return _mm512_mask_add_ps(a, m, a, b); }
SADDLESIM_INLINE f64 fma_where(mask64 m, f64 a, f64 b, f64 c) { return _mm512_mask3_fmadd_pd(a, b, c, m); }
SADDLESIM_INLINE f32 fma_where(mask32 m, f32 a, f32 b, f32 c) { return _mm512_mask3_fmadd_ps(a, b, c, m); }
template <class M>
SADDLESIM_INLINE M both(M a, M b) {
  return static_cast<M>(a & b);
}
template <class M>
SADDLESIM_INLINE M either(M a, M b) {
  return static_cast<M>(a | b);
}
template <class M>
SADDLESIM_INLINE M negate(M a) {
  return static_cast<M>(~a);
}
SADDLESIM_INLINE unsigned to_bits(mask64 m) { return m; }
SADDLESIM_INLINE unsigned to_bits(mask32 m) { return m; }
SADDLESIM_INLINE void from_bits(unsigned bits, mask64& m) { m = static_cast<mask64>(bits); }
SADDLESIM_INLINE void from_bits(unsigned bits, mask32& m) { m = static_cast<mask32>(bits); }
SADDLESIM_INLINE u64 mul32(u64 a, u64 b) { return (u64)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
SADDLESIM_INLINE f32 to_float(i32 a) { return _mm512_cvtepi32_ps((__m512i)a); }

SADDLESIM_INLINE f64 widen_low(f32 a) { return _mm512_cvtps_pd(_mm512_castps512_ps256(a)); }
SADDLESIM_INLINE f64 widen_high(f32 a) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1)); }
SADDLESIM_INLINE mask64 widen_low(mask32 m) { return static_cast<mask64>(m); }
SADDLESIM_INLINE mask64 widen_high(mask32 m) { return static_cast<mask64>(m >> 8); }
SADDLESIM_INLINE f32 narrow(f64 low, f64 high) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
}
SADDLESIM_INLINE u32 narrow(u64 low, u64 high) {
  return (u32)_mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi64_epi32((__m512i)low)),
                                 _mm512_cvtepi64_epi32((__m512i)high), 1);
}
SADDLESIM_INLINE mask32 narrow(mask64 low, mask64 high) { return static_cast<mask32>(low | high << 8); }

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

using mask32 = i32;  // all ones or all zeros in each element
using mask64 = i64;

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
SADDLESIM_INLINE f32 min(f32 a, f32 b) { return a < b ? a : b; }
SADDLESIM_INLINE f64 max(f64 a, f64 b) { return a > b ? a : b; }
SADDLESIM_INLINE f32 max(f32 a, f32 b) { return a > b ? a : b; }
SADDLESIM_INLINE mask64 lt(f64 a, f64 b) { return a < b; }
SADDLESIM_INLINE mask32 lt(f32 a, f32 b) { return a < b; }
SADDLESIM_INLINE mask64 le(f64 a, f64 b) { return a <= b; }
SADDLESIM_INLINE mask32 le(f32 a, f32 b) { return a <= b; }
SADDLESIM_INLINE mask64 eq(f64 a, f64 b) { return a == b; }
SADDLESIM_INLINE mask32 eq(f32 a, f32 b) { return a == b; }
SADDLESIM_INLINE mask64 not_lt(f64 a, f64 b) { return ~(a < b); }
SADDLESIM_INLINE mask32 not_lt(f32 a, f32 b) { return ~(a < b); }
SADDLESIM_INLINE mask64 eq(u64 a, u64 b) { return a == b; }
SADDLESIM_INLINE mask32 eq(u32 a, u32 b) { return a == b; }
SADDLESIM_INLINE mask64 lt(u64 a, u64 b) { return a < b; }
SADDLESIM_INLINE mask32 lt(u32 a, u32 b) { return a < b; }
SADDLESIM_INLINE f64 select(mask64 m, f64 a, f64 b) { return m ? a : b; }
SADDLESIM_INLINE f32 select(mask32 m, f32 a, f32 b) { return m ? a : b; }
SADDLESIM_INLINE u64 select(mask64 m, u64 a, u64 b) { return m ? a : b; }
SADDLESIM_INLINE f64 add_where(mask64 m, f64 a, f64 b) { return a + select(m, b, f64{}); }
SADDLESIM_INLINE f32 add_where(mask32 m, f32 a, f32 b) { return a + select(m, b, f32{}); }
SADDLESIM_INLINE f64 fma_where(mask64 m, f64 a, f64 b, f64 c) { return fma(select(m, a, f64{}), b, c); }
SADDLESIM_INLINE f32 fma_where(mask32 m, f32 a, f32 b, f32 c) { return fma(select(m, a, f32{}), b, c); }
template <class M>
SADDLESIM_INLINE M both(M a, M b) {
  return a & b;
}
template <class M>
SADDLESIM_INLINE M either(M a, M b) {
  return a | b;
}
template <class M>
SADDLESIM_INLINE M negate(M a) {
  return ~a;
}
SADDLESIM_INLINE void from_bits(unsigned bits, mask64& m) {
  const u64 place = each<u64>([](unsigned i) { return std::uint64_t{1} << i; });
  m = (splat(std::uint64_t{bits}) & place) == place;
}
SADDLESIM_INLINE void from_bits(unsigned bits, mask32& m) {
  const u32 place = each<u32>([](unsigned i) { return std::uint32_t{1} << i; });
  m = (splat(std::uint32_t{bits}) & place) == place;
}
#if defined(__AVX2__)
SADDLESIM_INLINE unsigned to_bits(mask64 m) { return static_cast<unsigned>(_mm256_movemask_pd((__m256d)m)); }
SADDLESIM_INLINE unsigned to_bits(mask32 m) { return static_cast<unsigned>(_mm256_movemask_ps((__m256)m)); }
#elif defined(__SSE2__)
SADDLESIM_INLINE unsigned to_bits(mask64 m) { return static_cast<unsigned>(_mm_movemask_pd((__m128d)m)); }
SADDLESIM_INLINE unsigned to_bits(mask32 m) { return static_cast<unsigned>(_mm_movemask_ps((__m128)m)); }
#else
template <class M>
SADDLESIM_INLINE unsigned to_bits(M m) {
  unsigned bits = 0;
  for (unsigned i = 0; i < sizeof(M) / sizeof(m[0]); ++i) bits |= static_cast<unsigned>(m[i] & 1) << i;
  return bits;
}
#endif
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

template <class Half, class Whole>
SADDLESIM_INLINE Half half(const Whole& a, int which) {
  Half h;
  __builtin_memcpy(&h, reinterpret_cast<const char*>(&a) + which * static_cast<int>(sizeof h), sizeof h);
  return h;
}
template <class Whole, class Half>
SADDLESIM_INLINE Whole join(const Half& low, const Half& high) {
  Whole a;
  __builtin_memcpy(&a, &low, sizeof low);
  __builtin_memcpy(reinterpret_cast<char*>(&a) + sizeof low, &high, sizeof high);
  return a;
}
SADDLESIM_INLINE f64 widen_low(f32 a) { return __builtin_convertvector(half<half_f32>(a, 0), f64); }
SADDLESIM_INLINE f64 widen_high(f32 a) { return __builtin_convertvector(half<half_f32>(a, 1), f64); }
SADDLESIM_INLINE mask64 widen_low(mask32 m) { return __builtin_convertvector(half<half_i32>(m, 0), mask64); }
SADDLESIM_INLINE mask64 widen_high(mask32 m) { return __builtin_convertvector(half<half_i32>(m, 1), mask64); }
SADDLESIM_INLINE f32 narrow(f64 low, f64 high) {
  return join<f32>(__builtin_convertvector(low, half_f32), __builtin_convertvector(high, half_f32));
}
SADDLESIM_INLINE u32 narrow(u64 low, u64 high) {
  return join<u32>(__builtin_convertvector(low, half_u32), __builtin_convertvector(high, half_u32));
}
SADDLESIM_INLINE mask32 narrow(mask64 low, mask64 high) {
  return join<mask32>(__builtin_convertvector(low, half_i32), __builtin_convertvector(high, half_i32));
}

// Turns rows into columns.
SADDLESIM_INLINE void transpose(f64 (&rows)[kWidth]) {
  f64 columns[kWidth];
  for (unsigned i = 0; i < kWidth; ++i) columns[i] = each<f64>([&](unsigned k) { return rows[k][i]; });
  for (unsigned i = 0; i < kWidth; ++i) rows[i] = columns[i];
}

#endif

SADDLESIM_INLINE f64 abs(f64 a) { return (f64)((u64)a & 0x7fffffffffffffffU); }
SADDLESIM_INLINE f32 abs(f32 a) { return (f32)((u32)a & 0x7fffffffU); }
SADDLESIM_INLINE f64 copysign(f64 magnitude, f64 sign) {
  return (f64)(((u64)magnitude & 0x7fffffffffffffffU) | ((u64)sign & 0x8000000000000000U));
}
SADDLESIM_INLINE f32 copysign(f32 magnitude, f32 sign) {
  return (f32)(((u32)magnitude & 0x7fffffffU) | ((u32)sign & 0x80000000U));
}

// The mask of elements of so many bytes.
template <int kElementBytes>
struct MaskRegister {
  using type = mask64;
};
template <>
struct MaskRegister<4> {
  using type = mask32;
};
template <int kElementBytes>
using mask = typename MaskRegister<kElementBytes>::type;
template <int kElementBytes>
SADDLESIM_INLINE mask<kElementBytes> from_bits(unsigned bits) {
  mask<kElementBytes> m;
  from_bits(bits, m);
  return m;
}

}  // namespace saddlesim::native
