#include "factorization.hpp"

#include <algorithm>

namespace saddlesim {

namespace {

using native::f64;

// Each row of U is loaded once a step: moved, it goes into the next Gram matrix at once, and nothing but U is in memory.
template <int kRank>
class FactorizationStretch final : public Stretch {
 public:
  FactorizationStretch(const DiagonalFactorization& landscape, double step_size, double level)
      : landscape_(landscape), minus_step_(-step_size), four_levels_(4.0 * level), before_(landscape.dim()) {}

  std::uint64_t advance(Flight& flight, LaneSet active, std::uint64_t most) override {
    std::copy_n(flight.x, landscape_.dim(), before_.data());
    const std::uint64_t taken = run(flight.x, active, most);
    if (taken == 0 || !(active & lanes([this](int part) { return still(part); }))) return taken;
    // Perhaps the last step did not move a trajectory at all: that step is the engine's to take.
    std::copy_n(before_.data(), landscape_.dim(), flight.x);
    return run(flight.x, active, taken - 1);
  }

 private:
  template <class Test>
  static LaneSet lanes(Test test) {
    LaneSet found = 0;
    for (int part = 0; part < kParts; ++part) found |= native::to_bits(test(part)) << (part * native::kWidth);
    return found;
  }

  std::uint64_t run(Lanes* x, LaneSet active, std::uint64_t most) {
    for (int part = 0; part < kParts; ++part) begin(x, part);
    for (std::uint64_t taken = 0; taken < most; ++taken) {
      if (active & ~lanes([this](int part) { return is_clear(part); })) return taken;
      for (int part = 0; part < kParts; ++part) step(x, part);
    }
    return most;
  }

  static constexpr int kPairs = kRank * (kRank + 1) / 2;

  // Of one register of lanes: U'U, its lower triangle row by row, and <D, U U'>.
  struct Squares {
    f64 gram[kPairs];
    f64 overlap;
    native::u64 moved;  // bits in which the first row differs from what it was: when that moves, x does
  };

  static f64* row(Lanes* x, int i, int part) { return reinterpret_cast<f64*>(x + i * kRank) + part; }

  // The sums of DiagonalFactorization::gradient, in its order.
  SADDLESIM_INLINE static void add(const f64 (&u)[kRank], Squares& squares) {
#pragma GCC unroll 8
    for (int k = 0, at = 0; k < kRank; ++k) {
#pragma GCC unroll 8
      for (int c = 0; c <= k; ++c, ++at) squares.gram[at] = native::fma(u[k], u[c], squares.gram[at]);
    }
  }
  SADDLESIM_INLINE static void add_overlap(const f64 (&u)[kRank], f64 minus_entry, f64& overlap) {
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) overlap = native::fma(minus_entry * u[k], u[k], overlap);
  }
  f64 minus_entry(int i) const { return native::splat(-landscape_.diagonal()[static_cast<std::size_t>(i)]); }

  void begin(Lanes* x, int part) {
    Squares squares{};
    squares.moved = ~native::u64{};  // who does not move is found out after a step
    for (int i = 0; i < landscape_.rows(); ++i) {
      f64 u[kRank];
      for (int k = 0; k < kRank; ++k) u[k] = row(x, i, part)[k * kParts];
      add(u, squares);
      if (i < landscape_.charged()) add_overlap(u, minus_entry(i), squares.overlap);
    }
    squares_[part] = squares;
  }

  // Lanes whose first row is where it was.
  SADDLESIM_INLINE native::mask still(int part) const { return native::eq(squares_[part].moved, native::u64{}); }

