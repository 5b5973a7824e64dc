// The inner loop of every product with a matrix that all trajectories share: a tile of the product, held in registers.
#pragma once

#include <type_traits>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// Registers of the other factor that a tile is wide. Every number of the shared matrix is broadcast once for them.
inline constexpr int kTileWide = 2;
static_assert(kParts % kTileWide == 0);

template <int kRows>
using RegisterTile = Register[kRows][kTileWide];

SADDLESIM_INLINE Register* registers(Lanes* a) { return reinterpret_cast<Register*>(a); }
SADDLESIM_INLINE const Register* registers(const Lanes* a) { return reinterpret_cast<const Register*>(a); }

// sum_ij += sum_k a_ik x_kj over k in increasing order. Number a_ik is at i kRowStep + k kDepthStep; x has a stride of
// kParts registers.
template <int kRowStep, int kDepthStep, int kRows>
SADDLESIM_INLINE void add_tile(const Real* a, int depth, const Register* x, RegisterTile<kRows>& sum) {
  for (int k = 0; k < depth; ++k, a += kDepthStep, x += kParts) {
    Register right[kTileWide];
#pragma GCC unroll 4
    for (int j = 0; j < kTileWide; ++j) right[j] = x[j];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Register left = native::splat(a[i * kRowStep]);
#pragma GCC unroll 4
      for (int j = 0; j < kTileWide; ++j) sum[i][j] = native::fma(left, right[j], sum[i][j]);
    }
  }
}

// sum_ij = a_i x_j: the first products of a sum, which then begins with no zeros that would have to be copied.
template <int kRowStep, int kRows>
SADDLESIM_INLINE void begin_tile(const Real* a, const Register* x, RegisterTile<kRows>& sum) {
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
    const Register left = native::splat(a[i * kRowStep]);
#pragma GCC unroll 4
    for (int j = 0; j < kTileWide; ++j) sum[i][j] = left * x[j];
  }
}

// Calls f with the height, which is at most kHeight, as a constant of the compiler.
template <int kHeight, class F>
SADDLESIM_INLINE void with_height(int height, F f) {
  if constexpr (kHeight > 1) {
    if (height != kHeight) return with_height<kHeight - 1>(height, f);
  }
  f(std::integral_constant<int, kHeight>{});
}

}  // namespace saddlesim
