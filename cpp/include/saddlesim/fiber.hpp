// A function with a stack of its own, that can pause and be resumed: many of them take turns in one thread.
#pragma once

#include <exception>
#include <functional>
#include <memory>

namespace saddlesim {

// Nothing is switched while an exception is in flight: what `body` throws ends the fiber and is thrown by resume().
// All of a fiber's life is in the thread that made it.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();  // it must have ended, or never begun
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs it until it pauses or ends.
  void resume();
  // Called by the body: goes back to where it was resumed.
  void pause();
  bool begun() const { return begun_; }
  bool ended() const { return ended_; }

 private:
  struct Context;
  static void enter();
  [[noreturn]] void run();

  std::function<void()> body_;
  std::unique_ptr<Context> context_;
  std::exception_ptr failure_;
  bool begun_ = false, ended_ = false;
};

}  // namespace saddlesim
