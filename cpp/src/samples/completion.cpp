#include "saddlesim/samples/completion.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

namespace saddlesim {

std::vector<CompletionSamples::Entry> CompletionSamples::entries(const double* m, const bool* observed, int d) {
  std::vector<Entry> found;
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j <= i; ++j) {
      const std::ptrdiff_t at = std::ptrdiff_t{i} * d + j;
      if (observed[at]) found.push_back({i, j, static_cast<Real>(m[at])});
    }
  }
  return found;
}

CompletionSamples::CompletionSamples(const double* m, const bool* observed, int d, int rank, double penalty,
                                     double row_bound)
    : CompletionSamples(entries(m, observed, d), d, rank, penalty, row_bound) {}

CompletionSamples::CompletionSamples(std::vector<Entry> entries, int d, int rank, double penalty, double row_bound)
    : Samples(d * rank, static_cast<int>(entries.size())),
      rank_(rank),
      entries_(std::move(entries)),
      penalty_(penalty, row_bound, d, rank) {}

void CompletionSamples::begin(const Lanes* x, Lanes* gradient, Lanes* scratch) const {
  Samples::begin(x, gradient, scratch);
  penalty_.add_gradient(x, gradient);
}

// Lane by lane, because each has its numbers in rows of its own. An entry off the diagonal is two of f.
void CompletionSamples::add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient,
                            Lanes* /*scratch*/) const {
  const Real share = static_cast<Real>(count() / batch);
  const auto* const numbers = reinterpret_cast<const Real*>(x);
  auto* const sums = reinterpret_cast<Real*>(gradient);
  for (int i = 0; i < size; ++i) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const Entry& entry = entries_[static_cast<std::size_t>(which[i][lane])];
      const std::ptrdiff_t row = std::ptrdiff_t{entry.row} * rank_ * kLanes + lane;
      const std::ptrdiff_t column = std::ptrdiff_t{entry.column} * rank_ * kLanes + lane;
      Real e = -entry.value;
      for (int c = 0; c < rank_ * kLanes; c += kLanes) e = std::fma(numbers[row + c], numbers[column + c], e);
      e *= row == column ? share : 2 * share;
      for (int c = 0; c < rank_ * kLanes; c += kLanes) {
        sums[row + c] = std::fma(e, numbers[column + c], sums[row + c]);
        sums[column + c] = std::fma(e, numbers[row + c], sums[column + c]);
      }
    }
  }
}

}  // namespace saddlesim
