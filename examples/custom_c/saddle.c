/* f(x) = (x_0^2 - 1)^2 / 4 + sum of x_j^2 / 2 over the other j: a saddle at the origin between two minima.
 *     cc -O3 -march=native -fno-trapping-math -shared -fPIC saddle.c -o saddle.so \
 *         -I"$(python -c 'import saddlesim; print(saddlesim.get_include())')"
 */
#include "saddlesim.h"

void saddle(const double *restrict x, double *restrict gradient, double *restrict value, int64_t dim, int64_t lanes,
            void *user_data) {
  (void)lanes, (void)user_data;
  double f[SADDLESIM_LANES];
  for (int i = 0; i < SADDLESIM_LANES; ++i) {
    const double well = x[i] * x[i] - 1.0;
    f[i] = well * well / 4.0;
    if (gradient) gradient[i] = well * x[i];
  }
  for (int64_t k = SADDLESIM_LANES; k < dim * SADDLESIM_LANES; ++k) {
    f[k % SADDLESIM_LANES] += x[k] * x[k] / 2.0;
    if (gradient) gradient[k] = x[k];
  }
  for (int i = 0; value && i < SADDLESIM_LANES; ++i) value[i] = f[i];
}
