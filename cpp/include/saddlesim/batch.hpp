// Functions that want many points at once, such as those of an array library, served by blocks that want few.
//
// Each block of kLanes trajectories is worked on by a fiber. One that needs such a function writes its rows into the
// arrays that all share and pauses; when all have paused, the function is called once for all, in the calling thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "saddlesim/lanes.hpp"

namespace saddlesim {

// What a call is asked for: f, its gradient, the Hessian at each point times a vector.
struct Wanted {
  bool value = false, gradient = false, product = false;
};

// Of rows() rows each, one a point; points and vectors have dim() numbers a row.
struct BatchInputs {
  double *points, *vectors;
  std::int64_t* trajectories;  // whose the points are; kUnknown, or kPadding where nobody looks at the answer
};
inline constexpr std::int64_t kUnknownTrajectory = -1, kPadding = -2;

// What was answered, in rows like those of the inputs, until the next call; null where it was not wanted.
struct BatchAnswers {
  const double *values, *gradients, *products;
};

// One run's use of a function, with arrays of its own.
class BatchCall {
 public:
  virtual ~BatchCall() = default;
  virtual BatchInputs inputs() = 0;
  // Computes what is wanted at all rows. Nothing if it was interrupted: the run is to be stopped, and what was wanted to be
  // asked for again.
  virtual std::optional<BatchAnswers> evaluate(const Wanted& wanted) = 0;
};

// A function of points of R^dim that is always called with so many rows.
class BatchFunction {
 public:
  BatchFunction(int dim, int rows);
  virtual ~BatchFunction() = default;
  int dim() const { return dim_; }
  int rows() const { return rows_; }
  int blocks() const { return rows_ / kLanes; }
  virtual std::unique_ptr<BatchCall> open() const = 0;

 private:
  int dim_, rows_;
};

// A block's question: x and perhaps v in; where each of the others is not null, it is answered there. Lanes that do not
// matter, or are not finite, are answered by NaN, and the function sees copies of others in their place.
struct Question {
  const Lanes* x;
  const Lanes* v = nullptr;
  Lanes* value = nullptr;
  Lanes* gradient = nullptr;
  Lanes* product = nullptr;
};

// Answers it; in a worker of run_batched() together with the questions of the others.
void ask(const BatchFunction& function, const Question& question);

// Calls work(i) for i < workers, each in a fiber, and poll() some twenty times a second; where that answers false, or a
// function was interrupted, `stop` turns true. What a function threw is returned, after the workers have been unwound; all
// else that is thrown is thrown here.
std::exception_ptr run_batched(const std::vector<const BatchFunction*>& functions, int workers,
                               const std::function<bool()>& poll, std::atomic<bool>& stop,
                               const std::function<void(int)>& work);

}  // namespace saddlesim
