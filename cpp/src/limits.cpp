#include "saddlesim/limits.hpp"

#include <algorithm>
#include <chrono>

#include "saddlesim/simd/native.hpp"

namespace saddlesim {

double fma_flops(double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int kChains = 12, kRounds = 100'000;  // enough chains to hide the latency of two units
  native::f64 sum[kChains] = {};
  native::f64 a = native::splat(0.999), b = native::splat(1e-3);
  double best = 0.0;
  for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
    const auto start = Clock::now();
    for (int round = 0; round < kRounds; ++round) {
#pragma GCC unroll 16
      for (auto& s : sum) s = native::fma(s, a, b);
      asm volatile("" : "+m"(a), "+m"(b));  // nothing is known about them, so no round can be left out
    }
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 2.0 * native::kWidth * kChains * kRounds / took);
  }
  for (auto& s : sum) asm volatile("" : "+m"(s));
  return best;
}

}  // namespace saddlesim
