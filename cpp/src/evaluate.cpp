#include "saddlesim/evaluate.hpp"

#include "dispatch.hpp"
#include "lane_rows.hpp"

namespace saddlesim {

namespace {

// So few are done at once by the calling thread: no thread is worth starting, nobody will want to interrupt.
constexpr std::size_t kFewBlocks = 64;

// Calls a copy of evaluate(x, first) in each thread for the points from `first` on, a block at a time.
template <class Evaluate>
bool for_blocks(const Evaluation& at, Evaluate evaluate) {
  const auto dim = static_cast<std::size_t>(at.landscape.dim());
  if (at.threads == 1 && at.count <= kFewBlocks * kLanes) {
    Block x(at.landscape.dim());
    for (std::size_t first = 0; first < at.count; first += kLanes) {
      load_rows(at.points + first * dim, at.count - first, x);
      evaluate(x, first);
    }
    return true;
  }
  WorkQueue queue(at.count, kLanes);
  const auto work = [&](std::atomic<std::uint64_t>& finished, const std::atomic<bool>& stop) {
    Block x(at.landscape.dim());
    Evaluate own(evaluate);
    for (auto piece = queue.take(); piece.begin < piece.end && !stop; piece = queue.take()) {
      load_rows(at.points + piece.begin * dim, at.count - piece.begin, x);
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
    store_rows(own.first.data(), 1, at.landscape.outside(x.data()), at.count - first, values + first);
  });
}

bool evaluate_gradient(const Evaluation& at, double* gradients) {
  const int dim = at.landscape.dim();
  return for_blocks(at, [&at, dim, gradients, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    const Notice notice = at.landscape.gradient(x.data(), own.first.data(), own.scratch.data(), nullptr);
    store_rows(own.first.data(), dim, notice.outside, at.count - first,
               gradients + first * static_cast<std::size_t>(dim));
  });
}

bool evaluate_hvp(const Evaluation& at, const double* vectors, double* products) {
  const int dim = at.landscape.dim();
  return for_blocks(
      at, [&at, dim, vectors, products, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
        const std::size_t offset = first * static_cast<std::size_t>(dim);
        load_rows(vectors + offset, at.count - first, own.first);
        at.landscape.hvp(x.data(), own.first.data(), own.second.data(), own.scratch.data());
        store_rows(own.second.data(), dim, at.landscape.outside(x.data()), at.count - first, products + offset);
      });
}

}  // namespace saddlesim
