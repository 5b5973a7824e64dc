#include "saddlesim/team.hpp"

#include <utility>

#include "saddlesim/parallel.hpp"
#include "subnormals.hpp"

namespace saddlesim {

namespace {

constexpr int kSpins = 1000;  // some 20 to 60 microseconds
constexpr std::uint64_t kEnd = ~std::uint64_t{0};

bool is_open(std::uint64_t ticket) { return static_cast<std::uint32_t>(ticket) != 0; }

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Until enough(value), at first by looking again and again, then asleep; answers the value.
template <class T, class Enough>
T look_out(const std::atomic<T>& value, int spins, Enough enough) {
  for (int i = 0; i < spins; ++i) {
    const T seen = value.load(std::memory_order_acquire);
    if (enough(seen)) return seen;
    relax();
  }
  for (T seen = value.load(std::memory_order_acquire);; seen = value.load(std::memory_order_acquire)) {
    if (enough(seen)) return seen;
    value.wait(seen, std::memory_order_acquire);
  }
}

}  // namespace

// Where threads take turns on a processor, looking out would keep it from those that work.
Team::Team(int threads) : spins_(threads <= static_cast<int>(std::thread::hardware_concurrency()) ? kSpins : 0) {
  try {
    for (int i = 1; i < threads; ++i) others_.emplace_back([this, i] { serve(i); });
  } catch (...) {  // the system refused a thread: those that are there are told to end
    dismiss();
    throw;
  }
}

Team::~Team() { dismiss(); }

void Team::dismiss() {
  ticket_.store(kEnd, std::memory_order_release);
  ticket_.notify_all();
  others_.clear();  // joins
}

void Team::run_phase(int parts, Job job) {
  job_ = job;
  left_.store(parts, std::memory_order_relaxed);
  const std::uint64_t phase = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
  ticket_.store(phase << 32 | static_cast<std::uint32_t>(parts), std::memory_order_release);
  ticket_.notify_all();
  work();
  look_out(left_, spins_, [](int left) { return left == 0; });
  if (failed_.exchange(false, std::memory_order_relaxed)) std::rethrow_exception(std::exchange(failure_, nullptr));
}

// Does parts for as long as there are any. Who has taken one may read the job, since run_phase waits for him; who is late
// takes none, since the ticket says of which phase the parts are.
void Team::work() {
  std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (ticket != kEnd && is_open(ticket)) {
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel, std::memory_order_acquire))
      continue;
    try {
      const int part = static_cast<int>(static_cast<std::uint32_t>(ticket)) - 1;
      if (!failed_.load(std::memory_order_relaxed)) job_.call(job_.what, part);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      failed_.store(true, std::memory_order_relaxed);
    }
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void Team::serve(int i) {
  if (pin_threads.load(std::memory_order_relaxed)) pin_this_thread(i);
  const FlushedSubnormals flushed;
  for (;;) {
    if (look_out(ticket_, spins_, is_open) == kEnd) return;
    work();
  }
}

}  // namespace saddlesim
