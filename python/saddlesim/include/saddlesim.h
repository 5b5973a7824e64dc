/* Functions that saddlesim.CompiledLandscape takes, in C. Compile with -I$(python -c "import saddlesim; print(saddlesim.get_include())").
 *
 * They are called from several threads at once, without Python's lock: they must not change what `user_data` points to,
 * nor call Python. They must depend on nothing but their arguments; then a trajectory's numbers depend on (seed, id) alone.
 * NaN and infinities may be answered, and end a trajectory as `diverged`.
 */
#ifndef SADDLESIM_H
#define SADDLESIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* signature="point": one point x of `dim` numbers. Answers f, and writes the gradient. */
typedef double saddlesim_point_function(const double *x, double *gradient, int64_t dim, void *user_data);

/* The Hessian at x times v. */
typedef void saddlesim_point_hvp(const double *x, const double *v, double *product, int64_t dim, void *user_data);

/* signature="block": `lanes` points at once, coordinate by coordinate: number j of point i is x[j * lanes + i]. Fills
 * `gradient`, laid out alike, and `value`, `lanes` numbers, each unless it is NULL. `lanes` is SADDLESIM_LANES; arrays are
 * aligned to 64 bytes and do not overlap. Lanes without a trajectory may hold anything, NaN too; what is answered there is
 * not looked at. Treat all lanes alike, without exchange between them.
 */
typedef void saddlesim_block_function(const double *x, double *gradient, double *value, int64_t dim, int64_t lanes,
                                      void *user_data);
typedef void saddlesim_block_hvp(const double *x, const double *v, double *product, int64_t dim, int64_t lanes,
                                 void *user_data);

/* The number of lanes of a block: a constant lets a compiler unroll and vectorise. */
#define SADDLESIM_LANES 16

#ifdef __cplusplus
}
#endif

#endif
