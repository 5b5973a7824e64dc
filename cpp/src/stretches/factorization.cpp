#include "factorization.hpp"

#include <algorithm>
#include <limits>

namespace saddlesim {

namespace {

using Word = native::vector<BitsOf<Real>>;

constexpr Real kHuge = std::numeric_limits<Real>::max() * Real{0x1p-60F};  // squares of what is less stay finite

// Each row of U is loaded once a step: moved, it goes into the next Gram matrix at once, and nothing but U is in memory.
template <int kRank>
class FactorizationStretch final : public Stretch {
 public:
  FactorizationStretch(const DiagonalFactorization& landscape, double step_size, double level)
      : landscape_(landscape),
        minus_step_(static_cast<Real>(-step_size)),
        four_levels_(static_cast<Real>(4.0 * level)),
        before_(landscape.dim()) {}

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
    for (int part = 0; part < kParts; ++part) found |= native::to_bits(test(part)) << (part * kWidth);
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
    Register gram[kPairs];
    Register overlap;
    Word moved;  // bits in which the first row differs from what it was: when that moves, x does
  };

  static Register* row(Lanes* x, int i, int part) { return reinterpret_cast<Register*>(x + i * kRank) + part; }

  // The sums of DiagonalFactorization::gradient, in its order.
  SADDLESIM_INLINE static void add(const Register (&u)[kRank], Squares& squares) {
#pragma GCC unroll 8
    for (int k = 0, at = 0; k < kRank; ++k) {
#pragma GCC unroll 8
      for (int c = 0; c <= k; ++c, ++at) squares.gram[at] = native::fma(u[k], u[c], squares.gram[at]);
    }
  }
  SADDLESIM_INLINE static void add_overlap(const Register (&u)[kRank], Register minus_entry, Register& overlap) {
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) overlap = native::fma(minus_entry * u[k], u[k], overlap);
  }
  Register minus_entry(int i) const { return native::splat(-landscape_.diagonal()[static_cast<std::size_t>(i)]); }

  void begin(Lanes* x, int part) {
    Squares squares{};
    squares.moved = ~Word{};  // who does not move is found out after a step
    for (int i = 0; i < landscape_.rows(); ++i) {
      Register u[kRank];
      for (int k = 0; k < kRank; ++k) u[k] = row(x, i, part)[k * kParts];
      add(u, squares);
      if (i < landscape_.charged()) add_overlap(u, minus_entry(i), squares.overlap);
    }
    squares_[part] = squares;
  }

  // Lanes whose first row is where it was.
  SADDLESIM_INLINE RegisterMask still(int part) const { return native::eq(squares_[part].moved, Word{}); }

  // Lanes in which f is surely above the level, and x is neither huge nor perhaps where it was.
  SADDLESIM_INLINE RegisterMask is_clear(int part) const {
    const Squares& squares = squares_[part];
    Register diagonal{}, others{};
#pragma GCC unroll 8
    for (int k = 0, at = 0; k < kRank; ++k) {
#pragma GCC unroll 8
      for (int c = 0; c <= k; ++c, ++at) {
        Register& sum = c == k ? diagonal : others;
        sum = native::fma(squares.gram[at], squares.gram[at], sum);
      }
    }
    const Register two = native::splat(Real{2});
    const Register size = native::fma(two, others, diagonal) + native::splat(static_cast<Real>(landscape_.norm2()));
    // four times f, less a bound on its error that is several times that of the gradient's estimate
    const Register surely =
        native::fma(two, squares.overlap, size) - native::splat(static_cast<Real>(16.0 * kRounding)) * size;
    const RegisterMask above = native::lt(native::splat(four_levels_), surely);
    const RegisterMask moderate = native::lt(size, native::splat(kHuge));
    return native::both(native::both(above, moderate), native::negate(still(part)));
  }

  // A row of the gradient is u G, after what is in `g`.
  SADDLESIM_INLINE static void multiply_add(const Register (&u)[kRank], const Register (&gram)[kPairs],
                                            Register (&g)[kRank]) {
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
    const Register eta = native::splat(minus_step_);
    const int rows = landscape_.rows(), charged = landscape_.charged();
    Register gram[kPairs];
#pragma GCC unroll 16
    for (int at = 0; at < kPairs; ++at) gram[at] = squares_[part].gram[at];
    Squares next{};
    Register first[kRank];
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) first[k] = x[k].part[part];
    for (int i = 0; i < charged; ++i) {
      const Register entry = minus_entry(i);
      Register u[kRank], g[kRank];
      Register* place = row(x, i, part);
#pragma GCC unroll 8
      for (int k = 0; k < kRank; ++k) {
        u[k] = place[k * kParts];
        g[k] = entry * u[k];
      }
      move(place, eta, gram, u, g, next);
      add_overlap(u, entry, next.overlap);
    }
    for (int i = charged; i < rows; ++i) {
      Register u[kRank], g[kRank];
      Register* place = row(x, i, part);
#pragma GCC unroll 8
      for (int k = 0; k < kRank; ++k) {
        u[k] = place[k * kParts];
        g[k] = Register{};
      }
      move(place, eta, gram, u, g, next);
    }
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) next.moved |= (Word)first[k] ^ (Word)x[k].part[part];
    squares_[part] = next;
  }

  // Moves a row and takes its squares; u is where it is then.
  SADDLESIM_INLINE void move(Register* place, Register eta, const Register (&gram)[kPairs], Register (&u)[kRank],
                             Register (&g)[kRank], Squares& next) {
    multiply_add(u, gram, g);
#pragma GCC unroll 8
    for (int k = 0; k < kRank; ++k) {
      const Register moved = native::fma(eta, g[k], u[k]);
      u[k] = moved;
      place[k * kParts] = moved;
    }
    add(u, next);
  }

  const DiagonalFactorization& landscape_;
  Real minus_step_, four_levels_;
  Block before_;
  Squares squares_[kParts];
};

}  // namespace

std::unique_ptr<Stretch> factorization_descent(const DiagonalFactorization& landscape, const GradientDescent& method,
                                               const ValueBelow& escape) {
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
