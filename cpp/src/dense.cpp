#include "saddlesim/dense.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "pack.hpp"
#include "register_tile.hpp"

namespace saddlesim {

namespace {

// A tile of c is kHigh rows and at most kWide registers: 24 sums, as many registers of b as it is wide, and one number of
// a in all of a register, which leaves AVX-512 some of its 32; half as high without it.
constexpr int kHigh = SADDLESIM_AVX512 ? 8 : 4;
constexpr int kWide = 3;

constexpr int kDeep = 256;          // of k at a time: then a tile's share of b stays in the first cache
constexpr int kMostRegisters = 64;  // of columns at a time: then kDeep rows of b stay in the second
constexpr int kMostPanels = 12;     // of kHigh rows at a time, beside them
constexpr int kStrip = 16;          // of k at a time, where that is how numbers lie, for all panels: pages are met once
constexpr double kFar = 1 << 17;    // numbers of c beyond which it is not in the second cache
constexpr double kWorthTeam = 1 << 16;  // multiply-adds below which one thread is quickest

using Offset = std::ptrdiff_t;

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// count things in nearly equal parts.
struct Split {
  int count, parts;
  int begin(int part) const { return static_cast<int>(static_cast<long long>(count) * part / parts); }
};

SADDLESIM_INLINE Register load(const Real* from) {
  Register r;
  __builtin_memcpy(&r, from, sizeof r);
  return r;
}
SADDLESIM_INLINE void store(const Register& r, Real* to) { __builtin_memcpy(to, &r, sizeof r); }

// c = sum_k a_ik b_kj, or c + that, in increasing order of k; a and b are packed.
template <int kRows, int kRegisters>
void multiply_tile(const Real* a, const Real* b, int depth, bool add, Real* c, Offset stride) {
  Register sum[kRows][kRegisters];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) sum[i][j] = add ? load(c + i * stride + j * kWidth) : Register{};
  }
  const auto* right = reinterpret_cast<const Register*>(b);
  for (int k = 0; k < depth; ++k, a += kHigh, right += kRegisters) {
    Register row[kRegisters];
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) row[j] = right[j];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Register left = native::splat(a[i]);
#pragma GCC unroll 4
      for (int j = 0; j < kRegisters; ++j) sum[i][j] = native::fma(left, row[j], sum[i][j]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kRegisters; ++j) store(sum[i][j], c + i * stride + j * kWidth);
  }
}

void multiply_tile(int rows, int registers, const Real* a, const Real* b, int depth, bool add, Real* c, Offset stride) {
  with_height<kHigh>(rows, [&](auto height) {
    with_height<kWide>(registers,
                       [&](auto width) { multiply_tile<height.value, width.value>(a, b, depth, add, c, stride); });
  });
}

// A tile that does not lie in c as whole registers is made beside it.
void multiply_loose_tile(int rows, int columns, int registers, const Real* a, const Real* b, int depth, bool add,
                         DenseMatrix c) {
  alignas(64) Real tile[kHigh * kWide * kWidth];
  const int stride = registers * kWidth;
  std::fill_n(tile, rows * stride, Real(0));
  for (int i = 0; add && i < rows; ++i) {
    for (int j = 0; j < columns; ++j) tile[i * stride + j] = c(i, j);
  }
  multiply_tile(rows, registers, a, b, depth, add, tile, stride);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) c(i, j) = tile[i * stride + j];
  }
}

template <class Element>
LaneView<Element> part_of(LaneView<Element> m, int row, int column, int rows, int columns) {
  return {&m(row, column), rows, columns, m.row_stride, m.column_stride};
}

// c (+)= a b for as many k and columns as stay in the caches.
class BlockProduct {
 public:
  BlockProduct(ConstDenseMatrix a, ConstDenseMatrix b, DenseMatrix c, bool negate, bool add)
      : a_(a),
        b_(b),
        c_(c),
        negate_(negate),
        add_(add),
        rows_{c.rows, ceil_div(c.rows, kHigh)},
        registers_(ceil_div(c.columns, kWidth)),
        columns_{registers_, ceil_div(registers_, kWide)} {}

  template <class Run>
  void run(int threads, Run run) const {
    Real* const packed = workspace<1>(std::size_t(a_.columns) * std::size_t(registers_ * kWidth));
    const bool rows_lie = b_.column_stride == 1;
    run(rows_lie ? ceil_div(a_.columns, kStrip) : columns_.parts, [&](int part) {
      if (!rows_lie) return pack_columns(part, 0, a_.columns, packed);
      const int k = part * kStrip;
      for (int panel = 0; panel < columns_.parts; ++panel)
        pack_columns(panel, k, std::min(k + kStrip, a_.columns), packed);
    });
    const int most = threads == 1 ? kMostPanels : std::clamp(rows_.parts / (4 * threads), 1, kMostPanels);
    const Split blocks{rows_.parts, ceil_div(rows_.parts, most)};
    const Split groups{columns_.parts,
                       std::min(columns_.parts, threads > blocks.parts ? 2 * threads / blocks.parts : 1)};
    run(blocks.parts * groups.parts, [&](int part) {
      const int block = part / groups.parts, group = part % groups.parts;
      multiply_panels(blocks.begin(block), blocks.begin(block + 1), groups.begin(group), groups.begin(group + 1),
                      packed);
    });
  }

