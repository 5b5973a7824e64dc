#include "saddlesim/symmetric_matrix.hpp"

#include <algorithm>
#include <cmath>

#include "register_tile.hpp"

namespace saddlesim {

namespace {

constexpr int kHigh = SADDLESIM_AVX512 ? 8 : 6;

// What a sum begins with.
enum class From { numbers, zero, before };

// y += A x, or y = start + A x, for `rows` rows.
template <int kRowStep, int kDepthStep, From kFrom>
void add_rows(const Real* a, int rows, int columns, const Lanes* x, Lanes* y, const Real* start) {
  for (int row = 0; row < rows; row += kHigh) {
    with_height<kHigh>(std::min(kHigh, rows - row), [&](auto height) {
      constexpr int kRows = decltype(height)::value;
      for (int part = 0; part < kParts; part += kTileWide) {
        Register* to = registers(y + row) + part;
        RegisterTile<kRows> sum = {};
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
          for (int j = 0; j < kTileWide; ++j) {
            if (kFrom == From::numbers) sum[i][j] = native::splat(start[row + i]);
            if (kFrom == From::before) sum[i][j] = to[i * kParts + j];
          }
        }
        add_tile<kRowStep, kDepthStep>(a + std::ptrdiff_t{row} * kRowStep, columns, registers(x) + part, sum);
#pragma GCC unroll 16
        for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
          for (int j = 0; j < kTileWide; ++j) to[i * kParts + j] = sum[i][j];
        }
      }
    });
  }
}

}  // namespace

SymmetricMatrix::SymmetricMatrix(const double* a, int size) : size_(size) {
  const auto row_of = [&](int i) { return a + std::ptrdiff_t{i} * size; };
  numbers_.assign(std::size_t(tiles()) * std::size_t(tiles() + 1) / 2 * kTile * kTile, Real{0});
  Real* to = numbers_.data();
  for (int row = 0; row < tiles(); ++row) {
    for (int column = 0; column <= row; ++column, to += kTile * kTile) {
      for (int i = 0; i < height(row); ++i) {
        const double* from = row_of(row * kTile + i) + column * kTile;
        std::transform(from, from + height(column), to + i * kTile,
                       [](double number) { return static_cast<Real>(number); });
      }
    }
  }
  for (int i = 0; i < size; ++i) {
    double sum = 0.0;
    for (int k = 0; k < size; ++k) sum += std::fabs(row_of(i)[k]);
    row_norm_ = std::max(row_norm_, sum);
  }
}

// A tile adds to its rows what it has in its columns, and to its columns what it has in its rows: in this order of tiles
// every element gets its products from left to right.
void SymmetricMatrix::multiply(std::initializer_list<Vector> vectors) const {
  for (int row = 0; row < tiles(); ++row) {
    const int i = row * kTile, rows = height(row);
    for (int column = 0; column <= row; ++column) {
      const int k = column * kTile, columns = height(column);
      for (const Vector& v : vectors) {
        if (column > 0) {
          add_rows<kTile, 1, From::before>(tile(row, column), rows, columns, v.x + k, v.y + i, nullptr);
        } else if (v.start) {
          add_rows<kTile, 1, From::numbers>(tile(row, column), rows, columns, v.x + k, v.y + i, v.start + i);
        } else {
          add_rows<kTile, 1, From::zero>(tile(row, column), rows, columns, v.x + k, v.y + i, nullptr);
        }
        if (column < row) add_rows<1, kTile, From::before>(tile(row, column), columns, rows, v.x + i, v.y + k, nullptr);
      }
    }
  }
}

}  // namespace saddlesim
