// The SIMD vocabulary of the core: kLanes trajectories side by side.
//
// A Lanes holds one number of each of kLanes trajectories; a block of trajectories is an array of Lanes, one
// for each coordinate. No operation here mixes lanes, so a trajectory's bits cannot depend on its neighbours,
// on its lane or on the register width.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <new>

#include "saddlesim/simd/native.hpp"

namespace saddlesim {

inline constexpr int kLanes = 16;                       // trajectories in a block
inline constexpr int kParts = kLanes / native::kWidth;  // registers in a Lanes

// A set of lanes, one bit each, lane 0 the lowest: what masks become where branches depend on them.
using LaneSet = std::uint32_t;
inline constexpr LaneSet kAllLanes = static_cast<LaneSet>((std::uint64_t{1} << kLanes) - 1);

// Calls f(lane) for every lane of a set.
template <class F>
SADDLESIM_INLINE void for_lanes(LaneSet lanes, F f) {
  for (; lanes != 0; lanes &= lanes - 1) f(std::countr_zero(lanes));
}

struct alignas(64) Mask {
  native::mask part[kParts];
};

struct alignas(64) Lanes {
  native::f64 part[kParts];

  Lanes() = default;
  SADDLESIM_INLINE Lanes(double a) {  // NOLINT: a number stands for itself in every lane
    for (auto& p : part) p = native::splat(a);
  }
  double operator[](int lane) const { return reinterpret_cast<const double*>(part)[lane]; }
  void set(int lane, double a) { reinterpret_cast<double*>(part)[lane] = a; }
};

struct alignas(64) Words {
  native::u64 part[kParts];

  Words() = default;
  SADDLESIM_INLINE Words(std::uint64_t a) {  // NOLINT
    for (auto& p : part) p = native::splat(a);
  }
  std::uint64_t operator[](int lane) const {
    return reinterpret_cast<const std::uint64_t __attribute__((may_alias))*>(part)[lane];
  }
  void set(int lane, std::uint64_t a) { reinterpret_cast<std::uint64_t __attribute__((may_alias))*>(part)[lane] = a; }
};

namespace detail {
template <class R, class F, class... A>
SADDLESIM_INLINE R map(F f, const A&... a) {
  R r;
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i) r.part[i] = f(a.part[i]...);
  return r;
}
}  // namespace detail

#define SADDLESIM_BINARY(Type, op)                                         \
  SADDLESIM_INLINE Type operator op(const Type& a, const Type& b) {        \
    return detail::map<Type>([](auto x, auto y) { return x op y; }, a, b); \
  }
SADDLESIM_BINARY(Lanes, +)
SADDLESIM_BINARY(Lanes, -)
SADDLESIM_BINARY(Lanes, *)
SADDLESIM_BINARY(Lanes, /)
SADDLESIM_BINARY(Words, +)
SADDLESIM_BINARY(Words, -)
SADDLESIM_BINARY(Words, &)
SADDLESIM_BINARY(Words, |)
SADDLESIM_BINARY(Words, ^)
#undef SADDLESIM_BINARY

SADDLESIM_INLINE Lanes operator-(const Lanes& a) {
  return detail::map<Lanes>([](auto x) { return -x; }, a);
}
SADDLESIM_INLINE Words operator<<(const Words& a, int n) {
  return detail::map<Words>([n](auto x) { return x << n; }, a);
}
SADDLESIM_INLINE Words operator>>(const Words& a, int n) {
  return detail::map<Words>([n](auto x) { return x >> n; }, a);
}

// a * b + c with one rounding.
SADDLESIM_INLINE Lanes fma(const Lanes& a, const Lanes& b, const Lanes& c) {
  return detail::map<Lanes>([](auto x, auto y, auto z) { return native::fma(x, y, z); }, a, b, c);
}
SADDLESIM_INLINE double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
SADDLESIM_INLINE Lanes sqrt(const Lanes& a) {
  return detail::map<Lanes>([](auto x) { return native::sqrt(x); }, a);
}
SADDLESIM_INLINE Lanes abs(const Lanes& a) {
  return detail::map<Lanes>([](auto x) { return native::abs(x); }, a);
}
SADDLESIM_INLINE Lanes copysign(const Lanes& magnitude, const Lanes& sign) {
  return detail::map<Lanes>([](auto x, auto y) { return native::copysign(x, y); }, magnitude, sign);
}
SADDLESIM_INLINE Lanes min(const Lanes& a, const Lanes& b) {
  return detail::map<Lanes>([](auto x, auto y) { return native::min(x, y); }, a, b);
}
SADDLESIM_INLINE Lanes max(const Lanes& a, const Lanes& b) {
  return detail::map<Lanes>([](auto x, auto y) { return native::max(x, y); }, a, b);
}

