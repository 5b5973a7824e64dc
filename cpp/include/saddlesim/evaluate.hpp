// Values, gradients and Hessian-vector products at many points, one point a row. NaN outside the landscape's domain.
//
// Blocks of points are shared out over `threads`; `poll` is called some twenty times a second on the calling thread and
// answers false to stop. All answer whether they got to the end.
#pragma once

#include <cstddef>
#include <functional>

#include "saddlesim/landscape.hpp"

namespace saddlesim {

struct Evaluation {
  const Landscape& landscape;
  const double* points;
  std::size_t count;
  int threads;
  const std::function<bool(std::uint64_t)>& poll;
};

bool evaluate_value(const Evaluation& at, double* values);
bool evaluate_gradient(const Evaluation& at, double* gradients);
bool evaluate_hvp(const Evaluation& at, const double* vectors, double* products);

}  // namespace saddlesim
