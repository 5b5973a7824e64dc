// One network at a time: the forward pass has SIMD across samples, the backward pass across units.
#include <algorithm>
#include <cstddef>

#include "../pack.hpp"
#include "relu_tiles.hpp"
#include "saddlesim/landscapes/two_layer_relu.hpp"

namespace saddlesim {

namespace {

// A tile of the forward pass: so many units, and so many registers of samples, which are a multiple of 8 samples.
constexpr int kUnits = SADDLESIM_AVX512 ? 8 : 4;
constexpr int kRegisters = kWidth >= 8 ? 3 : 8 / kWidth;
constexpr int kChunk = kWidth >= 8 ? 1 : kRegisters;  // of registers, not to be divided
constexpr int kChunks = kRegisters / kChunk;
constexpr int kMostPanels = 5;  // whose sums one thread adds to at a time, so that weights are fetched once for all

constexpr int kOctets = kLanes / 8;  // of units in a block of the backward pass
static_assert(kUnits * 2 == 8 || kUnits == 8);

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// Panels of chunks of the samples, of nearly equal size. Numbers beyond the last sample are 0.
struct Panels {
  explicit Panels(int samples) : chunks(ceil_div(samples, kChunk * kWidth)), count(ceil_div(chunks, kChunks)) {}
  int begin(int panel) const { return chunks * panel / count; }
  int padded() const { return chunks * kChunk * kWidth; }
  int octets() const { return padded() / 8; }

  int chunks, count;
};

// use(z, dz): sums of kRows units with the registers of a panel's samples, a tile of either; of x alone unless kPair.
template <bool kPair, int kRows, int kWide, class Use>
SADDLESIM_INLINE void multiply_rows(const Real* x, const Real* v, int depth, const Register* samples, Use use) {
  Register z[kRows][kWide] = {}, dz[kPair ? kRows : 1][kWide] = {};
  for (int k = 0; k < depth; ++k, samples += kWide) {
    Register right[kWide];
#pragma GCC unroll 4
    for (int j = 0; j < kWide; ++j) right[j] = samples[j];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Register left = native::splat(x[std::ptrdiff_t{i} * depth + k]);
#pragma GCC unroll 4
      for (int j = 0; j < kWide; ++j) z[i][j] = native::fma(left, right[j], z[i][j]);
      if constexpr (kPair) {
        const Register along = native::splat(v[std::ptrdiff_t{i} * depth + k]);
#pragma GCC unroll 4
        for (int j = 0; j < kWide; ++j) dz[i][j] = native::fma(along, right[j], dz[i][j]);
      }
    }
  }
  if constexpr (kPair) {
    use(z, dz);
  } else {
    use(z, z);
  }
}

// Notes in byte `unit` of the words of 8 samples each, from `words` on, on which of a register's samples it is active.
SADDLESIM_INLINE void note_pattern(RegisterMask mask, int unit, int reg, std::uint64_t* words) {
  auto* const bytes = reinterpret_cast<unsigned char*>(words) + unit;
  const unsigned bits = native::to_bits(mask);
  if constexpr (kWidth >= 8) {
    for (int part = 0; part < kWidth / 8; ++part) {
      // volatile: as relu::store_bits
      *static_cast<volatile unsigned char*>(bytes + 8 * (reg * kWidth / 8 + part)) =
          static_cast<unsigned char>(bits >> (8 * part));
    }
  } else {
    unsigned char& byte = bytes[8 * (reg * kWidth / 8)];
    const int shift = reg * kWidth % 8;
    byte = static_cast<unsigned char>((shift == 0 ? 0U : byte) | bits << shift);
  }
}

// Adds dz to the sums of units of either sign, in the order of the units, where z is active. Sums stay in registers
// meanwhile: what a mask has stored is slow to load again.
template <int kRows, int kWide>
SADDLESIM_INLINE void add_active(const Register (&z)[kRows][kWide], const Register (&dz)[kRows][kWide], int unit,
                                 const Real* signs, std::uint64_t* words, Register* positive, Register* negative) {
#pragma GCC unroll 4
  for (int j = 0; j < kWide; ++j) {
    Register up = positive[j], down = negative[j];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const RegisterMask mask = native::not_lt(z[i][j], Register{});
      note_pattern(mask, unit + i, j, words);
      if (signs[i] > 0) {
        up = native::add_where(mask, up, dz[i][j]);
      } else {
        down = native::add_where(mask, down, dz[i][j]);
      }
    }
    positive[j] = up;
    negative[j] = down;
  }
}

