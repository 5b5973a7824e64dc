#include "saddlesim/batch.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "lane_rows.hpp"
#include "saddlesim/attention.hpp"
#include "saddlesim/fiber.hpp"

namespace saddlesim {

namespace {

// Thrown in workers whose run has failed: only their stacks are to be unwound.
struct Abandoned {};

void put_nan(Lanes* numbers, int count, const Mask& where) {
  for (int j = 0; j < count; ++j) numbers[j] = select(where, Lanes(__builtin_nan("")), numbers[j]);
}

// Where a run's questions to one function come together.
class Desk {
 public:
  explicit Desk(const BatchFunction& function)
      : function_(function),
        call_(function.open()),
        inputs_(call_->inputs()),
        block_numbers_(static_cast<std::size_t>(kLanes * function.dim())),
        usable_(static_cast<std::size_t>(function.blocks())),
        answered_(usable_.size(), 1),
        seen_points_(usable_.size()),
        seen_vectors_(usable_.size()) {
    std::fill_n(inputs_.trajectories, function.rows(), kPadding);
  }

  const BatchFunction& function() const { return function_; }
  bool pending() const { return !asking_.empty(); }
  bool answered(int block) const { return answered_[static_cast<std::size_t>(block)] != 0; }

  // False if there is nothing to ask for.
  bool put(int block, const Question& question) {
    const int dim = function_.dim();
    LaneSet usable = finite_lanes(question.x, dim);
    if (question.v) usable &= finite_lanes(question.v, dim);
    if (usable == 0) return false;
    usable_[static_cast<std::size_t>(block)] = usable;
    put_rows(question.x, usable, inputs_.points, block);
    seen_points_[static_cast<std::size_t>(block)] = 1;
    if (question.v) {
      put_rows(question.v, usable, inputs_.vectors, block);
      seen_vectors_[static_cast<std::size_t>(block)] = 1;
    }
    const std::uint64_t* ids = Attention::current() ? Attention::current()->trajectories() : nullptr;
    for_lanes(usable, [&](int lane) {
      inputs_.trajectories[block * kLanes + lane] = ids ? static_cast<std::int64_t>(ids[lane]) : kUnknownTrajectory;
    });
    answered_[static_cast<std::size_t>(block)] = 0;
    if (!question.gradient && !question.product) {
      patient_.push_back(block);
      return true;
    }
    wanted_.value |= question.value != nullptr;
    wanted_.gradient |= question.gradient != nullptr;
    wanted_.product |= question.product != nullptr;
    asking_.push_back(block);
    return true;
  }

  // Lets those who ask for f alone be served too. That is mostly a block whose trajectories have ended, now and then; all
  // rows would be computed each time.
  void admit_patient() {
    if (patient_.empty()) return;
    wanted_.value = true;
    asking_.insert(asking_.end(), patient_.begin(), patient_.end());
    patient_.clear();
  }
  // Whether they cost nothing, or are so many.
  bool patient_are_due(std::size_t many) const { return wanted_.value || patient_.size() >= many; }

  // False if it was interrupted.
  bool serve() {
    fill_unseen(inputs_.points, seen_points_);
    if (wanted_.product) fill_unseen(inputs_.vectors, seen_vectors_);
    const std::optional<BatchAnswers> answers = call_->evaluate(wanted_);
    if (!answers) return false;
    answers_ = *answers;
    for (const int block : asking_) {
      std::fill_n(inputs_.trajectories + block * kLanes, kLanes, kPadding);
      answered_[static_cast<std::size_t>(block)] = 1;
    }
    asking_.clear();
    wanted_ = {};
    return true;
  }

  void take(int block, const Question& question) const {
    const LaneSet unusable = kAllLanes & ~usable_[static_cast<std::size_t>(block)];
    const auto rows = [&](const double* from, int dim, Lanes* to) {
      load_rows(from + static_cast<std::ptrdiff_t>(block) * kLanes * dim, kLanes, to, dim);
      if (unusable != 0) put_nan(to, dim, from_bits(unusable));
    };
    if (question.value) rows(answers_.values, 1, question.value);
    if (question.gradient) rows(answers_.gradients, function_.dim(), question.gradient);
    if (question.product) rows(answers_.products, function_.dim(), question.product);
  }

 private:
  double* block_rows(double* array, int block) const {
    return array + static_cast<std::ptrdiff_t>(block) * static_cast<std::ptrdiff_t>(block_numbers_);
  }

  void put_rows(const Lanes* numbers, LaneSet usable, double* array, int block) const {
    const int dim = function_.dim();
    double* rows = block_rows(array, block);
    store_rows(numbers, dim, 0, kLanes, rows);
    const double* good = rows + std::countr_zero(usable) * dim;
    for_lanes(kAllLanes & ~usable, [&](int lane) { std::copy_n(good, dim, rows + lane * dim); });
  }

  // Blocks that nobody has written to get the rows of one that asks.
  void fill_unseen(double* array, std::vector<char>& seen) const {
    const auto source = std::find_if(asking_.begin(), asking_.end(),
                                     [&](int block) { return seen[static_cast<std::size_t>(block)] != 0; });
    if (source == asking_.end()) return;
    for (std::size_t block = 0; block < seen.size(); ++block) {
      if (seen[block]) continue;
      std::copy_n(block_rows(array, *source), block_numbers_, block_rows(array, static_cast<int>(block)));
      seen[block] = 1;
    }
  }

