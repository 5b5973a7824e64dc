// Threads that share a stop flag, and a calling thread that stays awake for signals and progress.
#pragma once

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>
#endif

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace saddlesim {

// Hands out trajectories in pieces, in increasing order.
class WorkQueue {
 public:
  WorkQueue(std::uint64_t count, std::uint64_t piece) : count_(count), piece_(piece) {}

  struct Piece {
    std::uint64_t begin, end;  // empty when there is nothing left
  };
  Piece take() {
    const std::uint64_t begin = next_.fetch_add(piece_, std::memory_order_relaxed);
    if (begin >= count_) return {count_, count_};
    return {begin, begin + piece_ < count_ ? begin + piece_ : count_};
  }

 private:
  std::uint64_t count_, piece_;
  std::atomic<std::uint64_t> next_{0};
};

// Whether the i-th thread of a run is bound to the i-th processor that the process may use. For whole machines: beside
// another program that does the same, both get the same processors.
inline std::atomic<bool> pin_threads{false};

#if defined(__linux__)
inline void pin_this_thread(int i) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(getpid(), sizeof allowed, &allowed) != 0) return;
  int skip = i % CPU_COUNT(&allowed), processor = 0;
  while (!CPU_ISSET(processor, &allowed) || skip-- > 0) ++processor;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  sched_setaffinity(0, sizeof one, &one);  // where it is refused, the thread goes where it likes
}
#else
inline void pin_this_thread(int /*i*/) {}
#endif

// Runs work(i, stop) for i < threads, each in a thread of its own. Meanwhile the calling thread calls poll() every
// `interval`; when it answers false, or when a worker throws, `stop` turns true and the workers are expected to end
// soon. Whatever a worker or poll threw is thrown again here, after all threads have ended.
inline void run_threads(int threads, const std::function<void(int, const std::atomic<bool>&)>& work,
                        const std::function<bool()>& poll, std::chrono::milliseconds interval) {
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable ended;
  int running = threads;
  std::exception_ptr failure;

  std::vector<std::jthread> pool;
  pool.reserve(static_cast<std::size_t>(threads));
  const auto fail = [&] {
    const std::lock_guard lock(mutex);
    if (!failure) failure = std::current_exception();
    stop = true;
  };
  const auto finish = [&](int count) {
    const std::lock_guard lock(mutex);
    running -= count;
    ended.notify_one();
  };
  try {
    for (int i = 0; i < threads; ++i) {
      pool.emplace_back([&, i] {
        try {
          if (pin_threads.load(std::memory_order_relaxed)) pin_this_thread(i);
          work(i, stop);
        } catch (...) {
          fail();
        }
        finish(1);
      });
    }
  } catch (...) {  // the system refused a thread: those that run are told to end
    fail();
    finish(threads - static_cast<int>(pool.size()));
  }
  for (std::unique_lock lock(mutex); running > 0;) {
    if (ended.wait_for(lock, interval, [&] { return running == 0; })) break;
    lock.unlock();
    try {
      if (!poll()) stop = true;
    } catch (...) {
      fail();
    }
    lock.lock();
  }
  pool.clear();  // joins
  if (failure) std::rethrow_exception(failure);
}

}  // namespace saddlesim