// Turns 8 bytes of 8 bits: bit j of byte i becomes bit i of byte j.
SADDLESIM_INLINE std::uint64_t transpose_bits(std::uint64_t a) {
  std::uint64_t t = (a ^ (a >> 7)) & 0x00aa00aa00aa00aaU;
  a ^= t ^ (t << 7);
  t = (a ^ (a >> 14)) & 0x0000cccc0000ccccU;
  a ^= t ^ (t << 14);
  t = (a ^ (a >> 28)) & 0x00000000f0f0f0f0U;
  return a ^ t ^ (t << 28);
}

// Patterns of a block of kLanes units as relu::collect reads them, of `octets` times 8 samples.
void turn_patterns(const std::uint64_t* words, int octets, relu::Pattern* to) {
  for (int g = 0; g < octets; ++g) {
    std::uint64_t turned[kOctets];
    for (int o = 0; o < kOctets; ++o) turned[o] = transpose_bits(words[o * octets + g]);
    for (int s = 0; s < 8; ++s, to += kParts) {
      LaneSet units = 0;
      for (int o = 0; o < kOctets; ++o) units |= static_cast<LaneSet>((turned[o] >> (8 * s)) & 255U) << (8 * o);
      for (int part = 0; part < kParts; ++part)
        to[part] = static_cast<relu::Pattern>((units >> (part * kWidth)) & ((1U << kWidth) - 1U));
    }
  }
}

}  // namespace

Block TwoLayerReLU::pack_columns(const Real* X, int samples, int d) {
  const Panels panels(samples);
  Block packed(ceil_div(panels.padded() * d, kLanes));
  for (int p = 0; p < panels.count; ++p) {
    const int first = panels.begin(p) * kChunk * kWidth, end = panels.begin(p + 1) * kChunk * kWidth;
    pack(X + std::ptrdiff_t{first} * d, d, 1, std::min(end, samples) - first, d, end - first, false,
         reinterpret_cast<Real*>(packed.data()) + std::ptrdiff_t{first} * d);
  }
  return packed;
}

int TwoLayerReLU::solo_scratch() const {
  const Panels panels(samples());
  const long long units = static_cast<long long>(ceil_div(width(), kLanes)) * kLanes;
  const long long bytes = 2LL * panels.padded() * static_cast<long long>(sizeof(Real)) + units * panels.octets();
  return static_cast<int>((bytes + static_cast<long long>(sizeof(Lanes)) - 1) / static_cast<long long>(sizeof(Lanes)));
}

TwoLayerReLU::SoloWork TwoLayerReLU::solo_work(Lanes* scratch) const {
  const int padded = Panels(samples()).padded();
  auto* const numbers = reinterpret_cast<Real*>(scratch);
  std::fill_n(numbers, 2 * padded, Real(0));
  return {numbers, numbers + padded, reinterpret_cast<std::uint64_t*>(numbers + 2 * padded)};
}