  const BatchFunction& function_;
  std::unique_ptr<BatchCall> call_;
  BatchInputs inputs_;
  BatchAnswers answers_{};
  std::size_t block_numbers_;  // in a block's rows
  std::vector<LaneSet> usable_;
  std::vector<char> answered_;                    // blocks that have no question
  std::vector<char> seen_points_, seen_vectors_;  // blocks in whose rows there is something
  std::vector<int> asking_, patient_;
  Wanted wanted_;
};

// The fibers of a run, and the desks they go to.
class Batch {
 public:
  Batch(const std::vector<const BatchFunction*>& functions, int workers, const std::function<void(int)>& work) {
    for (const BatchFunction* function : functions) desks_.push_back(std::make_unique<Desk>(*function));
    for (int i = 0; i < workers; ++i) fibers_.push_back(std::make_unique<Fiber>([&work, i] { work(i); }));
  }

  static Batch*& current() {
    thread_local Batch* running = nullptr;
    return running;
  }

  // That of a function; null if the run knows nothing of it.
  Desk* desk(const BatchFunction& function) {
    const auto found =
        std::find_if(desks_.begin(), desks_.end(), [&](const auto& desk) { return &desk->function() == &function; });
    return found == desks_.end() ? nullptr : found->get();
  }

  // Called by a worker.
  void ask(Desk& desk, const Question& question) {
    const int block = running_;
    if (!desk.put(block, question)) return answer_nothing(desk.function().dim(), question);
    fibers_[static_cast<std::size_t>(block)]->pause();
    if (abandoned_) throw Abandoned();
    desk.take(block, question);
  }

  static void answer_nothing(int dim, const Question& question) {
    const Mask all = from_bits(kAllLanes);
    if (question.value) put_nan(question.value, 1, all);
    if (question.gradient) put_nan(question.gradient, dim, all);
    if (question.product) put_nan(question.product, dim, all);
  }

  // What a function threw.
  std::exception_ptr run(const std::function<bool()>& poll, std::atomic<bool>& stop) {
    using Clock = std::chrono::steady_clock;
    std::exception_ptr of_function, other;
    try {
      for (auto polled = Clock::now(); !of_function && resume_all();) {
        of_function = serve(stop);
        if (Clock::now() - polled < std::chrono::milliseconds(50)) continue;
        if (!poll()) stop = true;
        polled = Clock::now();
      }
    } catch (...) {
      other = std::current_exception();
    }
    if (of_function || other) abandon();
    if (other) std::rethrow_exception(other);
    return of_function;
  }

 private:
  // Lets every fiber that has its answer run until it asks or ends; false once all have ended.
  bool resume_all() {
    bool alive = false;
    Batch* const outer = std::exchange(current(), this);
    const struct Restore {
      Batch* outer;
      ~Restore() { current() = outer; }
    } restore{outer};
    for (running_ = 0; running_ < static_cast<int>(fibers_.size()); ++running_) {
      Fiber& fiber = *fibers_[static_cast<std::size_t>(running_)];
      if (fiber.ended()) continue;
      if (answered(running_)) fiber.resume();
      alive = alive || !fiber.ended();
    }
    return alive;
  }

  bool answered(int block) const {
    return std::all_of(desks_.begin(), desks_.end(), [&](const auto& desk) { return desk->answered(block); });
  }

  // Calls the function of one desk, whose answers are fetched before another is called: they may work in the same arrays.
  // Answers what it threw.
  std::exception_ptr serve(std::atomic<bool>& stop) {
    const auto pending = [](const auto& desk) { return desk->pending(); };
    const std::size_t many = std::max<std::size_t>(fibers_.size() / 8, 1);
    for (const auto& desk : desks_) {
      if (desk->patient_are_due(many)) desk->admit_patient();
    }
    if (std::none_of(desks_.begin(), desks_.end(), pending)) {
      for (const auto& desk : desks_) desk->admit_patient();
    }
    const auto desk = std::find_if(desks_.begin(), desks_.end(), pending);
    try {
      while (desk != desks_.end() && !(*desk)->serve()) stop = true;
    } catch (...) {
      return std::current_exception();
    }
    return nullptr;
  }

  // Unwinds what has begun.
  void abandon() {
    abandoned_ = true;
    for (running_ = 0; running_ < static_cast<int>(fibers_.size()); ++running_) {
      Fiber& fiber = *fibers_[static_cast<std::size_t>(running_)];
      if (fiber.ended() || !fiber.begun()) continue;
      try {
        fiber.resume();
      } catch (...) {  // Abandoned, or what a worker threw on its way out: the first failure is the one to report
      }
    }
  }

  std::vector<std::unique_ptr<Desk>> desks_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  int running_ = 0;
  bool abandoned_ = false;
};

}  // namespace

BatchFunction::BatchFunction(int dim, int rows) : dim_(dim), rows_(rows) {
  if (dim < 1 || rows < kLanes || rows % kLanes != 0)
    throw std::invalid_argument("dim must be at least 1, rows a multiple of the lanes of a block");
}

void ask(const BatchFunction& function, const Question& question) {
  Batch* const batch = Batch::current();
  if (Desk* const desk = batch ? batch->desk(function) : nullptr) return batch->ask(*desk, question);
  Desk alone(function);
  if (!alone.put(0, question)) return Batch::answer_nothing(function.dim(), question);
  alone.admit_patient();
  while (!alone.serve()) {
  }
  alone.take(0, question);
}

std::exception_ptr run_batched(const std::vector<const BatchFunction*>& functions, int workers,
                               const std::function<bool()>& poll, std::atomic<bool>& stop,
                               const std::function<void(int)>& work) {
  return Batch(functions, workers, work).run(poll, stop);
}

}  // namespace saddlesim
