#include "saddlesim/limits.hpp"

#include <algorithm>
#include <chrono>

#include "saddlesim/normal.hpp"

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

constexpr int kRounds = 100'000;
constexpr double kOperations = 2.0 * native::kWidth * kChains * kRounds;

// `work` over the shortest time that a call of round() takes; what it answers must not be left out.
template <class Round>
double best_rate(double work, double seconds, Round round) {
  using Clock = std::chrono::steady_clock;
  volatile double sink = 0.0;
  double best = 0.0;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  do {
    const auto start = Clock::now();
    sink = round();
    best = std::max(best, work / std::chrono::duration<double>(Clock::now() - start).count());
  } while (Clock::now() < end);
  static_cast<void>(sink);
  return best;
}

// The sum of what make(words) makes of the draws 0, 1, ..., kDraws - 1 of every lane.
constexpr int kDraws = 4096;
template <class Make>
double draw(std::uint64_t key, Make make) {
  const PhiloxKey keys(key);
  const Counter counter(Domain::noise, Words(1), Words(2));
  Lanes sum = 0.0;
  for (std::uint64_t index = 0; index < kDraws; ++index) sum = sum + make(philox(keys, counter.at(Words(index))));
  return sum[0];
}

}  // namespace

double fma_flops(double seconds) {
  volatile double factor = 0.999, summand = 1e-3;  // so that nothing is known beforehand
  return best_rate(kOperations, seconds, [&] { return multiply_add(factor, summand, kRounds); });
}

double fma_operations(double seconds) {
  using Clock = std::chrono::steady_clock;
  volatile double factor = 0.999, summand = 1e-3, sink = 0.0;
  double done = 0.0;
  for (const auto end = Clock::now() + std::chrono::duration<double>(seconds); Clock::now() < end;) {
    sink = multiply_add(factor, summand, kRounds);
    done += kOperations;
  }
  static_cast<void>(sink);
  return done;
}

double triad_bandwidth(std::size_t bytes, double seconds) {
  const int rows = static_cast<int>(std::max<std::size_t>(bytes / (3 * sizeof(Lanes)), 1));
  Block a(rows), b(rows), c(rows);
  // small arrays are gone over many times, so that looking at the clock costs nothing
  const int repeats = std::max(1, 4096 / rows);
  volatile double factor = 0.5;
  return best_rate(3.0 * sizeof(Lanes) * rows * repeats, seconds, [&] {
    const Lanes s = factor;
    for (int r = 0; r < repeats; ++r) {
      for (int i = 0; i < rows; ++i) a[i] = fma(s, c[i], b[i]);
      asm volatile("" : : "r"(a.data()) : "memory");  // no repeat may be left out
    }
    return a[rows - 1][0];
  });
}

double gradients(const Landscape& landscape, double seconds) {
  constexpr int kTimes = 64;
  Block x(landscape.dim()), gradient(landscape.dim()), scratch(landscape.scratch_rows());
  for (int j = 0; j < landscape.dim(); ++j) x[j] = 1.0 / (j + 2);
  return best_rate(1.0 * kLanes * kTimes, seconds, [&] {
    for (int i = 0; i < kTimes; ++i) landscape.gradient(x.data(), gradient.data(), scratch.data(), nullptr);
    return gradient[0][0];
  });
}

double philox_words(double seconds) {
  volatile std::uint64_t key = 1;
  return best_rate(4.0 * kLanes * kDraws, seconds, [&] {
    return draw(key, [](const PhiloxWords& w) { return to_double((w.w0 ^ w.w1 ^ w.w2 ^ w.w3) & Words(0xffffffffU)); });
  });
}

double normals_single(double seconds) {
  volatile std::uint64_t key = 1;
  return best_rate(4.0 * kLanes * kDraws, seconds, [&] {
    return draw(key, [](const PhiloxWords& w) {
      const NormalQuad n = normal_single(w);
      return (n.first + n.second) + (n.third + n.fourth);
    });
  });
}

double normals_double(double seconds) {
  volatile std::uint64_t key = 1;
  return best_rate(2.0 * kLanes * kDraws, seconds, [&] {
    return draw(key, [](const PhiloxWords& w) {
      const NormalPair n = normal53(w);
      return n.first + n.second;
    });
  });
}

}  // namespace saddlesim
