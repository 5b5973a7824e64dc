#include "saddlesim/spectrum.hpp"

#include <cmath>

#include "lane_rows.hpp"
#include "single_points.hpp"

namespace saddlesim {

namespace {

// Blocks of points and of what is deflated there, for one thread's use.
struct Points {
  Points(const Evaluation& at, const Deflation& deflation)
      : at(at),
        deflation(deflation),
        x(at.landscape.dim()),
        deflated(at.landscape.dim() * deflation.each),
        scratch(at.landscape.scratch_rows()) {}

  void load(std::size_t first) {
    const std::size_t count = at.count - first, dim = static_cast<std::size_t>(x.rows());
    load_rows(at.points + first * dim, count, x);
    // a point's deflated vectors lie one behind the other, as the coordinates of one long row
    if (deflation.each > 0)
      load_rows(deflation.rows + first * dim * static_cast<std::size_t>(deflation.each), count, deflated);
    outside = at.landscape.outside(x.data());
  }

  const Evaluation& at;
  const Deflation& deflation;
  Block x, deflated, scratch;
  LaneSet outside = 0;
};

Words start_indices(const KrylovStarts& starts, std::size_t first, int lanes) {
  Words indices = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    const std::size_t row = first + static_cast<std::size_t>(std::min(lane, lanes - 1));
    indices.set(lane, static_cast<std::uint64_t>(starts.indices[row]));
  }
  return indices;
}

// One point and what is deflated there, for one team's use.
class SinglePoint {
 public:
  SinglePoint(const Evaluation& at, const Solo& solo, const Deflation& deflation, const KrylovGoal& goal, int threads)
      : at_(at),
        deflation_(deflation),
        goal_(goal),
        team_(threads),
        folded_(at.landscape, solo, team_),
        x_(folded_.dim()),
        deflated_(folded_.dim() * deflation.each),
        scratch_(folded_.scratch_rows()),
        lanczos_(folded_, at.landscape.dim(), goal.most_steps) {}

  const Lanczos& search(std::size_t row, const KrylovStarts& starts, const std::atomic<bool>& stop) {
    fold(at_.points, row, x_.data());
    for (int i = 0; i < deflation_.each; ++i) {
      const auto each = static_cast<std::size_t>(deflation_.each);
      fold(deflation_.rows, row * each + static_cast<std::size_t>(i),
           deflated_.data() + std::ptrdiff_t{i} * folded_.dim());
    }
    lanczos_.draw_start(PhiloxKey(starts.key), Words(static_cast<std::uint64_t>(starts.indices[row])),
                        Words(starts.draw));
    lanczos_.run(x_.data(), deflated_.data(), deflation_.each, goal_, kAllLanes, scratch_.data(), &stop);
    return lanczos_;
  }

  void store_smallest(std::size_t row, const EndResults& to) {
    store(lanczos_.smallest_pair(scratch_.data()), row, to);
  }
  void store_largest(std::size_t row, const EndResults& to) { store(lanczos_.largest_pair(scratch_.data()), row, to); }

 private:
  void fold(const double* rows, std::size_t row, Lanes* to) const {
    const auto dim = static_cast<std::size_t>(at_.landscape.dim());
    std::transform(rows + row * dim, rows + (row + 1) * dim, Folded::numbers(to),
                   [](double number) { return static_cast<Real>(number); });
  }
  void store(const Lanczos::Pair& pair, std::size_t row, const EndResults& to) const {
    to.eigenvalue[row] = pair.quotient[0];
    to.residual[row] = pair.residual[0];
    const int dim = at_.landscape.dim();
    std::copy_n(Folded::numbers(pair.vector), dim, to.vector + row * static_cast<std::size_t>(dim));
  }

  const Evaluation& at_;
  const Deflation& deflation_;
  const KrylovGoal& goal_;
  Team team_;
  Folded folded_;
  Block x_, deflated_, scratch_;
  Lanczos lanczos_;
};

// Calls use(own, row, search) for all points, one at a time.
template <class Use>
bool search_singly(const Evaluation& at, const Solo& solo, const KrylovStarts& starts, const Deflation& deflation,
                   const KrylovGoal& goal, Use use) {
  return for_single_points(
      at, [&](int threads) { return SinglePoint(at, solo, deflation, goal, threads); },
      [&](SinglePoint& own, std::size_t row, const std::atomic<bool>& stop) {
        use(own, row, own.search(row, starts, stop));
      });
}

}  // namespace

