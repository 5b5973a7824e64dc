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

  // Where i goes; i < n in every lane.
  SADDLESIM_INLINE Words at(const Key& key, const Words& i) const {
    Words l = mul32(i, Words(reciprocal_)) >> shift_, r = i - mul32(l, Words(b_)), found = i;
    for (WideMask looking = found == found; any(looking);) {
      permute(key, l, r);
      const Words here = mul32(l, Words(b_)) + r;
      found = select(looking, here, found);
      looking = looking & !(here < Words(n_));
    }
    return found;
  }

 private:
  static constexpr int kRounds = 20;  // from 16 on all orders of 5 and of 6 are equally frequent in 240,000 draws

  SADDLESIM_INLINE void permute(const Key& key, Words& l, Words& r) const {
    Words first = key.first, second = key.second;
    for (int round = 0; round < kRounds; round += 2) {
      l = add(l, mixed(r, first, second), Words(a_));
      advance(first, second);
      r = add(r, mixed(l, first, second), Words(b_));
      advance(first, second);
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
