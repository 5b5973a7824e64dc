// The SIMD vocabulary of the core: kLanes trajectories side by side.
//
// A Lanes holds one number of each of kLanes trajectories; a block of trajectories is an array of Lanes, one
// for each coordinate. No operation here mixes lanes, so a trajectory's bits cannot depend on its neighbours,
// on its lane or on the register width.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>

#include "saddlesim/real.hpp"
#include "saddlesim/simd/native.hpp"

namespace saddlesim {

using Register = native::vector<Real>;
using RegisterMask = native::mask<sizeof(Real)>;

inline constexpr int kLanes = 128 / static_cast<int>(sizeof(Real));             // trajectories in a block
inline constexpr int kWidth = native::kBytes / static_cast<int>(sizeof(Real));  // of them in a register
inline constexpr int kParts = kLanes / kWidth;                                  // registers in a Lanes

// A set of lanes, one bit each, lane 0 the lowest: what masks become where branches depend on them.
using LaneSet = std::uint32_t;
inline constexpr LaneSet kAllLanes = static_cast<LaneSet>((std::uint64_t{1} << kLanes) - 1);

// Calls f(lane) for every lane of a set.
template <class F>
SADDLESIM_INLINE void for_lanes(LaneSet lanes, F f) {
  for (; lanes != 0; lanes &= lanes - 1) f(std::countr_zero(lanes));
}

namespace detail {
template <class R, class F, class... A>
SADDLESIM_INLINE R map(F f, const A&... a) {
  R r;
#pragma GCC unroll 16
  for (int i = 0; i < R::kRegisters; ++i) r.part[i] = f(a.part[i]...);
  return r;
}
}  // namespace detail

// True or false in each lane, as comparisons of elements of so many bytes answer; one converts into the other.
template <int kBytes>
struct alignas(64) MaskOf {
  static constexpr int kRegisters = kLanes * kBytes / native::kBytes;
  native::mask<kBytes> part[kRegisters];

  MaskOf() = default;
  SADDLESIM_INLINE MaskOf(const MaskOf<12 - kBytes>& other) {  // NOLINT: the other of 4 and 8
#pragma GCC unroll 16
    for (int i = 0; i < kRegisters; ++i) {
      if constexpr (kBytes == 4) {
        part[i] = native::narrow(other.part[2 * i], other.part[2 * i + 1]);
      } else {
        part[i] = i % 2 ? native::widen_high(other.part[i / 2]) : native::widen_low(other.part[i / 2]);
      }
    }
  }

  SADDLESIM_INLINE friend MaskOf operator&(const MaskOf& a, const MaskOf& b) {
    return detail::map<MaskOf>([](auto x, auto y) { return native::both(x, y); }, a, b);
  }
  SADDLESIM_INLINE friend MaskOf operator|(const MaskOf& a, const MaskOf& b) {
    return detail::map<MaskOf>([](auto x, auto y) { return native::either(x, y); }, a, b);
  }
  SADDLESIM_INLINE friend MaskOf operator!(const MaskOf& a) {
    return detail::map<MaskOf>([](auto x) { return native::negate(x); }, a);
  }
};
using Mask = MaskOf<sizeof(Real)>;  // of Lanes
using WideMask = MaskOf<8>;         // of Words and Doubles

template <int kBytes>
SADDLESIM_INLINE LaneSet to_bits(const MaskOf<kBytes>& m) {
  constexpr int width = native::kBytes / kBytes;
  LaneSet bits = 0;
#pragma GCC unroll 16
  for (int i = 0; i < m.kRegisters; ++i) bits |= native::to_bits(m.part[i]) << (i * width);
  return bits;
}
SADDLESIM_INLINE Mask from_bits(LaneSet bits) {
  Mask m;
#pragma GCC unroll 8
  for (int i = 0; i < kParts; ++i)
    m.part[i] = native::from_bits<sizeof(Real)>((bits >> (i * kWidth)) & ((1U << kWidth) - 1U));
  return m;
}
template <int kBytes>
SADDLESIM_INLINE bool any(const MaskOf<kBytes>& m) {
  return to_bits(m) != 0;
}
SADDLESIM_INLINE Mask no_lane() { return from_bits(0); }

// One T in each lane.
template <class T>
struct alignas(64) LanesOf {
  using Truth = MaskOf<sizeof(T)>;
  using Scalar = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;
  static constexpr int kRegisters = kLanes * static_cast<int>(sizeof(T)) / native::kBytes;