  // Lanes in which f is surely above the level, and x is neither huge nor perhaps where it was.
  SADDLESIM_INLINE native::mask is_clear(int part) const {
    const Squares& squares = squares_[part];
    f64 diagonal{}, others{};
#pragma GCC unroll 8
    for (int k = 0, at = 0; k < kRank; ++k) {
#pragma GCC unroll 8
      for (int c = 0; c <= k; ++c, ++at) {
        f64& sum = c == k ? diagonal : others;
        sum = native::fma(squares.gram[at], squares.gram[at], sum);
      }
    }
    const f64 two = native::splat(2.0);
    const f64 size = native::fma(two, others, diagonal) + native::splat(landscape_.norm2());
    // four times f, less a bound on its error that is several times that of the gradient's estimate
    const f64 surely = native::fma(two, squares.overlap, size) - native::splat(16.0 * kRounding) * size;
    const native::mask above = native::lt(native::splat(four_levels_), surely);
    const native::mask moderate = native::lt(size, native::splat(0x1p900));
    return native::both(native::both(above, moderate), native::negate(still(part)));
  }

  // A row of the gradient is u G, after what is in `g`.
  SADDLESIM_INLINE static void multiply_add(const f64 (&u)[kRank], const f64 (&gram)[kPairs], f64 (&g)[kRank]) {
#pragma GCC unroll 8
    for (int c = 0; c < kRank; ++c) {
#pragma GCC unroll 8
      for (int k = 0; k < kRank; ++k) {
        const int high = c > k ? c : k, low = c > k ? k : c;
        g[k] = native::fma(u[c], gram[high * (high + 1) / 2 + low], g[k]);
      }
    }
  }

  SADDLESIM_INLINE void step(Lanes* x, int part) {
    const f64 eta = native::splat(minus_step_);
    const int rows = landscape_.rows(), charged = landscape_.charged();
    f64 gram[kPairs];
#pragma GCC unroll 16
    for (int at = 0; at < kPairs; ++at) gram[at] = squares_[part].gram[at];
    Squares next{};
    f64 first[kRank];
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) first[k] = x[k].part[part];
    for (int i = 0; i < charged; ++i) {
      const f64 entry = minus_entry(i);
      f64 u[kRank], g[kRank];
      f64* place = row(x, i, part);
#pragma GCC unroll 8
      for (int k = 0; k < kRank; ++k) {
        u[k] = place[k * kParts];
        g[k] = entry * u[k];
      }
      move(place, eta, gram, u, g, next);
      add_overlap(u, entry, next.overlap);
    }
    for (int i = charged; i < rows; ++i) {
      f64 u[kRank], g[kRank];
      f64* place = row(x, i, part);
#pragma GCC unroll 8
      for (int k = 0; k < kRank; ++k) {
        u[k] = place[k * kParts];
        g[k] = f64{};
      }
      move(place, eta, gram, u, g, next);
    }
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) next.moved |= (native::u64)first[k] ^ (native::u64)x[k].part[part];
    squares_[part] = next;
  }

  // Moves a row and takes its squares; u is where it is then.
  SADDLESIM_INLINE void move(f64* place, f64 eta, const f64 (&gram)[kPairs], f64 (&u)[kRank], f64 (&g)[kRank],
                             Squares& next) {
    multiply_add(u, gram, g);
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) {
      const f64 moved = native::fma(eta, g[k], u[k]);
      u[k] = moved;
      place[k * kParts] = moved;
    }
    add(u, next);
  }

  const DiagonalFactorization& landscape_;
  double minus_step_, four_levels_;
  Block before_;
  Squares squares_[kParts];
};

}  // namespace

std::unique_ptr<Stretch> make_factorization_stretch(const DiagonalFactorization& landscape,
                                                    const GradientDescent& method, const ValueBelow& escape) {
  const double step = method.step_size(), level = escape.level();
  switch (landscape.rank()) {
    case 1:
      return std::make_unique<FactorizationStretch<1>>(landscape, step, level);
    case 2:
      return std::make_unique<FactorizationStretch<2>>(landscape, step, level);
    case 3:
      return std::make_unique<FactorizationStretch<3>>(landscape, step, level);
    case 4:
      return std::make_unique<FactorizationStretch<4>>(landscape, step, level);
    default:
      return nullptr;
  }
}

}  // namespace saddlesim
