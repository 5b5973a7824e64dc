#include "saddlesim/lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "saddlesim/noise.hpp"
#include "saddlesim/tridiagonal.hpp"

namespace saddlesim {

namespace {

constexpr int kGroup = 4;  // vectors that one sweep over another serves: their sums fit into registers

// The Krylov space is invariant where what is new in it is rounding.
constexpr double kNothingNew = 64.0 * std::numeric_limits<Real>::epsilon();
// Below this share of the norm, the new vector is made orthogonal once more: rounding weighs too much in it.
constexpr double kOnceMore = 1.0 / 128.0;

// sums[i] = vectors[i] . w, of elements that are Lanes or numbers. Sums stay in registers until they are there.
template <int kCount, class Element>
SADDLESIM_INLINE void inner_products(const Element* const* vectors, const Element* w, int count, Element* sums) {
  Element along[kCount];
  for (Element& sum : along) sum = 0;
  for (int j = 0; j < count; ++j) {
    const Element wj = w[j];
#pragma GCC unroll 4
    for (int i = 0; i < kCount; ++i) {
      if constexpr (std::is_same_v<Element, Lanes>) {
        along[i] = fma(vectors[i][j], wj, along[i]);
      } else {
        along[i] = fma_real(vectors[i][j], wj, along[i]);
      }
    }
  }
  std::copy_n(along, kCount, sums);
}

// Kuczynski and Wozniakowski, "Estimating the largest eigenvalue by the power and Lanczos algorithms with a random
// start", SIAM J. Matrix Anal. Appl. 13 (1992), theorem 4.2: the probability that k steps miss an end of the spectrum by
// more than a share `gap` of its width.
double miss_probability(double gap, double steps, int dim) {
  return 1.648 * std::sqrt(static_cast<double>(dim)) * std::exp(-(2.0 * steps - 1.0) * std::sqrt(gap));
}

// That the spectrum is more than 4/3 as wide as its Ritz values: then an end was missed by an eighth.
double width_missed(double steps, int dim) { return 2.0 * miss_probability(0.125, steps, dim); }

// That an eigenvalue lies below `level` although the Ritz values after so many steps do not.
double failure_probability(double level, double smallest, double largest, double steps, int dim) {
  const double width = (largest - smallest) * (4.0 / 3.0), gap = smallest - level;
  if (!(gap > 0.0)) return 1.0;
  const double missed = gap >= width ? 0.0 : miss_probability(gap / width, steps, dim);
  return missed + width_missed(steps, dim);
}

}  // namespace

Lanczos::Lanczos(const Landscape& landscape, int most_steps) : Lanczos(landscape, landscape.dim(), false, most_steps) {}

Lanczos::Lanczos(const Folded& point, int dim, int most_steps) : Lanczos(point, dim, true, most_steps) {}

Lanczos::Lanczos(const Landscape& landscape, int dim, bool folded, int most_steps)
    : landscape_(landscape),
      dim_(dim),
      rows_(landscape.dim()),
      folded_(folded),
      diagonal_(most_steps),
      coupling_(most_steps),
      vector_(most_steps),
      pivots_(2 * most_steps),
      low_(most_steps),
      high_(most_steps),
      next_(rows_),
      product_(rows_) {}

void Lanczos::draw_start(const PhiloxKey& key, const Words& index, const Words& draw) {
  const Counter counter(Domain::lanczos, index, draw);
  if (folded_) return draw_normals(key, counter, dim_, Folded::numbers(next_.data()));
  for_each_normal(key, counter, dim_, [&](int j, const Lanes& n) { next_[j] = n; });
}

// Of a folded point the sums are in all lanes alike.
template <int kCount>
void Lanczos::inner_group(const Lanes* const* vectors, const Lanes* w, Lanes* sums) const {
  if (!folded_) return inner_products<kCount>(vectors, w, rows_, sums);
  const Real* numbers[kCount];
  Real along[kCount];
  for (int i = 0; i < kCount; ++i) numbers[i] = Folded::numbers(vectors[i]);
  inner_products<kCount>(numbers, Folded::numbers(w), dim_, along);
  for (int i = 0; i < kCount; ++i) sums[i] = along[i];
}

Lanes Lanczos::inner(const Block& a, const Block& b) const {
  const Lanes* const vectors[] = {a.data()};
  Lanes sum;
  inner_group<1>(vectors, b.data(), &sum);
  return sum;
}

void Lanczos::run(const Lanes* x, const Lanes* deflated, int deflations, const KrylovGoal& goal, LaneSet lanes,
                  Lanes* scratch, const std::atomic<bool>* stop) {
  x_ = x;
  size_ = 0;
  norm_ = 0.0;
  below_ = 0;
  smallest_ = largest_ = __builtin_nan("");
  steps_ = 0;
  for (int i = 0; i < low_.rows(); ++i) diagonal_[i] = coupling_[i] = low_[i] = high_[i] = 0.0;
  deflated_.clear();
  for (int i = 0; i < deflations; ++i) deflated_.push_back(deflated + static_cast<std::ptrdiff_t>(i) * rows_);
  LaneSet left = lanes & begin();
  for (int next_look = kGroup; left != 0 && !(stop && stop->load(std::memory_order_relaxed));) {
    const LaneSet invariant = left & extend(scratch);
    const bool due = size_ >= next_look || size_ == goal.most_steps;
    if (!due && invariant == 0) continue;
    // What a look costs grows with the size, so they become rarer.
    if (size_ >= next_look) next_look = size_ + std::max(kGroup, size_ / kGroup);
    // The end of one lane's space is no occasion for the others, whose steps would depend on their neighbours.
    left &= ~check(goal, due ? left : invariant, size_ == goal.most_steps ? left : invariant);
  }
}

// Makes the start a unit vector of the space that is searched; the lanes in which there is one.
LaneSet Lanczos::begin() {
  const Lanes before = sqrt(inner(next_, next_));
  landscape_.spheres().project(x_, next_.data(), next_.data());
  remove_all(kAllLanes);
  remove_all(kAllLanes);
  const Lanes length = sqrt(inner(next_, next_));
  const Mask some = length > before * Lanes(kNothingNew);
  const Lanes scale = select(some, Lanes(1.0) / length, Lanes(0.0));
  if (basis_.empty()) basis_.emplace_back(rows_);
  for (int j = 0; j < rows_; ++j) basis_[0][j] = next_[j] * scale;
  return to_bits(some);
}

// One more row of the tridiagonal matrix and one more vector; the lanes in which the space turned out to be invariant.
LaneSet Lanczos::extend(Lanes* scratch) {
  const Block& v = basis_[static_cast<std::size_t>(size_)];
  landscape_.hvp(x_, v.data(), next_.data(), scratch);
  const Lanes alpha = inner(v, next_);
  diagonal_[size_] = widen(alpha);
  for (int j = 0; j < rows_; ++j) next_[j] = fma(-alpha, v[j], next_[j]);
  ++size_;
  // What H takes to deflated vectors belongs to its norm: beside that, what is left may be nothing but rounding.
  if (!deflated_.empty()) norm_ = max(norm_, widen(sqrt(inner(next_, next_))));
  remove_all(kAllLanes);
  Doubles beta = widen(sqrt(inner(next_, next_)));
  norm_ = max(norm_, abs(diagonal_[size_ - 1]) + beta);
  const LaneSet small = to_bits(beta < norm_ * Doubles(kOnceMore));
  if (small != 0) {
    remove_all(small);
    beta = select(WideMask(from_bits(small)), widen(sqrt(inner(next_, next_))), beta);
  }
  // also where a number is not finite: nothing will come of it
  const WideMask nothing = !(beta > norm_ * Doubles(kNothingNew));
  const Lanes scale = to_lanes(select(nothing, Doubles(0.0), Doubles(1.0) / beta));
  coupling_[size_ - 1] = select(nothing, Doubles(0.0), beta);
  if (basis_.size() <= static_cast<std::size_t>(size_)) basis_.emplace_back(rows_);
  for (int j = 0; j < rows_; ++j) basis_[static_cast<std::size_t>(size_)][j] = next_[j] * scale;
  return to_bits(nothing);
}

template <int kCount>
void Lanczos::remove_group(const Lanes* const* vectors, const Mask& where) {
  Lanes along[kCount];
  inner_group<kCount>(vectors, next_.data(), along);
  for (Lanes& sum : along) sum = select(where, -sum, Lanes(0.0));
  Lanes* const w = next_.data();
  for (int j = 0; j < rows_; ++j) {
    Lanes wj = w[j];
#pragma GCC unroll 4
    for (int i = 0; i < kCount; ++i) wj = fma(along[i], vectors[i][j], wj);
    w[j] = wj;
  }
}

// Takes out of next_ its components along some vectors.
void Lanczos::remove(const Lanes* const* vectors, int count, LaneSet where) {
  const Mask mask = from_bits(where);
  int i = 0;
  for (; i + kGroup <= count; i += kGroup) remove_group<kGroup>(vectors + i, mask);
  for (; i < count; ++i) remove_group<1>(vectors + i, mask);
}

// On spheres what is not tangent: rounding, which grows from step to step until normals are taken for eigenvectors.
void Lanczos::remove_normals(LaneSet where) {
  if (landscape_.spheres().count == 0) return;
  landscape_.spheres().project(x_, next_.data(), product_.data());
  const Mask mask = from_bits(where);
  for (int j = 0; j < rows_; ++j) next_[j] = select(mask, product_[j], next_[j]);
}

void Lanczos::remove_all(LaneSet where) {
  remove_normals(where);
  remove(deflated_.data(), static_cast<int>(deflated_.size()), where);
  const Lanes* group[kGroup];
  for (int i = size_; i > 0;) {  // the latest first: there is most along them
    const int count = std::min(i, kGroup);
    for (int k = 0; k < count; ++k) group[k] = basis_[static_cast<std::size_t>(--i)].data();
    remove(group, count, where);
  }
}

// The Ritz value at an end of the spectrum and its vector's coefficients, in `lanes`; those in which the residual that
// Lanczos's recurrence foretells is at most `tolerance`.
LaneSet Lanczos::look(double sign, const Doubles& tolerance, LaneSet lanes, BlockOf<Doubles>& coefficients,
                      Doubles& value) {
  const Tridiagonal t{diagonal_.data(), coupling_.data(), size_, sign};
  const Doubles found = smallest_eigenvalue(t);
  eigenvector(t, found, vector_.data(), pivots_.data());
  const WideMask lively = from_bits(lanes);
  value = select(lively, Doubles(sign) * found, value);
  for (int i = 0; i < size_; ++i) coefficients[i] = select(lively, vector_[i], coefficients[i]);
  return to_bits(coupling_[size_ - 1] * abs(vector_[size_ - 1]) <= tolerance);
}

// Looks at the tridiagonal matrix; the lanes that end, those in which the goal is reached and those that `must`.
LaneSet Lanczos::check(const KrylovGoal& goal, LaneSet lanes, LaneSet must) {
  const bool asks = goal.failure_probability > 0.0;
  LaneSet ended = must;
  if (asks) {
    below_ |= lanes & ~to_bits(none_below({diagonal_.data(), coupling_.data(), size_}, goal.level));
    const LaneSet found = lanes & below_;
    if (found != 0 && goal.tolerance > 0.0) {  // its vector is wanted
      ended |= found & look(1.0, norm_ * Doubles(goal.tolerance), found, low_, smallest_);
    } else {
      ended |= found;
    }
  }
  const LaneSet open = asks ? lanes & ~below_ : lanes;
  const bool early = asks && width_missed(size_, dim_) > goal.failure_probability;
  if (!early && open != 0) ended |= look_at_ends(goal, open, ended);
  ended &= lanes;
  steps_ = select(WideMask(from_bits(ended)), Words(static_cast<std::uint64_t>(size_)), steps_);
  return ended;
}

// The lanes in which the Ritz values say that the goal is reached.
LaneSet Lanczos::look_at_ends(const KrylovGoal& goal, LaneSet lanes, LaneSet ended) {
  const Doubles tolerance = norm_ * Doubles(goal.tolerance);
  const bool asks = goal.failure_probability > 0.0;
  LaneSet near = look(1.0, tolerance, lanes, low_, smallest_);
  if (goal.both_ends || asks || (lanes & (ended | near)) != 0) {
    const LaneSet other = look(-1.0, tolerance, lanes, high_, largest_);
    if (goal.both_ends) near &= other;
  }
  if (!asks) return goal.tolerance > 0.0 ? near : 0;
  LaneSet sure = 0;
  for_lanes(lanes & ~ended, [&](int lane) {
    const double failure = failure_probability(goal.level, smallest_[lane], largest_[lane], size_, dim_);
    sure |= LaneSet{failure <= goal.failure_probability} << lane;
  });
  return sure;
}

Lanczos::Pair Lanczos::pair(const BlockOf<Doubles>& coefficients, Lanes* scratch) {
  for (int j = 0; j < rows_; ++j) next_[j] = 0.0;
  for (int i = 0; i < size_; ++i) {
    const Lanes weight = to_lanes(coefficients[i]);
    const Block& v = basis_[static_cast<std::size_t>(i)];
    for (int j = 0; j < rows_; ++j) next_[j] = fma(weight, v[j], next_[j]);
  }
  const Lanes length = sqrt(inner(next_, next_));
  for (int j = 0; j < rows_; ++j) next_[j] = next_[j] / length;
  landscape_.hvp(x_, next_.data(), product_.data(), scratch);
  const Lanes quotient = inner(next_, product_);
  std::swap(next_, product_);
  remove(deflated_.data(), static_cast<int>(deflated_.size()), kAllLanes);
  std::swap(next_, product_);
  for (int j = 0; j < rows_; ++j) product_[j] = fma(-quotient, next_[j], product_[j]);
  return {next_.data(), quotient, sqrt(inner(product_, product_))};
}

}  // namespace saddlesim
