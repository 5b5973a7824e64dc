// Some systems define it for all, and their longjmp() then takes a jump to another stack for a mistake.
#undef _FORTIFY_SOURCE

#include "saddlesim/fiber.hpp"

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "saddlesim/attention.hpp"
#include "saddlesim/lanes.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace saddlesim {

namespace {

// Pages are taken when they are touched, so that a large stack costs no more than a small one.
constexpr std::size_t kStackBytes = std::size_t{1} << 20;

// Memory above a page that may not be touched: a stack that overflows ends the process instead of spoiling another.
class Stack {
 public:
  Stack() : guard_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    memory_ = mmap(nullptr, guard_ + kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    if (mprotect(memory_, guard_, PROT_NONE) != 0) {
      munmap(memory_, guard_ + kStackBytes);
      throw std::bad_alloc();
    }
  }
  ~Stack() { munmap(memory_, guard_ + kStackBytes); }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  void* bottom() const { return static_cast<char*>(memory_) + guard_; }

 private:
  std::size_t guard_;
  void* memory_;
};

// What sanitizers must be told of a change of stacks, by the side that is left and by the side that is arrived at; nothing
// in other builds.
#if defined(__SANITIZE_ADDRESS__)
class SwitchNotes {
 public:
  explicit SwitchNotes(const void* bottom) : bottom_(bottom) {}
  void leave_caller() { __sanitizer_start_switch_fiber(&callers_fake_, bottom_, kStackBytes); }
  void arrive_at_fiber() { __sanitizer_finish_switch_fiber(own_fake_, &callers_bottom_, &callers_size_); }
  void leave_fiber(bool for_good) {
    __sanitizer_start_switch_fiber(for_good ? nullptr : &own_fake_, callers_bottom_, callers_size_);
  }
  void arrive_at_caller() { __sanitizer_finish_switch_fiber(callers_fake_, nullptr, nullptr); }

 private:
  const void* bottom_;
  void *own_fake_ = nullptr, *callers_fake_ = nullptr;
  const void* callers_bottom_ = nullptr;
  std::size_t callers_size_ = 0;
};
#elif defined(__SANITIZE_THREAD__)
class SwitchNotes {  // inline: a function that is entered on one stack must not be left on another
 public:
  explicit SwitchNotes(const void* /*bottom*/) {}
  ~SwitchNotes() { __tsan_destroy_fiber(own_); }
  SwitchNotes(const SwitchNotes&) = delete;
  SwitchNotes& operator=(const SwitchNotes&) = delete;
  SADDLESIM_INLINE void leave_caller() {
    caller_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(own_, 0);
  }
  void arrive_at_fiber() {}
  SADDLESIM_INLINE void leave_fiber(bool /*for_good*/) { __tsan_switch_to_fiber(caller_, 0); }
  void arrive_at_caller() {}

 private:
  void* own_ = __tsan_create_fiber(0);
  void* caller_ = nullptr;
};
#else
struct SwitchNotes {
  explicit SwitchNotes(const void* /*bottom*/) {}
  void leave_caller() {}
  void arrive_at_fiber() {}
  void leave_fiber(bool /*for_good*/) {}
  void arrive_at_caller() {}
};
#endif

thread_local Fiber* entering = nullptr;  // a context can be handed whole numbers only

}  // namespace

// A stack is entered by a context of the system's, once. From then on stacks are changed by jumps, which leave the signal
// mask alone: swapcontext() asks the kernel for it each time, which takes longer than a block's step in ten dimensions.
struct Fiber::Context {
  Stack stack;
  ucontext_t entry{};
  jmp_buf own, caller;
  SwitchNotes notes{stack.bottom()};
  const Attention* attention = nullptr;  // that of the body
};

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), context_(std::make_unique<Context>()) {
  ucontext_t& entry = context_->entry;
  getcontext(&entry);
  entry.uc_stack.ss_sp = context_->stack.bottom();
  entry.uc_stack.ss_size = kStackBytes;
  makecontext(&entry, &Fiber::enter, 0);
}

Fiber::~Fiber() = default;

void Fiber::enter() { entering->run(); }

void Fiber::run() {
  context_->notes.arrive_at_fiber();
  try {
    body_();
  } catch (...) {
    failure_ = std::current_exception();
  }
  ended_ = true;
  context_->notes.leave_fiber(true);
  _longjmp(context_->caller, 1);
}

void Fiber::resume() {
  std::swap(Attention::current(), context_->attention);
  if (_setjmp(context_->caller) == 0) {
    context_->notes.leave_caller();
    if (begun_) _longjmp(context_->own, 1);
    begun_ = true;
    entering = this;
    setcontext(&context_->entry);
  }
  context_->notes.arrive_at_caller();
  std::swap(Attention::current(), context_->attention);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Fiber::pause() {
  if (_setjmp(context_->own) == 0) {
    context_->notes.leave_fiber(false);
    _longjmp(context_->caller, 1);
  }
  context_->notes.arrive_at_fiber();
}

}  // namespace saddlesim
