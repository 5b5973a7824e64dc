/* The octopus of Du et al. (NeurIPS 2017) with L = gamma = 1, as a function of one point and as one of blocks. user_data
 * points to tau. Conditions are written as arithmetic on 0 and 1, so that compilers vectorise them.
 */
#include <math.h>
#include <stddef.h>

#include "saddlesim.h"

enum { LANES = SADDLESIM_LANES };

/* What joins two regions, at a = tau + s, u = (2 tau - a) / tau: g1(a) + g2(a) b^2, b the next coordinate. */
static inline double g1(double a, double tau) {
  const double s = a - tau;
  return s * s * s * (-4.0 / (3.0 * tau) + s / (tau * tau)) - a * a;
}
static inline double g1_slope(double a, double tau) {
  const double s = a - tau;
  return s * s * (-4.0 / tau + 4.0 / (tau * tau) * s) - 2.0 * a;
}
static inline double g2(double a, double tau) {
  const double u = (2.0 * tau - a) / tau;
  return 2.0 * (u * u * u * (u * (u * 6.0 - 15.0) + 10.0)) - 1.0;
}
static inline double g2_slope(double a, double tau) {
  const double u = (2.0 * tau - a) / tau, v = u * (1.0 - u);
  return -60.0 / tau * (v * v);
}

/* The sum of the squares of coordinates that wait, NaN if one is outside the domain. Eight sums of their own do not wait
 * for one another, and become a vector.
 */
static double squares(const double *x, int64_t count, double tau) {
  double sums[8] = {0.0}, f = 0.0;
  int64_t k = 0;
  for (; k + 8 <= count; k += 8) {
    for (int i = 0; i < 8; ++i) sums[i] += fabs(x[k + i]) <= tau ? x[k + i] * x[k + i] : NAN;
  }
  for (; k < count; ++k) f += fabs(x[k]) <= tau ? x[k] * x[k] : NAN;
  for (int i = 0; i < 8; ++i) f += sums[i];
  return f;
}

/* NaN outside the domain, so that trajectories that leave it end. */
double octopus(const double *restrict x, double *restrict gradient, int64_t dim, void *user_data) {
  const double tau = *(const double *)user_data, nu = 50.0 * tau * tau / 6.0;
  double f = 0.0;
  int64_t j = 0;
  for (; j < dim && fabs(x[j]) > 2.0 * tau; ++j) {
    const double offset = fabs(x[j]) - 4.0 * tau;
    f += fabs(x[j]) <= 6.0 * tau ? offset * offset - nu : NAN;
    gradient[j] = 2.0 * (x[j] - copysign(4.0 * tau, x[j]));
  }
  if (j == dim) return f;
  for (int64_t k = j + 1; k < dim; ++k) gradient[k] = 2.0 * x[k];
  f += squares(x + j + 1, dim - j - 1, tau);
  const double a = fabs(x[j]), b = j + 1 < dim ? x[j + 1] : 0.0;
  if (a <= tau) {
    gradient[j] = -2.0 * x[j];
    return f - a * a;
  }
  const double own = g1_slope(a, tau) + g2_slope(a, tau) * b * b;
  gradient[j] = x[j] < 0.0 ? -own : own;
  if (j + 1 < dim) gradient[j + 1] = 2.0 * g2(a, tau) * b;
  return f + g1(a, tau) + (g2(a, tau) - 1.0) * b * b;
}

void octopus_block(const double *restrict x, double *restrict gradient, double *restrict value, int64_t dim,
                   int64_t lanes, void *user_data) {
  const double tau = *(const double *)user_data, nu = 50.0 * tau * tau / 6.0;
  double turn[LANES], f[LANES]; /* turn: 1 while all coordinates before have left their saddles */
  double near[LANES], row[LANES]; /* of the coordinate that escapes */
  (void)lanes;
  for (int i = 0; i < LANES; ++i) turn[i] = 1.0, f[i] = near[i] = 0.0, row[i] = -1.0;
  for (int64_t j = 0; j < dim; ++j) {
    const double *restrict const xj = x + j * LANES;
    if (gradient) {
      double *restrict const gj = gradient + j * LANES;
      for (int i = 0; i < LANES; ++i) {
        const double a = fabs(xj[i]), left = a > 2.0 * tau ? turn[i] : 0.0, active = turn[i] - left;
        gj[i] = (2.0 - 4.0 * active) * (xj[i] - left * copysign(4.0 * tau, xj[i]));
        near[i] = active != 0.0 ? a : near[i];
        row[i] = active != 0.0 ? (double)j : row[i];
        turn[i] = left;
      }
    }
  }
  for (int i = 0; gradient && i < LANES; ++i) {
    if (!(near[i] > tau)) continue; /* few are in a connecting region at a time */
    const int64_t k = (int64_t)row[i] * LANES + i, next = k + LANES;
    const double b = next < dim * LANES ? x[next] : 0.0, a = near[i];
    const double own = g1_slope(a, tau) + g2_slope(a, tau) * b * b;
    gradient[k] = x[k] < 0.0 ? -own : own;
    if (next < dim * LANES) gradient[next] = 2.0 * g2(a, tau) * b;
  }
  if (!value) return;
  double waiting[LANES]; /* the coefficient of the square of a coordinate that waits */
  for (int i = 0; i < LANES; ++i) turn[i] = waiting[i] = 1.0;
  for (int64_t j = 0; j < dim; ++j) {
    for (int i = 0; i < LANES; ++i) {
      const double a = fabs(x[j * LANES + i]), left = a > 2.0 * tau ? turn[i] : 0.0, active = turn[i] - left;
      const double connects = a > tau ? active : 0.0, limit = turn[i] != 0.0 ? 6.0 * tau : tau;
      const double offset = a - 4.0 * tau;
      f[i] += active != 0.0 ? (connects != 0.0 ? g1(a, tau) : -a * a)
              : left != 0.0 ? offset * offset - nu
                            : waiting[i] * a * a;
      f[i] = a <= limit ? f[i] : NAN;
      waiting[i] = connects != 0.0 ? g2(a, tau) : 1.0;
      turn[i] = left;
    }
  }
  for (int i = 0; i < LANES; ++i) value[i] = f[i];
}
