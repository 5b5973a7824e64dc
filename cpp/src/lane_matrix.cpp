#include "saddlesim/lane_matrix.hpp"

#include <algorithm>
#include <cstddef>

namespace saddlesim {

namespace {

// A tile of the product is held in registers: kHigh x kWide of them, beside kHigh + kWide that are loaded for each k.
constexpr int kHigh = 4;
constexpr int kWide = SADDLESIM_AVX512 ? 4 : 2;

// One register part of a matrix of Lanes, to read.
struct Source {
  const Register* data;
  std::ptrdiff_t row_stride, column_stride;

  Source(ConstLaneMatrix m, int i, int j, int part)
      : data(reinterpret_cast<const Register*>(&m(i, j)) + part),
        row_stride(std::ptrdiff_t{m.row_stride} * kParts),
        column_stride(std::ptrdiff_t{m.column_stride} * kParts) {}
  Source(const Register* data, std::ptrdiff_t row_stride, std::ptrdiff_t column_stride)
      : data(data), row_stride(row_stride), column_stride(column_stride) {}
  const Register& operator()(std::ptrdiff_t i, std::ptrdiff_t j) const {
    return data[i * row_stride + j * column_stride];
  }
};

// The same, to write.
struct Target {
  Register* data;
  std::ptrdiff_t row_stride, column_stride;

  Target(LaneMatrix m, int i, int j, int part)
      : data(reinterpret_cast<Register*>(&m(i, j)) + part),
        row_stride(std::ptrdiff_t{m.row_stride} * kParts),
        column_stride(std::ptrdiff_t{m.column_stride} * kParts) {}
  Register& operator()(std::ptrdiff_t i, std::ptrdiff_t j) const { return data[i * row_stride + j * column_stride]; }
};

template <int kRows, int kColumns>
using Tile = Register[kRows][kColumns];

// sum += a b; of the tile only what is on or below its diagonal if kLower.
template <int kRows, int kColumns, bool kNegate, bool kLower>
SADDLESIM_INLINE void add_product(Source a, Source b, int depth, Tile<kRows, kColumns>& sum) {
  for (int k = 0; k < depth; ++k) {
    Register right[kColumns];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) right[j] = b(k, j);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Register left = kNegate ? -a(i, k) : a(i, k);
#pragma GCC unroll 8
      for (int j = 0; j < kColumns; ++j) {
        if (!kLower || j <= i) sum[i][j] = native::fma(left, right[j], sum[i][j]);
      }
    }
  }
}

template <int kRows, int kColumns>
SADDLESIM_INLINE void add_product(const Real* a, Source b, int depth, Tile<kRows, kColumns>& sum) {
  for (int k = 0; k < depth; ++k) {
    Register right[kColumns];
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) right[j] = b(k, j);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Register left = native::splat(a[std::ptrdiff_t{i} * depth + k]);
#pragma GCC unroll 8
      for (int j = 0; j < kColumns; ++j) sum[i][j] = native::fma(left, right[j], sum[i][j]);
    }
  }
}

template <int kRows, int kColumns>
SADDLESIM_INLINE void store(const Tile<kRows, kColumns>& sum, Target c) {
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) c(i, j) = sum[i][j];
  }
}

// Inlined, as all down from the loop over tiles: handing matrices on takes longer than a small tile.
template <int kRows, int kColumns, Update kUpdate, bool kLower>
SADDLESIM_INLINE void multiply_tile(Source a, Source b, Target c, int depth) {
  Tile<kRows, kColumns> sum;
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) sum[i][j] = kUpdate == Update::assign ? Register{} : c(i, j);
  }
  add_product<kRows, kColumns, kUpdate == Update::subtract, kLower>(a, b, depth, sum);
  store<kRows, kColumns>(sum, c);
}

