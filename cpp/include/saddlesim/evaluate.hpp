// Values, gradients and Hessian-vector products at many points, one point a row. NaN outside the landscape's domain.
#pragma once

#include <cstddef>

#include "saddlesim/landscape.hpp"

namespace saddlesim {

void evaluate_value(const Landscape& landscape, const double* points, std::size_t count, double* values);
void evaluate_gradient(const Landscape& landscape, const double* points, std::size_t count, double* gradients);
void evaluate_hvp(const Landscape& landscape, const double* points, const double* vectors, std::size_t count,
                  double* products);

}  // namespace saddlesim
