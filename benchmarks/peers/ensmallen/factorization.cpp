#include "descend.hpp"

namespace {

constexpr int kDim = DIM, kColumns = COLUMNS, kRank = RANK;

// 1/4 |W W' - eigenvalues|^2, of which the first kRank are not 0.
class Factorization {
 public:
  explicit Factorization(const double* constants) : below_(constants[1]), eigenvalues_(constants + 2) {}

  std::int64_t steps() const { return steps_; }

  // The value is known from before the step: that step is one too many, and not counted.
  bool step_taken(const arma::mat& /*point*/) {
    if (!done_) ++steps_;
    return done_;
  }

  double EvaluateWithGradient(const arma::mat& point, arma::mat& gradient) {
    const double* w = point.memptr();
    double gram[kColumns][kColumns];
    double value = 0.0;
    for (int a = 0; a < kColumns; ++a) {
      for (int b = a; b < kColumns; ++b) {
        double upper = 0.0, rest = 0.0;
        for (int k = 0; k < kRank; ++k) upper += w[a * kDim + k] * w[b * kDim + k];
        for (int k = kRank; k < kDim; ++k) rest += w[a * kDim + k] * w[b * kDim + k];
        gram[a][b] = gram[b][a] = upper + rest;
        value += (a == b ? 1.0 : 2.0) * rest * (rest + 2.0 * upper);
      }
    }
    for (int j = 0; j < kRank; ++j) {
      for (int i = 0; i <= j; ++i) {
        double gap = i == j ? -eigenvalues_[i] : 0.0;
        for (int a = 0; a < kColumns; ++a) gap += w[a * kDim + i] * w[a * kDim + j];
        value += (i == j ? 1.0 : 2.0) * gap * gap;
      }
    }
    value *= 0.25;
    done_ = value < below_;
    double* g = gradient.memptr();
    for (int b = 0; b < kColumns; ++b) {
      double column[kDim];
      for (int k = 0; k < kDim; ++k) column[k] = -eigenvalues_[k] * w[b * kDim + k];
      for (int a = 0; a < kColumns; ++a)
        for (int k = 0; k < kDim; ++k) column[k] += gram[a][b] * w[a * kDim + k];
      for (int k = 0; k < kDim; ++k) g[b * kDim + k] = column[k];
    }
    return value;
  }

 private:
  double below_;
  const double* eigenvalues_;
  std::int64_t steps_ = 0;
  bool done_ = false;
};

}  // namespace

extern "C" void run(double* points, std::int64_t trials, const double* constants, std::int64_t max_steps, int threads,
                    std::int64_t* steps) {
  divide(trials, threads, [=](std::int64_t first, std::int64_t last) {
    for (std::int64_t k = first; k < last; ++k) {
      Factorization function(constants);
      arma::mat point(points + k * kDim * kColumns, kDim, kColumns, false, true);
      descend(function, point, constants[0], max_steps);
      steps[k] = function.steps();
    }
  });
}
