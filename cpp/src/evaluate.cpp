#include "saddlesim/evaluate.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "lane_rows.hpp"
#include "single_points.hpp"

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

// A block that one call hands on to the next: to write to memory that is fresh from the system takes as long as a gradient.
class Spare {
 public:
  Block take(int rows) {
    const std::lock_guard lock(mutex_);
    return block_.rows() < rows ? Block(rows) : std::exchange(block_, Block());
  }
  void give(Block&& block) {
    const std::lock_guard lock(mutex_);
    if (block.rows() > block_.rows() && block.rows() <= kMost) block_ = std::move(block);
  }

 private:
  static constexpr int kMost = (1 << 28) / static_cast<int>(sizeof(Lanes));
  std::mutex mutex_;
  Block block_;
};
Spare spare;

// One point's numbers, for one team's use.
struct SoloScratch {
  SoloScratch(const Landscape& landscape, const Solo& solo, int threads)
      : team(threads),
        scratch(spare.take(solo.solo_scratch())),
        x(static_cast<std::size_t>(landscape.dim())),
        v(x),
        result(x) {}
  ~SoloScratch() { spare.give(std::move(scratch)); }
  SoloScratch(const SoloScratch&) = delete;
  SoloScratch& operator=(const SoloScratch&) = delete;

  // Row `row` of a matrix with a point a row.
  static const Real* load(const double* rows, std::size_t row, std::vector<Real>& to) {
    std::transform(rows + row * to.size(), rows + (row + 1) * to.size(), to.begin(),
                   [](double number) { return static_cast<Real>(number); });
    return to.data();
  }
  void store(std::size_t row, double* rows) const {
    std::copy(result.begin(), result.end(), rows + row * result.size());
  }

  Team team;
  Block scratch;
  std::vector<Real> x, v, result;
};

// Calls evaluate(own, row) for all points, one at a time.
template <class Evaluate>
bool for_solo_points(const Evaluation& at, const Solo& solo, Evaluate evaluate) {
  const auto make = [&](int threads) { return SoloScratch(at.landscape, solo, threads); };
  if (at.threads != 1 || at.count > kFewBlocks * kLanes) {
    return for_single_points(
        at, make, [&](SoloScratch& own, std::size_t row, const std::atomic<bool>& /*stop*/) { evaluate(own, row); });
  }
  const FlushedSubnormals flushed;
  SoloScratch own = make(1);
  for (std::size_t row = 0; row < at.count; ++row) evaluate(own, row);
  return true;
}

}  // namespace

bool evaluate_value(const Evaluation& at, double* values) {
  if (const Solo* const solo = worth_solo(at.landscape, at.count, at.threads)) {
    return for_solo_points(at, *solo, [&](SoloScratch& own, std::size_t row) {
      values[row] = solo->solo_value(own.load(at.points, row, own.x), own.scratch.data(), own.team);
    });
  }
  return for_points(at, [&at, values, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    own.first[0] = at.landscape.value(x.data(), own.scratch.data());
    store_rows(own.first.data(), 1, at.landscape.outside(x.data()), at.count - first, values + first);
  });
}

bool evaluate_gradient(const Evaluation& at, double* gradients) {
  if (const Solo* const solo = worth_solo(at.landscape, at.count, at.threads)) {
    return for_solo_points(at, *solo, [&](SoloScratch& own, std::size_t row) {
      solo->solo_gradient(own.load(at.points, row, own.x), own.result.data(), own.scratch.data(), own.team);
      own.store(row, gradients);
    });
  }
  const int dim = at.landscape.dim();
  return for_points(at, [&at, dim, gradients, own = Scratch(at.landscape)](const Block& x, std::size_t first) mutable {
    const Notice notice = at.landscape.gradient(x.data(), own.first.data(), own.scratch.data(), nullptr);
    store_rows(own.first.data(), dim, notice.outside, at.count - first,
               gradients + first * static_cast<std::size_t>(dim));
  });
}

bool evaluate_hvp(const Evaluation& at, const double* vectors, double* products) {
  if (const Solo* const solo = worth_solo(at.landscape, at.count, at.threads)) {
    return for_solo_points(at, *solo, [&](SoloScratch& own, std::size_t row) {
      const Real *const x = own.load(at.points, row, own.x), *const v = own.load(vectors, row, own.v);
      solo->solo_hvp(x, v, own.result.data(), own.scratch.data(), own.team);
      own.store(row, products);
    });
  }
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