SADDLESIM_INLINE Mask operator<(const Lanes& a, const Lanes& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::lt(x, y); }, a, b);
}
SADDLESIM_INLINE Mask operator<=(const Lanes& a, const Lanes& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::le(x, y); }, a, b);
}
SADDLESIM_INLINE Mask operator>(const Lanes& a, const Lanes& b) { return b < a; }
SADDLESIM_INLINE Mask operator>=(const Lanes& a, const Lanes& b) { return b <= a; }
SADDLESIM_INLINE Mask operator==(const Lanes& a, const Lanes& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::eq(x, y); }, a, b);
}
SADDLESIM_INLINE Mask operator==(const Words& a, const Words& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::eq(x, y); }, a, b);
}
SADDLESIM_INLINE Mask operator<(const Words& a, const Words& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::lt(x, y); }, a, b);
}

SADDLESIM_INLINE Mask operator&(const Mask& a, const Mask& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::both(x, y); }, a, b);
}
SADDLESIM_INLINE Mask operator|(const Mask& a, const Mask& b) {
  return detail::map<Mask>([](auto x, auto y) { return native::either(x, y); }, a, b);
}
SADDLESIM_INLINE Mask operator!(const Mask& a) {
  return detail::map<Mask>([](auto x) { return native::negate(x); }, a);
}
SADDLESIM_INLINE Lanes select(const Mask& m, const Lanes& a, const Lanes& b) {
  return detail::map<Lanes>([](auto k, auto x, auto y) { return native::select(k, x, y); }, m, a, b);
}
SADDLESIM_INLINE Words select(const Mask& m, const Words& a, const Words& b) {
  return detail::map<Words>([](auto k, auto x, auto y) { return native::select(k, x, y); }, m, a, b);
}

SADDLESIM_INLINE LaneSet to_bits(const Mask& m) {
  LaneSet bits = 0;
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i) bits |= native::to_bits(m.part[i]) << (i * native::kWidth);
  return bits;
}
SADDLESIM_INLINE Mask from_bits(LaneSet bits) {
  Mask m;
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i)
    m.part[i] = native::from_bits((bits >> (i * native::kWidth)) & ((1U << native::kWidth) - 1U));
  return m;
}
SADDLESIM_INLINE bool any(const Mask& m) { return to_bits(m) != 0; }
SADDLESIM_INLINE Mask no_lane() { return from_bits(0); }

// The bit patterns, unchanged.
SADDLESIM_INLINE Words as_words(const Lanes& a) {
  return detail::map<Words>([](auto x) { return (native::u64)x; }, a);
}
SADDLESIM_INLINE Lanes as_lanes(const Words& a) {
  return detail::map<Lanes>([](auto x) { return (native::f64)x; }, a);
}
// The product of the low 32 bits, as 64 bits.
SADDLESIM_INLINE Words mul32(const Words& a, const Words& b) {
  return detail::map<Words>([](auto x, auto y) { return native::mul32(x, y); }, a, b);
}
// Whole numbers below 2^53 as doubles, exactly.
SADDLESIM_INLINE Lanes to_double(const Words& a) {
  const Words magic = 0x4330000000000000U;  // 2^52 in the exponent field
  const Lanes two52 = 0x1p52;
  const Lanes high = as_lanes((a >> 32) | magic) - two52;
  const Lanes low = as_lanes((a & Words(0xffffffffU)) | magic) - two52;
  return fma(high, Lanes(0x1p32), low);
}
// true in the lanes that are finite
SADDLESIM_INLINE Mask is_finite(const Lanes& a) { return abs(a) <= Lanes(0x1.fffffffffffffp1023); }

// dim Lanes, aligned for whole registers: a block of trajectories, coordinate by coordinate.
class Block {
 public:
  explicit Block(int rows = 0) : rows_(rows), data_(new (std::align_val_t{64}) Lanes[static_cast<std::size_t>(rows)]) {
    for (int i = 0; i < rows; ++i) data_[static_cast<std::size_t>(i)] = Lanes(0.0);
  }
  int rows() const { return rows_; }
  Lanes* data() { return data_.get(); }
  const Lanes* data() const { return data_.get(); }
  Lanes& operator[](int row) { return data_[static_cast<std::size_t>(row)]; }
  const Lanes& operator[](int row) const { return data_[static_cast<std::size_t>(row)]; }

 private:
  struct Free {
    void operator()(Lanes* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  int rows_;
  std::unique_ptr<Lanes[], Free> data_;
};

}  // namespace saddlesim
