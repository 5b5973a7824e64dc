#include "saddlesim/evaluate.hpp"

#include "dispatch.hpp"
#include "lane_rows.hpp"
#include "subnormals.hpp"

namespace saddlesim {

namespace {

// So few are done at once by the calling thread: no thread is worth starting, nobody will want to interrupt.
constexpr std::size_t kFewBlocks = 64;

// Calls a copy of evaluate(x, first) in each thread for the points from `first` on, a block at a time.
template <class Evaluate>
bool for_points(const Evaluation& at, Evaluate evaluate) {
  const auto make_block = [&](const std::atomic<bool>& /*stop*/) {
    return [&at, x = Block(at.landscape.dim()), own = Evaluate(evaluate)](std::uint64_t first, int /*lanes*/) mutable {
      const FlushedSubnormals flushed;
      load_rows(at.points + first * static_cast<std::size_t>(at.landscape.dim()), at.count - first, x);
      own(x, first);
    };
  };
  if (at.threads != 1 || at.count > kFewBlocks * kLanes || at.landscape.batch_function())
    return for_blocks(at.landscape, at.count, at.threads, at.poll, make_block);
  auto block = make_block(false);
  for (std::size_t first = 0; first < at.count; first += kLanes) block(first, kLanes);
  return true;
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
  return for_points(at, [&at, values, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    own.first[0] = at.landscape.value(x.data(), own.scratch.data());
    store_rows(own.first.data(), 1, at.landscape.outside(x.data()), at.count - first, values + first);
  });
}

bool evaluate_gradient(const Evaluation& at, double* gradients) {
  const int dim = at.landscape.dim();
  return for_points(at, [&at, dim, gradients, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    const Notice notice = at.landscape.gradient(x.data(), own.first.data(), own.scratch.data(), nullptr);
    store_rows(own.first.data(), dim, notice.outside, at.count - first,
               gradients + first * static_cast<std::size_t>(dim));
  });
}

bool evaluate_hvp(const Evaluation& at, const double* vectors, double* products) {
  const int dim = at.landscape.dim();
  return for_points(
      at, [&at, dim, vectors, products, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
        const std::size_t offset = first * static_cast<std::size_t>(dim);
        load_rows(vectors + offset, at.count - first, own.first);
        at.landscape.hvp(x.data(), own.first.data(), own.second.data(), own.scratch.data());
        store_rows(own.second.data(), dim, at.landscape.outside(x.data()), at.count - first, products + offset);
      });
}

}  // namespace saddlesim