  native::vector<T> part[kRegisters];

  LanesOf() = default;
  SADDLESIM_INLINE LanesOf(Scalar a) {  // NOLINT: a number stands for itself in every lane
    for (auto& p : part) p = native::splat(static_cast<T>(a));
  }
  T* data() { return reinterpret_cast<T*>(part); }
  const T* data() const { return reinterpret_cast<const T*>(part); }
  T operator[](int lane) const { return reinterpret_cast<const T*>(part)[lane]; }
  void set(int lane, Scalar a) { reinterpret_cast<T*>(part)[lane] = static_cast<T>(a); }

#define SADDLESIM_BINARY(op)                                                        \
  SADDLESIM_INLINE friend LanesOf operator op(const LanesOf& a, const LanesOf& b) { \
    return detail::map<LanesOf>([](auto x, auto y) { return x op y; }, a, b);       \
  }
  SADDLESIM_BINARY(+)
  SADDLESIM_BINARY(-)
  SADDLESIM_BINARY(*)
  SADDLESIM_BINARY(/)
  SADDLESIM_BINARY(&)
  SADDLESIM_BINARY(|)
  SADDLESIM_BINARY(^)
#undef SADDLESIM_BINARY

  SADDLESIM_INLINE friend LanesOf operator-(const LanesOf& a) {
    return detail::map<LanesOf>([](auto x) { return -x; }, a);
  }
  SADDLESIM_INLINE friend LanesOf operator<<(const LanesOf& a, int n) {
    return detail::map<LanesOf>([n](auto x) { return x << n; }, a);
  }
  SADDLESIM_INLINE friend LanesOf operator>>(const LanesOf& a, int n) {
    return detail::map<LanesOf>([n](auto x) { return x >> n; }, a);
  }

  // a * b + c with one rounding.
  SADDLESIM_INLINE friend LanesOf fma(const LanesOf& a, const LanesOf& b, const LanesOf& c) {
    return detail::map<LanesOf>([](auto x, auto y, auto z) { return native::fma(x, y, z); }, a, b, c);
  }
  SADDLESIM_INLINE friend LanesOf sqrt(const LanesOf& a) {
    return detail::map<LanesOf>([](auto x) { return native::sqrt(x); }, a);
  }
  SADDLESIM_INLINE friend LanesOf abs(const LanesOf& a) {
    return detail::map<LanesOf>([](auto x) { return native::abs(x); }, a);
  }
  SADDLESIM_INLINE friend LanesOf copysign(const LanesOf& magnitude, const LanesOf& sign) {
    return detail::map<LanesOf>([](auto x, auto y) { return native::copysign(x, y); }, magnitude, sign);
  }
  SADDLESIM_INLINE friend LanesOf min(const LanesOf& a, const LanesOf& b) {
    return detail::map<LanesOf>([](auto x, auto y) { return native::min(x, y); }, a, b);
  }
  SADDLESIM_INLINE friend LanesOf max(const LanesOf& a, const LanesOf& b) {
    return detail::map<LanesOf>([](auto x, auto y) { return native::max(x, y); }, a, b);
  }

