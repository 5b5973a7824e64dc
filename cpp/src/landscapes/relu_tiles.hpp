// The inner loops of a hidden layer: tiles of products with a shared matrix, held in registers.
#pragma once

#include <type_traits>

#include "saddlesim/landscapes/two_layer_relu.hpp"

namespace saddlesim::relu {

using Pattern = TwoLayerReLU::Pattern;

inline constexpr int kHigh = RowPanels::kHigh, kWide = RowPanels::kWide;
static_assert(kParts % kWide == 0);

SADDLESIM_INLINE Register* registers(Lanes* a) { return reinterpret_cast<Register*>(a); }
SADDLESIM_INLINE const Register* registers(const Lanes* a) { return reinterpret_cast<const Register*>(a); }

// Volatile, because compilers would gather the patterns of a tile in a vector register, at several times the cost.
SADDLESIM_INLINE void store_bits(RegisterMask mask, Pattern* to) {
  *static_cast<volatile Pattern*>(to) = static_cast<Pattern>(native::to_bits(mask));
}
SADDLESIM_INLINE RegisterMask load_bits(Pattern bits) { return native::from_bits<sizeof(Real)>(bits); }

// Calls f with the height as a constant of the compiler.
template <int kHeight = kHigh, class F>
SADDLESIM_INLINE void with_height(int height, F f) {
  if constexpr (kHeight > 1) {
    if (height != kHeight) return with_height<kHeight - 1>(height, f);
  }
  f(std::integral_constant<int, kHeight>{});
}

// use(i, j, sum_k a_ik x_kj) for the rows i of a panel and kWide registers j of x, which has a stride of kParts; summed
// over k in increasing order.
template <int kRows, class Use>
SADDLESIM_INLINE void multiply_tile(const Real* a, int columns, const Register* x, Use use) {
  Register sum[kRows][kWide] = {};
  for (int k = 0; k < columns; ++k, a += kRows, x += kParts) {
    Register right[kWide];
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) right[j] = x[j];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Register left = native::splat(a[i]);
#pragma GCC unroll 4
      for (int j = 0; j < kWide; ++j) sum[i][j] = native::fma(left, right[j], sum[i][j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) use(i, j, sum[i][j]);
  }
}

// The same for all rows of the matrix and all registers: use(i, value) for register i of the rows' Lanes.
template <class Use>
SADDLESIM_INLINE void multiply(const RowPanels& a, const Lanes* x, Use use) {
  for (int p = 0; p < a.count(); ++p) {
    const RowPanels::Panel panel = a[p];
    with_height(panel.height, [&](auto height) {
      for (int part = 0; part < kParts; part += kWide) {
        const int first = panel.first * kParts + part;
        multiply_tile<height>(panel.numbers, a.columns(), registers(x) + part,
                              [&](int i, int j, Register sum) { use(first + i * kParts + j, sum); });
      }
    });
  }
}

// y_k = scale sum_i a_ki w_i over the samples i on which a unit is active, for the rows k of a panel and kWide registers
// of w, active and y, which have a stride of kParts. A zero is +0, whatever was added up to it.
template <int kRows>
SADDLESIM_INLINE void collect_tile(const Real* a, int columns, const Register* w, const Pattern* active, Real scale,
                                   Register* y) {
  Register sum[kRows][kWide] = {};
  for (int i = 0; i < columns; ++i, a += kRows, w += kParts, active += kParts) {
    Register right[kWide];
    RegisterMask mask[kWide];
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) {
      right[j] = w[j];
      mask[j] = load_bits(active[j]);
    }
#pragma GCC unroll 16
    for (int k = 0; k < kRows; ++k) {
      const Register left = native::splat(a[k]);
#pragma GCC unroll 4
      for (int j = 0; j < kWide; ++j) sum[k][j] = native::fma_where(mask[j], right[j], left, sum[k][j]);
    }
  }
#pragma GCC unroll 16
  for (int k = 0; k < kRows; ++k) {
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) y[k * kParts + j] = native::fma(sum[k][j], native::splat(scale), Register{});
  }
}

// The same for all rows and registers.
inline void collect(const RowPanels& a, const Lanes* w, const Pattern* active, Real scale, Lanes* y) {
  for (int p = 0; p < a.count(); ++p) {
    const RowPanels::Panel panel = a[p];
    with_height(panel.height, [&](auto height) {
      for (int part = 0; part < kParts; part += kWide) {
        collect_tile<height>(panel.numbers, a.columns(), registers(w) + part, active + part, scale,
                             registers(y + panel.first) + part);
      }
    });
  }
}

}  // namespace saddlesim::relu
