#include "saddlesim/fiber.hpp"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "saddlesim/attention.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
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

// What the address sanitizer must be told of a change of stacks; nothing in other builds.
struct SwitchNotes {
#if defined(__SANITIZE_ADDRESS__)
  void* fake = nullptr;
  const void* caller_bottom = nullptr;
  std::size_t caller_size = 0;
  void leave(const void* bottom, std::size_t size, bool for_good = false) {
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake, bottom, size);
  }
  void arrive(bool as_fiber) {
    __sanitizer_finish_switch_fiber(fake, as_fiber ? &caller_bottom : nullptr, as_fiber ? &caller_size : nullptr);
  }
#else
  static constexpr void* caller_bottom = nullptr;
  static constexpr std::size_t caller_size = 0;
  void leave(const void* /*bottom*/, std::size_t /*size*/, bool /*for_good*/ = false) {}
  void arrive(bool /*as_fiber*/) {}
#endif
};

thread_local Fiber* entering = nullptr;  // a context can be handed whole numbers only

}  // namespace

struct Fiber::Context {
  Stack stack;
  ucontext_t own{}, caller{};
  SwitchNotes own_notes, caller_notes;
  const Attention* attention = nullptr;  // that of the body
};

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)), context_(std::make_unique<Context>()) {
  ucontext_t& own = context_->own;
  getcontext(&own);
  own.uc_stack.ss_sp = context_->stack.bottom();
  own.uc_stack.ss_size = kStackBytes;
  own.uc_link = &context_->caller;
  makecontext(&own, &Fiber::enter, 0);
}

Fiber::~Fiber() = default;

void Fiber::enter() { entering->run(); }

void Fiber::run() {
  Context& context = *context_;
  context.own_notes.arrive(true);
  try {
    body_();
  } catch (...) {
    failure_ = std::current_exception();
  }
  ended_ = true;
  context.own_notes.leave(context.own_notes.caller_bottom, context.own_notes.caller_size, true);
}

void Fiber::resume() {
  Context& context = *context_;
  entering = this;
  begun_ = true;
  std::swap(Attention::current(), context.attention);
  context.caller_notes.leave(context.stack.bottom(), kStackBytes);
  swapcontext(&context.caller, &context.own);
  context.caller_notes.arrive(false);
  std::swap(Attention::current(), context.attention);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Fiber::pause() {
  Context& context = *context_;
  context.own_notes.leave(context.own_notes.caller_bottom, context.own_notes.caller_size);
  swapcontext(&context.own, &context.caller);
  context.own_notes.arrive(true);
}

}  // namespace saddlesim
