#include "saddlesim/evaluate.hpp"

#include <algorithm>

#include "dispatch.hpp"

namespace saddlesim {

namespace {

// Coordinates that are turned from rows into lanes, or back, at a time: what they touch stays in the nearest cache.
constexpr int kFewCoordinates = 32;

// Calls turn(lane, j, end) for all lanes and coordinates j, ..., end - 1, a few coordinates at a time.
template <class Turn>
void for_tiles(int lanes, int dim, Turn turn) {
  for (int j = 0; j < dim; j += kFewCoordinates) {
    for (int lane = 0; lane < lanes; ++lane) turn(lane, j, std::min(j + kFewCoordinates, dim));
  }
}

// Rows of a matrix into the lanes of a block; the lanes beyond the last row repeat it.
void load(const double* rows, std::size_t count, Block& block) {
  const auto dim = static_cast<std::size_t>(block.rows());
  for_tiles(kLanes, block.rows(), [&](int lane, int j, int end) {
    const double* row = rows + std::min(static_cast<std::size_t>(lane), count - 1) * dim;
    for (; j < end; ++j) block[j].set(lane, row[j]);
  });
}

// And back, with NaN in the rows whose point is outside.
void store(const Lanes* block, int dim, LaneSet outside, std::size_t count, double* rows) {
  const auto lanes = static_cast<int>(std::min(count, static_cast<std::size_t>(kLanes)));
  for_tiles(lanes, dim, [&](int lane, int j, int end) {
    double* row = rows + static_cast<std::ptrdiff_t>(lane) * dim;
    for (; j < end; ++j) row[j] = (outside >> lane) & 1U ? __builtin_nan("") : block[j][lane];
  });
}

// So few are done at once by the calling thread: no thread is worth starting, nobody will want to interrupt.
constexpr std::size_t kFewBlocks = 64;

// Calls a copy of evaluate(x, first) in each thread for the points from `first` on, a block at a time.
template <class Evaluate>
bool for_blocks(const Evaluation& at, Evaluate evaluate) {
  const auto dim = static_cast<std::size_t>(at.landscape.dim());
  if (at.threads == 1 && at.count <= kFewBlocks * kLanes) {
    Block x(at.landscape.dim());
    for (std::size_t first = 0; first < at.count; first += kLanes) {
      load(at.points + first * dim, at.count - first, x);
      evaluate(x, first);
    }
    return true;
  }
  WorkQueue queue(at.count, kLanes);
  const auto work = [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
    Block x(at.landscape.dim());
    Evaluate own(evaluate);
    for (auto piece = queue.take(); piece.begin < piece.end && !stop; piece = queue.take()) {
      load(at.points + piece.begin * dim, at.count - piece.begin, x);
      own(x, piece.begin);
      finished.fetch_add(piece.end - piece.begin, std::memory_order_relaxed);
    }
    Diagnostics diagnostics;
    diagnostics.stopped = stop;
    return diagnostics;
  };
  return !dispatch(at.threads, at.poll, work).stopped;
}

// Blocks for one thread's use; copies are new ones.
struct Scratch {
  explicit Scratch(const Landscape& landscape)
      : landscape(landscape), scratch(landscape.scratch_rows()), first(landscape.dim()), second(landscape.dim()) {}
  Scratch(const Scratch& other) : Scratch(other.landscape) {}

  const Landscape& landscape;
  Block scratch, first, second;
};

}  // namespace

bool evaluate_value(const Evaluation& at, double* values) {
  return for_blocks(at, [&at, values, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    own.first[0] = at.landscape.value(x.data(), own.scratch.data());
    store(own.first.data(), 1, at.landscape.outside(x.data()), at.count - first, values + first);
  });
}

bool evaluate_gradient(const Evaluation& at, double* gradients) {
  const int dim = at.landscape.dim();
  return for_blocks(at, [&at, dim, gradients, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    const Notice notice = at.landscape.gradient(x.data(), own.first.data(), own.scratch.data(), nullptr);
    store(own.first.data(), dim, notice.outside, at.count - first, gradients + first * static_cast<std::size_t>(dim));
  });
}

bool evaluate_hvp(const Evaluation& at, const double* vectors, double* products) {
  const int dim = at.landscape.dim();
  return for_blocks(
      at, [&at, dim, vectors, products, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
        const std::size_t offset = first * static_cast<std::size_t>(dim);
        load(vectors + offset, at.count - first, own.first);
        at.landscape.hvp(x.data(), own.first.data(), own.second.data(), own.scratch.data());
        store(own.second.data(), dim, at.landscape.outside(x.data()), at.count - first, products + offset);
      });
}

}  // namespace saddlesim
