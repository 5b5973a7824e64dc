// The inner loops of a hidden layer: tiles of products with a shared matrix, held in registers.
#pragma once

#include "../register_tile.hpp"
#include "saddlesim/landscapes/two_layer_relu.hpp"

namespace saddlesim::relu {

using Pattern = TwoLayerReLU::Pattern;

inline constexpr int kHigh = RowPanels::kHigh, kWide = RowPanels::kWide;
static_assert(kWide == kTileWide);

// Volatile, because compilers would gather the bytes of a tile in a vector register, at several times the cost.
SADDLESIM_INLINE void store_bits(RegisterMask mask, Pattern* to) {
  *static_cast<volatile Pattern*>(to) = static_cast<Pattern>(native::to_bits(mask));
}

SADDLESIM_INLINE RegisterMask load_bits(Pattern bits) { return native::from_bits<sizeof(Real)>(bits); }

// use(i, j, sum_k a_ik x_kj) for the rows i of a panel and kWide registers j of x, which has a stride of kParts; summed
// over k in increasing order.
template <int kRows, class Use>
SADDLESIM_INLINE void multiply_tile(const Real* a, int columns, const Register* x, Use use) {
  RegisterTile<kRows> sum;
  begin_tile<1>(a, x, sum);
  add_tile<1, kRows>(a + kRows, columns - 1, x + kParts, sum);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) use(i, j, sum[i][j]);
  }
}

// Fetches a part of the next unit's numbers, which lie behind those of this one, while a panel is multiplied: in all there
// are more of them than caches hold.
SADDLESIM_INLINE void fetch_next(const RowPanels& a, int panel, const Lanes* x) {
  const int begin = a.columns() * panel / a.count(), end = a.columns() * (panel + 1) / a.count();
  for (int k = begin; k < end; ++k) {
#pragma GCC unroll 8
    for (int part = 0; part < kParts; ++part) __builtin_prefetch(registers(x + a.columns() + k) + part);
  }
}

// The same for all rows of the matrix and all registers: use(i, value) for register i of the rows' Lanes.
template <class Use>
SADDLESIM_INLINE void multiply(const RowPanels& a, const Lanes* x, Use use) {
  for (int p = 0; p < a.count(); ++p) {
    const RowPanels::Panel panel = a[p];
    fetch_next(a, p, x);
    with_height<kHigh>(panel.height, [&](auto height) {
      for (int part = 0; part < kParts; part += kWide) {
        const int first = panel.first * kParts + part;
        multiply_tile<height>(panel.numbers, a.columns(), registers(x) + part,
                              [&](int i, int j, Register sum) { use(first + i * kParts + j, sum); });
      }
    });
  }
}

// use(i, z, dz) for register i of kRows of a panel's kHeight rows, z and dz the sums with x and with v: every number of a
// is broadcast once for both.
template <int kRows, int kHeight, class Use>
SADDLESIM_INLINE void multiply_pair_tile(const Real* a, int columns, const Register* x, const Register* v, Use use) {
  RegisterTile<kRows> z = {}, dz = {};
  for (int k = 0; k < columns; ++k, a += kHeight, x += kParts, v += kParts) {
    add_tile<1, kHeight>(a, 1, x, z);
    add_tile<1, kHeight>(a, 1, v, dz);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) use(i * kParts + j, z[i][j], dz[i][j]);
  }
}

// The same for all rows and registers.
template <class Use>
SADDLESIM_INLINE void multiply_pair(const RowPanels& a, const Lanes* x, const Lanes* v, Use use) {
  for (int p = 0; p < a.count(); ++p) {
    const RowPanels::Panel panel = a[p];
    fetch_next(a, p, x);
    fetch_next(a, p, v);
    with_height<kHigh>(panel.height, [&](auto height) {
      constexpr int kHeight = decltype(height)::value, kUpper = kHeight / 2;
      for (int part = 0; part < kParts; part += kWide) {
        const Register *left = registers(x) + part, *right = registers(v) + part;
        const int first = panel.first * kParts + part, second = first + kUpper * kParts;
        if constexpr (kUpper > 0) {
          multiply_pair_tile<kUpper, kHeight>(panel.numbers, a.columns(), left, right,
                                              [&](int i, Register z, Register dz) { use(first + i, z, dz); });
        }
        multiply_pair_tile<kHeight - kUpper, kHeight>(panel.numbers + kUpper, a.columns(), left, right,
                                                      [&](int i, Register z, Register dz) { use(second + i, z, dz); });
      }
    });
  }
}

// y_k = scale sum_i a_ki w_i over the samples i on which a unit is active, for the rows k of a panel and kWide registers
// of weight(i, j), active, scale and y; active and y have a stride of kParts. A zero is +0, whatever was added up to it.
template <int kRows, class Weight>
SADDLESIM_INLINE void collect_tile(const Real* a, int columns, Weight weight, const Pattern* active,
                                   const Register* scale, Register* y) {
  RegisterTile<kRows> sum;
  Register first[kWide];
  for (int j = 0; j < kWide; ++j) first[j] = native::select(load_bits(active[j]), weight(0, j), Register{});
  begin_tile<1>(a, first, sum);
  for (int i = 1; i < columns; ++i) {
    a += kRows;
    active += kParts;
    Register right[kWide];
    RegisterMask mask[kWide];
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) {
      right[j] = weight(i, j);
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
    for (int j = 0; j < kWide; ++j) y[k * kParts + j] = native::fma(sum[k][j], scale[j], Register{});
  }
}

// The same for all rows and registers; weights(part) is the weight of a tile whose registers begin there.
template <class Weights>
SADDLESIM_INLINE void collect(const RowPanels& a, Weights weights, const Pattern* active, const Lanes& scale,
                              Lanes* y) {
  for (int p = 0; p < a.count(); ++p) {
    const RowPanels::Panel panel = a[p];
    with_height<kHigh>(panel.height, [&](auto height) {
      for (int part = 0; part < kParts; part += kWide) {
        collect_tile<height>(panel.numbers, a.columns(), weights(part), active + part, registers(&scale) + part,
                             registers(y + panel.first) + part);
      }
    });
  }
}

}  // namespace saddlesim::relu
