#include "saddlesim/network.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "saddlesim/parallel.hpp"
#include "saddlesim/row_matrix.hpp"

namespace saddlesim {

namespace {

constexpr int kTile = 128;  // rows of the Gram matrix that are computed together: they stay in the cache

// Samples first, ..., first + count - 1.
struct Samples {
  int first, count;
};

// Rows of a matrix that has `each` of them for a sample.
ConstRowMatrixView rows_of(const std::vector<double>& matrix, int columns, Samples samples, int each) {
  return {matrix.data() + std::ptrdiff_t{samples.first} * each * columns, std::ptrdiff_t{samples.count} * each,
          columns};
}

// The samples cut into tiles that depend on the network alone, and so do the bits.
std::vector<Samples> tiles_of(const Network& network) {
  const int high = std::max(1, kTile / network.outputs());
  std::vector<Samples> tiles;
  for (int first = 0; first < network.samples(); first += high)
    tiles.push_back({first, std::min(high, network.samples() - first)});
  return tiles;
}

// A layer's gradient is an outer product for each output of each sample: inner products of two of them are products of the
// factors' inner products.
RowMatrix tile_of_gram(const std::vector<LayerJacobian>& layers, int outputs, Samples rows, Samples columns) {
  RowMatrix sum = RowMatrix::Zero(std::ptrdiff_t{rows.count} * outputs, std::ptrdiff_t{columns.count} * outputs);
  for (const LayerJacobian& layer : layers) {
    const RowMatrix forward =
        rows_of(layer.forward, layer.inputs, rows, 1) * rows_of(layer.forward, layer.inputs, columns, 1).transpose();
    const RowMatrix backward = rows_of(layer.backward, layer.units, rows, outputs) *
                               rows_of(layer.backward, layer.units, columns, outputs).transpose();
    for (std::ptrdiff_t i = 0; i < sum.rows(); ++i) {
      for (std::ptrdiff_t j = 0; j < sum.cols(); ++j) sum(i, j) += backward(i, j) * forward(i / outputs, j / outputs);
    }
  }
  return sum;
}

}  // namespace

void write_jacobian(const Network& network, const double* x, double* jacobian) {
  const int outputs = network.outputs();
  const std::vector<LayerJacobian> layers = network.jacobian(x);
  for (std::ptrdiff_t row = 0; row < std::ptrdiff_t{network.samples()} * outputs; ++row) {
    for (const LayerJacobian& layer : layers) {
      const double* const forward = layer.forward.data() + row / outputs * layer.inputs;
      const double* const backward = layer.backward.data() + row * layer.units;
      for (int p = 0; p < layer.units; ++p) {
        for (int q = 0; q < layer.inputs; ++q) *jacobian++ = backward[p] * forward[q];
      }
    }
  }
}

bool write_gram(const Network& network, const double* x, int threads, const std::function<bool(std::uint64_t)>& poll,
                double* gram) {
  const int outputs = network.outputs();
  const std::ptrdiff_t size = std::ptrdiff_t{network.samples()} * outputs;
  const std::vector<LayerJacobian> layers = network.jacobian(x);
  const std::vector<Samples> tiles = tiles_of(network);
  std::vector<std::pair<Samples, Samples>> pairs;  // on and below the diagonal
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) pairs.emplace_back(tiles[i], tiles[j]);
  }

  WorkQueue queue(pairs.size(), 1);
  std::atomic<std::uint64_t> finished{0};
  run_threads(
      threads,
      [&](int /*thread*/, const std::atomic<bool>& stop) {
        for (auto piece = queue.take(); piece.begin < piece.end && !stop; piece = queue.take()) {
          const auto [rows, columns] = pairs[piece.begin];
          const RowMatrix tile = tile_of_gram(layers, outputs, rows, columns);
          const std::ptrdiff_t first_row = std::ptrdiff_t{rows.first} * outputs;
          const std::ptrdiff_t first_column = std::ptrdiff_t{columns.first} * outputs;
          for (std::ptrdiff_t i = 0; i < tile.rows(); ++i) {
            // of a tile on the diagonal the lower half: a product need not be symmetric to the last bit
            const std::ptrdiff_t row = first_row + i, end = std::min(first_column + tile.cols(), row + 1);
            for (std::ptrdiff_t column = first_column; column < end; ++column)
              gram[row * size + column] = gram[column * size + row] = tile(i, column - first_column);
          }
          ++finished;
        }
      },
      [&] { return poll(finished); }, std::chrono::milliseconds(50));
  return finished == pairs.size();
}

}  // namespace saddlesim