template <int kRows, int kColumns>
SADDLESIM_INLINE void sum_tile(std::initializer_list<Product> products, int row, int column, int part, Target c) {
  Tile<kRows, kColumns> sum = {};
  for (const Product& p : products) {
    const Source b(p.b, 0, column, part);
    if (p.shared) {
      add_product<kRows, kColumns>(p.shared + std::ptrdiff_t{row} * p.b.rows, b, p.b.rows, sum);
    } else {
      add_product<kRows, kColumns, false, false>({p.a, row, 0, part}, b, p.b.rows, sum);
    }
  }
  store<kRows, kColumns>(sum, c);
}

// Calls tile<rows, columns>() for sizes that are known when the program runs only.
template <int kRows, class Call>
SADDLESIM_INLINE void with_columns(int columns, Call tile) {
  switch (columns) {
    case 1:
      return tile.template operator()<kRows, 1>();
    case 2:
      return tile.template operator()<kRows, 2>();
    case 3:
      return tile.template operator()<kRows, std::min(3, kWide)>();
    default:
      return tile.template operator()<kRows, kWide>();
  }
}
template <class Call>
SADDLESIM_INLINE void with_size(int rows, int columns, Call tile) {
  switch (rows) {
    case 1:
      return with_columns<1>(columns, tile);
    case 2:
      return with_columns<2>(columns, tile);
    case 3:
      return with_columns<3>(columns, tile);
    default:
      return with_columns<kHigh>(columns, tile);
  }
}

// Calls tile(part, row, column, rows, columns) for the tiles of c.
template <class Call>
SADDLESIM_INLINE void for_tiles(const LaneMatrix& c, Call tile) {
  for (int part = 0; part < kParts; ++part) {
    for (int i = 0; i < c.rows; i += kHigh) {
      for (int j = 0; j < c.columns; j += kWide) {
        tile(part, i, j, std::min(kHigh, c.rows - i), std::min(kWide, c.columns - j));
      }
    }
  }
}

template <Update kUpdate>
void multiply_tiles(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c) {
  for_tiles(c, [&](int part, int i, int j, int rows, int columns) {
    with_size(rows, columns, [&]<int kRows, int kColumns>() {
      multiply_tile<kRows, kColumns, kUpdate, false>({a, i, 0, part}, {b, 0, j, part}, {c, i, j, part}, a.columns);
    });
  });
}

// What outgrows the caches is multiplied in blocks: of b as much as the second cache holds, of a as much as the first, laid
// out as the tiles read them, because strides of whole rows collide in caches. A sum goes on where the block before left
// it, and so has the bits of one that was never interrupted.
constexpr int kDepth = 64, kColumns = 128;

bool is_large(ConstLaneMatrix a, ConstLaneMatrix b) {
  constexpr int kLarge = 1024;  // Lanes: 128 KiB
  return a.rows >= 2 * kHigh && b.columns >= 2 * kWide && std::ptrdiff_t{a.columns} * (a.rows + b.columns) > kLarge;
}

// Columns of a tile, or rows if transposed, one after the other for each k.
SADDLESIM_INLINE void pack(Source from, int width, int depth, Register* to) {
  for (int k = 0; k < depth; ++k) {
    for (int j = 0; j < width; ++j) *to++ = from(k, j);
  }
}

template <Update kUpdate>
void multiply_blocks(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c) {
  thread_local Block packed((kColumns + kHigh) * kDepth / kParts);
  Register *const right = reinterpret_cast<Register*>(packed.data()), *const left = right + kColumns * kDepth;
  const ConstLaneMatrix turned = a.transposed();
  const auto multiply_block = [&](int part, int k, int first) {
    const int depth = std::min(kDepth, a.columns - k), columns = std::min(kColumns, b.columns - first);
    for (int j = 0; j < columns; j += kWide)
      pack({b, k, first + j, part}, std::min(kWide, columns - j), depth, right + std::ptrdiff_t{j} * depth);
    for (int i = 0; i < a.rows; i += kHigh) {
      const int rows = std::min(kHigh, a.rows - i);
      pack({turned, k, i, part}, rows, depth, left);
      for (int j = 0; j < columns; j += kWide) {
        with_size(rows, std::min(kWide, columns - j), [&]<int kRows, int kColumns>() {
          const Source l(left, 1, kRows), r(right + std::ptrdiff_t{j} * depth, kColumns, 1);
          const Target to(c, i, first + j, part);
          if (kUpdate == Update::assign && k > 0) {
            multiply_tile<kRows, kColumns, Update::add, false>(l, r, to, depth);
          } else {
            multiply_tile<kRows, kColumns, kUpdate, false>(l, r, to, depth);
          }
        });
      }
    }
  };
  for (int part = 0; part < kParts; ++part) {
    for (int first = 0; first < b.columns; first += kColumns) {
      for (int k = 0; k < a.columns; k += kDepth) multiply_block(part, k, first);
    }
  }
}

