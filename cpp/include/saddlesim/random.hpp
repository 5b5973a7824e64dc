// Counter-based randomness: a draw is a function of (key, domain, trajectory, step, index), with no state.
//
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The
// 128-bit counter is laid out as
//
//   word 0: index (28 bits) | domain (4 bits)     word 2: step / 2^32 (16 bits) | trajectory / 2^32 (16 bits)
//   word 1: step mod 2^32                         word 3: trajectory mod 2^32
//
// so that trajectories and steps below 2^48 and 2^30 draws a step never collide.
#pragma once

#include <array>
#include <cstdint>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// What a draw is for: a method's draws never shift another's.
enum class Domain : std::uint32_t { initial = 1, kick = 2, noise = 3, minibatch = 4, lanczos = 5, data = 6 };

// The ten round keys of a 64-bit key.
struct PhiloxKey {
  std::array<std::uint64_t, 10> low, high;

  explicit constexpr PhiloxKey(std::uint64_t key = 0) : low(), high() {
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (std::size_t i = 0; i < 10; ++i) {
      low[i] = k0;
      high[i] = k1;
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
  }
};

// Four 32-bit words a lane, in the low halves; the high halves hold leftovers.
struct PhiloxWords {
  Words w0, w1, w2, w3;
};

SADDLESIM_INLINE PhiloxWords philox(const PhiloxKey& key, PhiloxWords c) {
#pragma GCC unroll 10
  for (std::size_t round = 0; round < 10; ++round) {
    const Words product0 = mul32(c.w0, Words(0xD2511F53U));
    const Words product1 = mul32(c.w2, Words(0xCD9E8D57U));
    c.w0 = (product1 >> 32) ^ c.w1 ^ Words(key.low[round]);
    c.w2 = (product0 >> 32) ^ c.w3 ^ Words(key.high[round]);
    c.w1 = product1;
    c.w3 = product0;
  }
  return c;
}

// The counter of one (domain, trajectory, step) in every lane; `index` picks the draw.
class Counter {
 public:
  SADDLESIM_INLINE Counter(Domain domain, const Words& trajectory, const Words& step)
      : domain_(static_cast<std::uint64_t>(domain) << 28),
        word1_(step),
        word2_(((step >> 32) & Words(0xffffU)) | ((trajectory >> 32) << 16)),
        word3_(trajectory) {}

  SADDLESIM_INLINE PhiloxWords at(const Words& index) const { return {index | Words(domain_), word1_, word2_, word3_}; }

 private:
  std::uint64_t domain_;
  Words word1_, word2_, word3_;
};

// Uniform on (0, 1): (k + 1/2) / 2^53 rounded, from the high 53 bits of two words; never 0, and 1 only by rounding.
SADDLESIM_INLINE Words bits53(const Words& high, const Words& low) {
  return ((high & Words(0xffffffffU)) << 21) ^ ((low & Words(0xffffffffU)) >> 11);
}
SADDLESIM_INLINE Doubles uniform53(const Words& high, const Words& low) {
  return fma(to_double(bits53(high, low)), Doubles(0x1p-53), Doubles(0x1p-54));
}

}  // namespace saddlesim
