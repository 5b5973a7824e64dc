#include <cmath>

#include "descend.hpp"

namespace {

constexpr int kDim = DIM;

class Octopus {
 public:
  explicit Octopus(const double* constants)
      : L_(constants[0]), gamma_(constants[1]), tau_(constants[2]), tolerance_(constants[4]) {}

  std::int64_t steps() const { return steps_; }

  // The last coordinate leaves last, so that it is looked at first.
  bool at_minimum(const double* x) const {
    int j = kDim - 1;
    while (j >= 0 && std::fabs(std::fabs(x[j]) - 4.0 * tau_) <= tolerance_) --j;
    return j < 0;
  }

  bool step_taken(const arma::mat& point) {
    ++steps_;
    return at_minimum(point.memptr());
  }

  // Descent needs no value, except one that is finite.
  double EvaluateWithGradient(const arma::mat& point, arma::mat& gradient) const {
    const double* x = point.memptr();
    double* g = gradient.memptr();
    int i = 0;
    while (i < kDim && std::fabs(x[i]) > 2.0 * tau_) {
      g[i] = 2.0 * L_ * (x[i] - std::copysign(4.0 * tau_, x[i]));
      ++i;
    }
    if (i == kDim) return 0.0;
    for (int j = i + 1; j < kDim; ++j) g[j] = 2.0 * L_ * x[j];
    const double a = std::fabs(x[i]);
    if (a <= tau_) {
      g[i] = -2.0 * gamma_ * x[i];
      return 0.0;
    }
    const double s = a - tau_, u = (2.0 * tau_ - a) / tau_;
    double slope =
        -2.0 * gamma_ * a + s * s / tau_ * (10.0 * gamma_ - 14.0 * L_ + (10.0 * L_ - 6.0 * gamma_) / tau_ * s);
    if (i + 1 < kDim) {
      const double b = x[i + 1], bump = u * (1.0 - u) * b;
      slope -= 30.0 * (L_ + gamma_) / tau_ * bump * bump;
      g[i + 1] = 2.0 * b * ((L_ + gamma_) * u * u * u * (10.0 - 15.0 * u + 6.0 * u * u) - gamma_);
    }
    g[i] = x[i] > 0.0 ? slope : -slope;
    return 0.0;
  }

 private:
  double L_, gamma_, tau_, tolerance_;
  std::int64_t steps_ = 0;
};

}  // namespace

extern "C" void run(double* points, std::int64_t trials, const double* constants, std::int64_t max_steps, int threads,
                    std::int64_t* steps) {
  divide(trials, threads, [=](std::int64_t first, std::int64_t last) {
    for (std::int64_t k = first; k < last; ++k) {
      Octopus octopus(constants);
      arma::mat point(points + k * kDim, kDim, 1, false, true);
      if (!octopus.at_minimum(point.memptr())) descend(octopus, point, constants[3], max_steps);
      steps[k] = octopus.steps();
    }
  });
}