bool extreme_eigenpairs(const Evaluation& at, const KrylovStarts& starts, const Deflation& deflation,
                        const KrylovGoal& goal, const KrylovResults& results) {
  if (const Solo* const solo = worth_solo(at.landscape, at.count, at.threads)) {
    return search_singly(at, *solo, starts, deflation, goal,
                         [&](SinglePoint& own, std::size_t row, const Lanczos& search) {
                           own.store_smallest(row, results.smallest);
                           if (goal.both_ends) own.store_largest(row, results.largest);
                           results.ritz[2 * row] = search.smallest()[0];
                           results.ritz[2 * row + 1] = search.largest()[0];
                           results.steps[row] = static_cast<std::int64_t>(search.steps()[0]);
                         });
  }
  const int dim = at.landscape.dim();
  const PhiloxKey key(starts.key);
  return for_blocks(at.landscape, at.count, at.threads, at.poll, [&](const std::atomic<bool>& stop) {
    return [&, points = Points(at, deflation), lanczos = Lanczos(at.landscape, goal.most_steps)](std::size_t first,
                                                                                                 int lanes) mutable {
      const FlushedSubnormals flushed;
      points.load(first);
      lanczos.draw_start(key, start_indices(starts, first, lanes), Words(starts.draw));
      lanczos.run(points.x.data(), points.deflated.data(), deflation.each, goal, kAllLanes & ~points.outside,
                  points.scratch.data(), &stop);
      const std::size_t left = at.count - first;
      const auto store = [&](const Lanczos::Pair& pair, const EndResults& to) {
        store_rows(&pair.quotient, 1, points.outside, left, to.eigenvalue + first);
        store_rows(&pair.residual, 1, points.outside, left, to.residual + first);
        store_rows(pair.vector, dim, points.outside, left, to.vector + first * static_cast<std::size_t>(dim));
      };
      store(lanczos.smallest_pair(points.scratch.data()), results.smallest);
      if (goal.both_ends) store(lanczos.largest_pair(points.scratch.data()), results.largest);
      const Lanes ends[] = {lanczos.smallest(), lanczos.largest()};
      store_rows(ends, 2, points.outside, left, results.ritz + 2 * first);
      for (int lane = 0; lane < lanes; ++lane)
        results.steps[first + static_cast<std::size_t>(lane)] = static_cast<std::int64_t>(lanczos.steps()[lane]);
    };
  });
}

bool tridiagonals(const Evaluation& at, const KrylovStarts& starts, int steps, double* diagonal, double* coupling) {
  const Deflation nothing;
  const PhiloxKey key(starts.key);
  const KrylovGoal goal{.most_steps = steps, .tolerance = 0.0};
  if (const Solo* const solo = worth_solo(at.landscape, at.count, at.threads)) {
    return search_singly(at, *solo, starts, nothing, goal, [&](SinglePoint&, std::size_t row, const Lanczos& search) {
      for (int i = 0; i < steps; ++i) {
        diagonal[row * static_cast<std::size_t>(steps) + static_cast<std::size_t>(i)] = search.diagonal()[i][0];
        coupling[row * static_cast<std::size_t>(steps) + static_cast<std::size_t>(i)] = search.coupling()[i][0];
      }
    });
  }
  return for_blocks(at.landscape, at.count, at.threads, at.poll, [&](const std::atomic<bool>& stop) {
    return [&, points = Points(at, nothing), lanczos = Lanczos(at.landscape, steps)](std::size_t first,
                                                                                     int lanes) mutable {
      const FlushedSubnormals flushed;
      points.load(first);
      lanczos.draw_start(key, start_indices(starts, first, lanes), Words(starts.draw));
      lanczos.run(points.x.data(), nullptr, 0, goal, kAllLanes & ~points.outside, points.scratch.data(), &stop);
      const std::size_t offset = first * static_cast<std::size_t>(steps);
      store_rows(lanczos.diagonal(), steps, points.outside, at.count - first, diagonal + offset);
      store_rows(lanczos.coupling(), steps, points.outside, at.count - first, coupling + offset);
    };
  });
}

namespace {

// LDL' of a symmetric matrix in each lane, its lower triangle row by row: the triangle is overwritten by L and D.
class Factorisation {
 public:
  explicit Factorisation(int size) : size_(size), a_(size * (size + 1) / 2), scaled_(size) {}

  Lanes* row(int i) { return a_.data() + static_cast<std::ptrdiff_t>(i) * (i + 1) / 2; }
  const Words& negative() const { return negative_; }
  const Lanes& growth() const { return growth_; }  // the trace of |L| |D| |L'|