 private:
  int first_column(int panel) const { return columns_.begin(panel) * kWidth; }
  int wide(int panel) const { return columns_.begin(panel + 1) - columns_.begin(panel); }

  // Of a panel, k from `begin` to `end`.
  void pack_columns(int panel, int begin, int end, Real* packed) const {
    const int first = first_column(panel), width = wide(panel) * kWidth;
    pack(&b_(begin, first), b_.column_stride, b_.row_stride, std::min(width, c_.columns - first), end - begin, width,
         false, packed + Offset{first} * a_.columns + Offset{begin} * width);
  }
  // Panels from `first` on, one after the other.
  void pack_rows(int first, int end, Real* packed) const {
    const int depth = a_.columns, strip = a_.row_stride == 1 ? kStrip : std::max(depth, 1);
    for (int k = 0; k < depth; k += strip) {
      for (int p = first; p < end; ++p) {
        pack(&a_(rows_.begin(p), k), a_.row_stride, a_.column_stride, rows_.begin(p + 1) - rows_.begin(p),
             std::min(strip, depth - k), kHigh, negate_, packed + (Offset{p - first} * depth + k) * kHigh);
      }
    }
  }
  // Has the next tile of c fetched while this one is computed.
  void expect(int row, int end_row, int column, int registers) const {
    for (int i = row; i < end_row; ++i) {
      for (int j = 0; j < registers; ++j) __builtin_prefetch(&c_(i, column) + j * kWidth, 1);
    }
  }

  void multiply_panels(int first, int end, int first_panel, int end_panel, const Real* packed) const {
    const int depth = a_.columns;
    const Offset size = Offset{kHigh} * depth;
    Real* const left = workspace<0>(static_cast<std::size_t>(size * (end - first)));
    pack_rows(first, end, left);
    const bool far = double(c_.rows) * c_.columns > kFar;
    for (int panel = first_panel; panel < end_panel; ++panel) {
      const int column = first_column(panel), registers = wide(panel);
      const int columns = std::min(registers * kWidth, c_.columns - column);
      const Real* const right = packed + Offset{column} * depth;
      for (int p = first; p < end; ++p) {
        const int row = rows_.begin(p), rows = rows_.begin(p + 1) - row;
        const Real* const panel_of_a = left + (p - first) * size;
        if (columns == registers * kWidth && c_.column_stride == 1) {
          if (far && p + 1 < end) expect(row + rows, rows_.begin(p + 2), column, registers);
          multiply_tile(rows, registers, panel_of_a, right, depth, add_, &c_(row, column), c_.row_stride);
        } else {
          multiply_loose_tile(rows, columns, registers, panel_of_a, right, depth, add_,
                              part_of(c_, row, column, rows, columns));
        }
      }
    }
  }

  ConstDenseMatrix a_, b_;
  DenseMatrix c_;
  bool negate_, add_;
  Split rows_;
  int registers_;
  Split columns_;
};

}  // namespace

void multiply(ConstDenseMatrix a, ConstDenseMatrix b, DenseMatrix c, Team& team, Update update) {
  if (c.column_stride != 1 && c.row_stride == 1) {  // its transpose lies in whole registers
    std::swap(a, b);
    a = a.transposed();
    b = b.transposed();
    c = c.transposed();
  }
  if (c.rows == 0 || c.columns == 0) return;
  const bool alone = team.threads() == 1 || double(c.rows) * c.columns * a.columns < kWorthTeam;
  const auto run = [&](int parts, const auto& part) {
    if (!alone) return team.run(parts, part);
    for (int i = 0; i < parts; ++i) part(i);
  };
  constexpr int kMostColumns = kMostRegisters * kWidth;
  for (int j = 0; j < c.columns; j += kMostColumns) {
    const int columns = std::min(kMostColumns, c.columns - j);
    int k = 0;
    do {  // once for a depth of 0 too: c = 0
      const int depth = std::min(kDeep, a.columns - k);
      const BlockProduct block(part_of(a, 0, k, a.rows, depth), part_of(b, k, j, depth, columns),
                               part_of(c, 0, j, c.rows, columns), update == Update::subtract,
                               k > 0 || update != Update::assign);
      block.run(alone ? 1 : team.threads(), run);
      k += depth;
    } while (k < a.columns);
  }
}

}  // namespace saddlesim