template <Update kUpdate>
void multiply_any(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c) {
  is_large(a, b) ? multiply_blocks<kUpdate>(a, b, c) : multiply_tiles<kUpdate>(a, b, c);
}

}  // namespace

void multiply(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, Update update) {
  switch (update) {
    case Update::assign:
      return multiply_any<Update::assign>(a, b, c);
    case Update::add:
      return multiply_any<Update::add>(a, b, c);
    case Update::subtract:
      return multiply_any<Update::subtract>(a, b, c);
  }
}

void sum_products(std::initializer_list<Product> products, LaneMatrix c) {
  for_tiles(c, [&](int part, int i, int j, int rows, int columns) {
    with_size(rows, columns,
              [&]<int kRows, int kColumns>() { sum_tile<kRows, kColumns>(products, i, j, part, {c, i, j, part}); });
  });
}

// Each row is summed from left to right, and then the rows: no tiling shows in the bits.
Lanes residual_norm2(ConstLaneMatrix a, ConstLaneMatrix b, const Real* m, bool lower) {
  Lanes total = 0.0;
  for (int part = 0; part < kParts; ++part) {
    for (int i = 0; i < a.rows; i += kHigh) {
      const int rows = std::min(kHigh, a.rows - i), end = lower ? std::min(i + rows, b.columns) : b.columns;
      Register sums[kHigh] = {};
      for (int j = 0; j < end; j += kWide) {
        with_size(rows, std::min(kWide, b.columns - j), [&]<int kRows, int kColumns>() {
          Tile<kRows, kColumns> e;
          for (int k = 0; k < kRows; ++k) {
            for (int l = 0; l < kColumns; ++l) e[k][l] = native::splat(-m[std::ptrdiff_t{i + k} * b.columns + j + l]);
          }
          add_product<kRows, kColumns, false, false>({a, i, 0, part}, {b, 0, j, part}, a.columns, e);
          for (int k = 0; k < kRows; ++k) {
            for (int l = 0; l < kColumns; ++l) {
              if (lower && j + l > i + k) continue;
              const Real weight = lower && j + l < i + k ? 2 : 1;
              sums[k] = native::fma(native::splat(weight) * e[k][l], e[k][l], sums[k]);
            }
          }
        });
      }
      for (int k = 0; k < rows; ++k) total.part[part] = total.part[part] + sums[k];
    }
  }
  return total;
}

void multiply_by_transpose(ConstLaneMatrix a, LaneMatrix c) {
  const ConstLaneMatrix b = a.transposed();
  for_tiles(c, [&](int part, int i, int j, int rows, int columns) {
    if (j >= i + rows) return;
    with_size(rows, columns, [&]<int kRows, int kColumns>() {
      const Source left(a, i, 0, part), right(b, 0, j, part);
      const Target to(c, i, j, part);
      if (i == j) {
        multiply_tile<kRows, kColumns, Update::assign, true>(left, right, to, a.columns);
      } else {
        multiply_tile<kRows, kColumns, Update::assign, false>(left, right, to, a.columns);
      }
    });
  });
  for (int i = 0; i < c.rows; ++i) {
    for (int j = i + 1; j < c.columns; ++j) c(i, j) = c(j, i);
  }
}

}  // namespace saddlesim
