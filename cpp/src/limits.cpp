#include "saddlesim/limits.hpp"

#include <algorithm>
#include <chrono>

#include "saddlesim/simd/native.hpp"

namespace saddlesim {

namespace {

constexpr int kChains = 12;  // enough to hide the latency of two units, few enough for sixteen registers

// `rounds` multiply-adds in each of kChains registers; answers something that depends on all of them.
double multiply_add(double factor, double summand, int rounds) {
  const native::f64 a = native::splat(factor), b = native::splat(summand);
  native::f64 sum[kChains];
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) sum[i] = native::splat(static_cast<double>(i));
  for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) sum[i] = native::fma(sum[i], a, b);
  }
  native::f64 total = {};
#pragma GCC unroll 16
  for (int i = 0; i < kChains; ++i) total = total + sum[i];
  return total[0];
}

}  // namespace

double fma_flops(double seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 100'000;
  volatile double factor = 0.999, summand = 1e-3, sink = 0.0;  // so that nothing is known beforehand, or left out
  double best = 0.0;
  for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
    const auto start = Clock::now();
    sink = multiply_add(factor, summand, kRounds);
    const double took = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 2.0 * native::kWidth * kChains * kRounds / took);
  }
  static_cast<void>(sink);
  return best;
}

}  // namespace saddlesim
