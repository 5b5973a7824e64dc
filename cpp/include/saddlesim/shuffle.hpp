// A pseudorandom permutation of 0, ..., n - 1 that is computed where it is needed, each lane's by a key of its own.
//
// A Feistel network on pairs (l, r), l < a, r < b, a b >= n (Black and Rogaway, "Ciphers with arbitrary finite domains",
// CT-RSA 2002): in turn l += F(r) mod a and r += F(l) mod b. Pairs beyond n are permuted again until one below n is met;
// as a b - n < a they are few.
#pragma once

#include <cmath>
#include <cstdint>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

class Shuffle {
 public:
  struct Key {
    Words first, second;  // 32 random bits each, in the low halves
  };

  explicit Shuffle(int n) : n_(static_cast<std::uint64_t>(n)) {
    while (a_ * a_ < n_) ++a_;
    b_ = (n_ + a_ - 1) / a_;
    // i / b = i reciprocal / 2^shift for every i < 2^31 (Granlund and Montgomery 1994)
    int bits = 0;
    while ((std::uint64_t{1} << bits) < b_) ++bits;
    shift_ = 31 + bits;
    reciprocal_ = ((std::uint64_t{1} << shift_) + b_ - 1) / b_;
  }

  // Where two numbers below n go in every lane, each by its own key; side by side, because a round waits for the one before.
  SADDLESIM_INLINE void permute(const Key (&key)[2], Words (&numbers)[2]) const {
    Words l[2], r[2];
    for (int k = 0; k < 2; ++k) {
      l[k] = mul32(numbers[k], Words(reciprocal_)) >> shift_;
      r[k] = numbers[k] - mul32(l[k], Words(b_));
    }
    WideMask looking[2] = {from_bits(kAllLanes), from_bits(kAllLanes)};
    while (any(looking[0] | looking[1])) {
      run(key, l, r);
      for (int k = 0; k < 2; ++k) {
        const Words here = mul32(l[k], Words(b_)) + r[k];
        numbers[k] = select(looking[k], here, numbers[k]);
        looking[k] = looking[k] & !(here < Words(n_));
      }
    }
  }

 private:
  // With 20 rounds all orders of 5 and of 6 were equally frequent in 240,000 draws, with 12 all pairs of 7 and more.
  static constexpr int kMostRounds = 20, kFewestRounds = 12;
  static constexpr std::uint64_t kSmall = 64;

  SADDLESIM_INLINE void run(const Key (&key)[2], Words (&l)[2], Words (&r)[2]) const {
    Words first[2] = {key[0].first, key[1].first}, second[2] = {key[0].second, key[1].second};
    for (int round = n_ < kSmall ? kMostRounds : kFewestRounds; round > 0; round -= 2) {
#pragma GCC unroll 2
      for (int k = 0; k < 2; ++k) {
        l[k] = add(l[k], mixed(r[k], first[k], second[k]), Words(a_));
        advance(first[k], second[k]);
      }
#pragma GCC unroll 2
      for (int k = 0; k < 2; ++k) {
        r[k] = add(r[k], mixed(l[k], first[k], second[k]), Words(b_));
        advance(first[k], second[k]);
      }
    }
  }
  SADDLESIM_INLINE static void advance(Words& first, Words& second) {  // Weyl sequences, as Philox has them
    first = first + Words(0x9E3779B9U);
    second = second + Words(0xBB67AE85U);
  }
  // 32 bits, in the low half
  SADDLESIM_INLINE static Words mixed(const Words& number, const Words& first, const Words& second) {
    const Words once = mul32(number ^ first, Words(0xD2511F53U));
    const Words twice = mul32((once ^ (once >> 32)) ^ second, Words(0xCD9E8D57U));
    return twice ^ (twice >> 32);
  }
  // What 32 bits make of [0, size), added modulo size.
  SADDLESIM_INLINE static Words add(const Words& number, const Words& bits, const Words& size) {
    const Words sum = number + (mul32(bits, size) >> 32);
    return select(sum < size, sum, sum - size);
  }

  std::uint64_t n_, a_ = 1, b_ = 1, reciprocal_ = 1;
  int shift_ = 31;
};

}  // namespace saddlesim