// The sums for the outputs, or for their derivative along v where there is one.
void TwoLayerReLU::solo_outputs(const Real* x, const Real* v, const SoloWork& work, Team& team) const {
  const Panels panels(samples());
  const int d = samples_.columns(), octets = panels.octets();
  const auto add = [&](int p, int first, auto rows, const Real* at, const Real* along) {
    const int begin = panels.begin(p) * kChunk;  // in registers
    const Register* const columns = registers(columns_.data()) + std::ptrdiff_t{begin} * d;
    std::uint64_t* const words =
        work.patterns + std::ptrdiff_t{first / 8} * octets + std::ptrdiff_t{begin} * kWidth / 8;
    const auto add_from = [&](int above) {
      return [&, above](const auto& z, const auto& dz) {
        add_active(z, dz, first % 8 + above, signs_.data() + first + above, words,
                   reinterpret_cast<Register*>(work.positive) + begin,
                   reinterpret_cast<Register*>(work.negative) + begin);
      };
    };
    with_height<kChunks>(panels.begin(p + 1) - panels.begin(p), [&](auto chunks) {
      constexpr int kWide = decltype(chunks)::value * kChunk, kRows = decltype(rows)::value;
      if (along) {
        constexpr int kUpper = kRows / 2;  // twice as many sums a unit
        if constexpr (kUpper > 0) multiply_rows<true, kUpper, kWide>(at, along, d, columns, add_from(0));
        const std::ptrdiff_t below = std::ptrdiff_t{kUpper} * d;
        multiply_rows<true, kRows - kUpper, kWide>(at + below, along + below, d, columns, add_from(kUpper));
      } else {
        multiply_rows<false, kRows, kWide>(at, nullptr, d, columns, add_from(0));
      }
    });
  };
  const int threads = team.threads();
  const int parts = std::min(panels.count, threads * std::max(1, panels.count / (threads * kMostPanels)));
  team.run(parts, [&](int part) {
    const int begin = panels.count * part / parts, end = panels.count * (part + 1) / parts;
    for (int r = 0; r < width(); r += kUnits) {
      with_height<kUnits>(std::min(kUnits, width() - r), [&](auto rows) {
        const std::ptrdiff_t offset = std::ptrdiff_t{r} * d;
        for (int p = begin; p < end; ++p) add(p, r, rows, x + offset, v ? v + offset : nullptr);
      });
    }
  });
}

// u - y over work.positive; returns f.
Real TwoLayerReLU::solo_residuals(const SoloWork& work) const {
  Real sum = 0;
  for (int i = 0; i < samples(); ++i) {
    Real& e = work.positive[i];
    e = fma_real(e - work.negative[i], scale_, -y_[static_cast<std::size_t>(i)]);
    sum = fma_real(e, e, sum);
  }
  return Real(0.5) * sum;
}

void TwoLayerReLU::solo_collect(const SoloWork& work, Real* gradient, Team& team) const {
  const int octets = Panels(samples()).octets(), d = samples_.columns(), blocks = ceil_div(width(), kLanes);
  const Real* const weights = work.positive;
  const int parts = std::min(blocks, 8 * team.threads());
  team.run(parts, [&](int part) {
    Real* const own = workspace<2>(std::size_t(d) * kLanes);
    auto* const active = reinterpret_cast<Pattern*>(workspace<3>(std::size_t(octets) * 8 * kParts));
    for (int b = blocks * part / parts; b < blocks * (part + 1) / parts; ++b) {
      const int first = b * kLanes, units = std::min(kLanes, width() - first);
      turn_patterns(work.patterns + std::ptrdiff_t{b} * kOctets * octets, octets, active);
      Lanes scale = 0.0;
      for (int u = 0; u < units; ++u) scale.set(u, scale_ * signs_[static_cast<std::size_t>(first + u)]);
      relu::collect(
          coordinates_, [weights](int) { return [weights](int i, int) { return native::splat(weights[i]); }; }, active,
          scale, reinterpret_cast<Lanes*>(own));
      pack(own, kLanes, 1, d, units, d, false, gradient + std::ptrdiff_t{first} * d);
    }
  });
}

void TwoLayerReLU::solo_predict(const Real* x, Real* outputs, Lanes* scratch, Team& team) const {
  const SoloWork w = solo_work(scratch);
  solo_outputs(x, nullptr, w, team);
  for (int i = 0; i < samples(); ++i) outputs[i] = (w.positive[i] - w.negative[i]) * scale_;
}

Real TwoLayerReLU::solo_value(const Real* x, Lanes* scratch, Team& team) const {
  const SoloWork w = solo_work(scratch);
  solo_outputs(x, nullptr, w, team);
  return solo_residuals(w);
}

Real TwoLayerReLU::solo_gradient(const Real* x, Real* gradient, Lanes* scratch, Team& team) const {
  const SoloWork w = solo_work(scratch);
  solo_outputs(x, nullptr, w, team);
  const Real f = solo_residuals(w);
  solo_collect(w, gradient, team);
  return f;
}

void TwoLayerReLU::solo_hvp(const Real* x, const Real* v, Real* product, Lanes* scratch, Team& team) const {
  const SoloWork w = solo_work(scratch);
  solo_outputs(x, v, w, team);
  for (int i = 0; i < samples(); ++i) w.positive[i] = (w.positive[i] - w.negative[i]) * scale_;
  solo_collect(w, product, team);
}

}  // namespace saddlesim