  void run(const std::atomic<bool>& stop) {
    negative_ = 0;
    growth_ = 0.0;
    for (int i = 0; i < size_ && !stop.load(std::memory_order_relaxed); ++i) {
      Lanes* l = row(i);
      // Row i of L from those above it; until it is divided by the pivots it holds l_ik d_k.
      for (int j = 0; j < i; ++j) {
        const Lanes* other = row(j);
        Lanes even = l[j], odd = 0.0;  // two sums side by side: one alone waits for itself
        int k = 0;
        for (; k + 2 <= j; k += 2) {
          even = fma(-l[k], other[k], even);
          odd = fma(-l[k + 1], other[k + 1], odd);
        }
        if (k < j) even = fma(-l[k], other[k], even);
        l[j] = even + odd;
      }
      Lanes pivot = l[i], magnitude = 0.0;
      for (int k = 0; k < i; ++k) {
        const Lanes ratio = l[k] * scaled_[k], part = ratio * l[k];
        pivot = pivot - part;
        magnitude = magnitude + abs(part);
        l[k] = ratio;
      }
      l[i] = pivot;
      scaled_[i] = Lanes(1.0) / pivot;
      growth_ = growth_ + magnitude + abs(pivot);
      negative_ = negative_ + select(WideMask(pivot < Lanes(0.0)), Words(1), Words(0));
    }
  }

 private:
  int size_;
  Block a_, scaled_;  // scaled_: the inverse pivots
  Words negative_ = 0;
  Lanes growth_ = 0.0;
};

// Fills the lower triangle of the matrix that `inertia` is about, unless told to stop.
void assemble(Points& points, const Lanes& shift, const Lanes& lift, Factorisation& matrix, Block& unit, Block& column,
              const std::atomic<bool>& stop) {
  const Landscape& landscape = points.at.landscape;
  const int dim = landscape.dim();
  for (int j = 0; j < dim && !stop.load(std::memory_order_relaxed); ++j) {
    unit[j] = 1.0;
    landscape.hvp(points.x.data(), unit.data(), column.data(), points.scratch.data());
    unit[j] = 0.0;
    for (int i = j; i < dim; ++i) matrix.row(i)[j] = column[i];
    matrix.row(j)[j] = column[j] - shift;
  }
  const auto raise = [&](const Lanes* v, int from, int to) {
    for (int i = from; i < to; ++i) {
      const Lanes lifted = lift * v[i];
      for (int j = from; j <= i; ++j) matrix.row(i)[j] = fma(lifted, v[j], matrix.row(i)[j]);
    }
  };
  for (int q = 0; q < points.deflation.each; ++q)
    raise(points.deflated.data() + static_cast<std::ptrdiff_t>(q) * dim, 0, dim);
  const Spheres spheres = landscape.spheres();
  for (int i = 0; i < spheres.count; ++i) raise(points.x.data(), i * spheres.size, (i + 1) * spheres.size);
}

}  // namespace

bool inertia(const Evaluation& at, const double* shifts, const double* lifts, const Deflation& deflation,
             const InertiaResults& results) {
  const int dim = at.landscape.dim();
  // Each entry of |L||D||L'| counts with at most dim + 2 roundings (Higham, Accuracy and Stability of Numerical
  // Algorithms, theorem 10.3 and section 11.1); its norm is at most its trace.
  const Lanes rounding = (dim + 4) * 0.5 * std::numeric_limits<Real>::epsilon();
  return for_blocks(at.landscape, at.count, at.threads, at.poll, [&](const std::atomic<bool>& stop) {
    return [&, rounding, points = Points(at, deflation), matrix = Factorisation(dim), unit = Block(dim),
            column = Block(dim), shift = Block(1), lift = Block(1)](std::size_t first, int lanes) mutable {
      const FlushedSubnormals flushed;
      points.load(first);
      load_rows(shifts + first, at.count - first, shift);
      load_rows(lifts + first, at.count - first, lift);
      assemble(points, shift[0], lift[0], matrix, unit, column, stop);
      matrix.run(stop);
      const Lanes error = rounding * matrix.growth();
      store_rows(&error, 1, points.outside, at.count - first, results.error + first);
      for (int lane = 0; lane < lanes; ++lane)
        results.negative[first + static_cast<std::size_t>(lane)] = static_cast<std::int64_t>(matrix.negative()[lane]);
    };
  });
}

}  // namespace saddlesim
