// Symmetric matrices that every trajectory has for itself, as the entries (a, b), b <= a, on and below the diagonal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <vector>

#include "../register_tile.hpp"
#include "saddlesim/lanes.hpp"

namespace saddlesim::packed {

// Tiles of kHigh rows, two columns and kTileWide registers: with what they are made of they fill the registers.
inline constexpr int kHigh = SADDLESIM_AVX512 ? 4 : 2;

template <int kRows>
using Tile = Register[kRows][2][kTileWide];

// Where row a begins.
SADDLESIM_INLINE std::ptrdiff_t row(std::ptrdiff_t a) { return a * (a + 1) / 2; }

// sum_i += left_i right for two columns of `right`; left(i) and right are the first of kTileWide registers.
template <int kRows, class Left>
SADDLESIM_INLINE void add(Left left, const Register* right0, const Register* right1, Tile<kRows>& sum) {
  Register right[2][kTileWide];
#pragma GCC unroll 4
  for (int k = 0; k < kTileWide; ++k) {
    right[0][k] = right0[k];
    right[1][k] = right1[k];
  }
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i) {
    const Register* from = left(i);
#pragma GCC unroll 4
    for (int k = 0; k < kTileWide; ++k) {
      const Register number = from[k];
      sum[i][0][k] = native::fma(number, right[0][k], sum[i][0][k]);
      sum[i][1][k] = native::fma(number, right[1][k], sum[i][1][k]);
    }
  }
}

// Calls tile(first row, part, constant height) for tiles of all rows and registers.
template <class Call>
SADDLESIM_INLINE void for_tiles(int rows, Call tile) {
  for (int part = 0; part < kParts; part += kTileWide) {
    int first = 0;
    for (; first + kHigh <= rows; first += kHigh) tile(first, part, std::integral_constant<int, kHigh>{});
    if (first < rows) {
      with_height<kHigh - 1>(rows - first, [&](auto height) { tile(first, part, height); });
    }
  }
}

// n rows of weights of the entries of a symmetric matrix as weights of what multiply_transposed computes: those on the
// diagonal are doubled.
inline std::vector<double> weights(const double* of_entries, int n, int d) {
  const std::ptrdiff_t entries = row(d);
  std::vector<double> result(of_entries, of_entries + n * entries);
  for (auto at = result.begin(); at != result.end(); at += entries) {
    for (int a = 0; a < d; ++a) at[row(a) + a] *= 2.0;
  }
  return result;
}

// Two d x r matrices, row by row.
struct Factors {
  const Lanes* left;
  const Lanes* right;
};

// Rows a, ..., a + kRows - 1 of what multiply_transposed computes.
template <int kRows>
void multiply_transposed_rows(std::initializer_list<Factors> products, int a, int part, int d, int r, Lanes* entries) {
  const std::ptrdiff_t stride = std::ptrdiff_t{r} * kParts;
  Register* to[kRows];
  for (int i = 0; i < kRows; ++i) to[i] = registers(entries + row(a + i)) + part;
  for (int b = 0; b < a + kRows; b += 2) {
    const std::ptrdiff_t next = b + 1 < d ? stride : 0;
    Tile<kRows> sum = {};
    for (const Factors& p : products) {
      const Register *left = registers(p.left) + a * stride + part, *right = registers(p.right) + b * stride + part;
      for (int j = 0; j < r; ++j, left += kParts, right += kParts)
        add<kRows>([&](int i) { return left + i * stride; }, right, right + next, sum);
    }
    const bool crossed = b + 1 >= a;  // by the diagonal
#pragma GCC unroll 4
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < 2; ++j) {
        if (crossed && b + j > a + i) continue;
        if (crossed && b + j == a + i) {
          for (Register& number : sum[i][j]) number = native::splat(Real{0.5}) * number;
        }
#pragma GCC unroll 4
        for (int k = 0; k < kTileWide; ++k) to[i][(b + j) * kParts + k] = sum[i][j][k];
      }
    }
  }
}

// The entries of the sum of left right', which is symmetric, with half of those on the diagonal.
inline void multiply_transposed(std::initializer_list<Factors> products, int d, int r, Lanes* entries) {
  for_tiles(d, [&](int a, int part, auto height) {
    multiply_transposed_rows<decltype(height)::value>(products, a, part, d, r, entries);
  });
}

// A symmetric matrix, as entries, and a d x r one, row by row.
struct Term {
  const Lanes* entries;
  const Lanes* factor;
};

// Rows a, ..., a + kRows - 1 of what multiply computes, its columns j and j + 1.
template <int kRows>
void multiply_rows(std::initializer_list<Term> terms, int a, int j, int part, int d, int r, Lanes* product) {
  const std::ptrdiff_t stride = std::ptrdiff_t{r} * kParts, next = j + 1 < r ? kParts : 0;
  Tile<kRows> sum = {};
  for (const Term& t : terms) {
    const Register* entries = registers(t.entries) + part;
    const Register* factor = registers(t.factor + j) + part;
    const Register* left[kRows];
    for (int i = 0; i < kRows; ++i) left[i] = entries + row(a + i) * kParts;
    int b = 0;
    for (; b < a; ++b, factor += stride)
      add<kRows>([&](int i) { return left[i] + std::ptrdiff_t{b} * kParts; }, factor, factor + next, sum);
#pragma GCC unroll 4
    for (int c = 0; c < kRows; ++c, ++b, factor += stride) {
      add<kRows>([&](int i) { return i < c ? left[c] + (a + i) * kParts : left[i] + (a + c) * kParts; }, factor,
                 factor + next, sum);
    }
    const Register* below = entries + (row(b) + a) * kParts;
    for (; b < d; ++b, factor += stride, below += std::ptrdiff_t{b} * kParts)
      add<kRows>([&](int i) { return below + i * kParts; }, factor, factor + next, sum);
  }
  Register* to = registers(product + std::ptrdiff_t{a} * r + j) + part;
#pragma GCC unroll 4
  for (int i = 0; i < kRows; ++i, to += stride) {
#pragma GCC unroll 4
    for (int k = 0; k < kTileWide; ++k) {
      if (next) to[kParts + k] = sum[i][1][k];
      to[k] = sum[i][0][k];
    }
  }
}

// product = sum of the terms' products, each summed from left to right.
inline void multiply(std::initializer_list<Term> terms, int d, int r, Lanes* product) {
  for_tiles(d, [&](int a, int part, auto height) {
    for (int j = 0; j < r; j += 2) multiply_rows<decltype(height)::value>(terms, a, j, part, d, r, product);
  });
}

}  // namespace saddlesim::packed