  SADDLESIM_INLINE friend Truth operator<(const LanesOf& a, const LanesOf& b) {
    return detail::map<Truth>([](auto x, auto y) { return native::lt(x, y); }, a, b);
  }
  SADDLESIM_INLINE friend Truth operator<=(const LanesOf& a, const LanesOf& b) {
    return detail::map<Truth>([](auto x, auto y) { return native::le(x, y); }, a, b);
  }
  SADDLESIM_INLINE friend Truth operator>(const LanesOf& a, const LanesOf& b) { return b < a; }
  SADDLESIM_INLINE friend Truth operator>=(const LanesOf& a, const LanesOf& b) { return b <= a; }
  SADDLESIM_INLINE friend Truth operator==(const LanesOf& a, const LanesOf& b) {
    return detail::map<Truth>([](auto x, auto y) { return native::eq(x, y); }, a, b);
  }
  SADDLESIM_INLINE friend LanesOf select(const Truth& m, const LanesOf& a, const LanesOf& b) {
    return detail::map<LanesOf>([](auto k, auto x, auto y) { return native::select(k, x, y); }, m, a, b);
  }
};
SADDLESIM_INLINE double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
SADDLESIM_INLINE Real fma_real(Real a, Real b, Real c) {
  if constexpr (kSingle) {
    return __builtin_fmaf(a, b, c);
  } else {
    return static_cast<Real>(__builtin_fma(a, b, c));
  }
}

using Lanes = LanesOf<Real>;           // what trajectories are made of
using Words = LanesOf<std::uint64_t>;  // ids, counters, steps
using Doubles = LanesOf<double>;       // what must not lose digits where Lanes are floats

// The bit patterns, unchanged.
template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
using Bits = LanesOf<BitsOf<Real>>;  // those of Lanes
template <class T>
SADDLESIM_INLINE LanesOf<BitsOf<T>> as_words(const LanesOf<T>& a) {
  return detail::map<LanesOf<BitsOf<T>>>([](auto x) { return (native::vector<BitsOf<T>>)x; }, a);
}
SADDLESIM_INLINE Doubles as_doubles(const Words& a) {
  return detail::map<Doubles>([](auto x) { return (native::f64)x; }, a);
}
// The product of the low 32 bits, as 64 bits.
SADDLESIM_INLINE Words mul32(const Words& a, const Words& b) {
  return detail::map<Words>([](auto x, auto y) { return native::mul32(x, y); }, a, b);
}
// Whole numbers below 2^53 as doubles, exactly.
SADDLESIM_INLINE Doubles to_double(const Words& a) {
  const Words magic = 0x4330000000000000U;  // 2^52 in the exponent field
  const Doubles two52 = 0x1p52;
  const Doubles high = as_doubles((a >> 32) | magic) - two52;
  const Doubles low = as_doubles((a & Words(0xffffffffU)) | magic) - two52;
  return fma(high, Doubles(0x1p32), low);
}
// true in the lanes that are finite
SADDLESIM_INLINE Mask is_finite(const Lanes& a) { return abs(a) <= Lanes(std::numeric_limits<Real>::max()); }

// Of each pair of registers one of elements half as wide: doubles become floats, words lose their high halves.
template <class T>
SADDLESIM_INLINE auto narrow(const LanesOf<T>& a) {
  LanesOf<std::conditional_t<std::is_same_v<T, double>, float, std::uint32_t>> half;
#pragma GCC unroll 16
  for (int i = 0; i < half.kRegisters; ++i) half.part[i] = native::narrow(a.part[2 * i], a.part[2 * i + 1]);
  return half;
}
SADDLESIM_INLINE Doubles widen(const LanesOf<double>& a) { return a; }
SADDLESIM_INLINE Doubles widen(const LanesOf<float>& a) {
  Doubles wide;
#pragma GCC unroll 16
  for (int i = 0; i < a.kRegisters; ++i) {
    wide.part[2 * i] = native::widen_low(a.part[i]);
    wide.part[2 * i + 1] = native::widen_high(a.part[i]);
  }
  return wide;
}
// Rounded to what Lanes hold.
template <class T = Real>
SADDLESIM_INLINE LanesOf<T> to_lanes(const Doubles& a) {
  if constexpr (std::is_same_v<T, double>) {
    return a;
  } else {
    return narrow(a);
  }
}

// Elements, such as Lanes, aligned for whole registers: a block of trajectories, coordinate by coordinate.
template <class Element>
class BlockOf {
 public:
  explicit BlockOf(int rows = 0)
      : rows_(rows), data_(new (std::align_val_t{64}) Element[static_cast<std::size_t>(rows)]) {
    for (int i = 0; i < rows; ++i) data_[static_cast<std::size_t>(i)] = Element(0);
  }
  int rows() const { return rows_; }
  Element* data() { return data_.get(); }
  const Element* data() const { return data_.get(); }
  Element& operator[](int row) { return data_[static_cast<std::size_t>(row)]; }
  const Element& operator[](int row) const { return data_[static_cast<std::size_t>(row)]; }

 private:
  struct Free {
    void operator()(Element* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  int rows_;
  std::unique_ptr<Element[], Free> data_;
};
using Block = BlockOf<Lanes>;

}  // namespace saddlesim
