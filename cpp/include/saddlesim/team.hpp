// Threads that work together on one trajectory, in parts.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace saddlesim {

// What is computed must not depend on how work is cut into parts, nor on who does them.
//
// The thread that makes a team is one of its `threads`; the others live as long as the team. They look out for the next
// phase for some microseconds, in which it takes about one to begin and to end, and then sleep.
class Team {
 public:
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int threads() const { return static_cast<int>(others_.size()) + 1; }

  // Calls part(i) for all i < parts, in any order and by any of the threads; returns when all are done. What a part
  // throws is thrown here; parts that have not begun by then are left out. No part may call run().
  template <class Part>
  void run(int parts, const Part& part) {
    if (parts > 1 && !others_.empty()) {
      return run_phase(parts, {[](const void* what, int i) { (*static_cast<const Part*>(what))(i); }, &part});
    }
    for (int i = 0; i < parts; ++i) part(i);
  }

 private:
  struct Job {
    void (*call)(const void*, int);
    const void* what;
  };

  void run_phase(int parts, Job job);
  void work();
  void serve(int i);
  void dismiss();

  int spins_;
  // The number of the phase above 32 bits, and below them how many of its parts nobody has taken yet.
  alignas(64) std::atomic<std::uint64_t> ticket_{0};
  alignas(64) std::atomic<int> left_{0};  // parts that are not done
  alignas(64) std::atomic<bool> failed_{false};
  Job job_{nullptr, nullptr};
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> others_;
};

}  // namespace saddlesim
