// Threads that work together on one trajectory, in parts.
#pragma once

namespace saddlesim {

// What is computed must not depend on how work is cut into parts, nor on who does them.
class Team {
 public:
  explicit Team(int threads) : threads_(threads) {}
  int threads() const { return threads_; }

  // Calls part(i) for all i < parts, in any order and by any of the threads; returns when all are done.
  template <class Part>
  void run(int parts, const Part& part) {
    for (int i = 0; i < parts; ++i) part(i);
  }

 private:
  int threads_;
};

}  // namespace saddlesim
