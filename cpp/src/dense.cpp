#include "saddlesim/dense.hpp"

namespace saddlesim {

void multiply(ConstDenseMatrix a, ConstDenseMatrix b, DenseMatrix c, Team& team, Update update) {
  team.run(c.rows, [&](int i) {
    if (update == Update::assign) {
      for (int j = 0; j < c.columns; ++j) c(i, j) = 0;
    }
    for (int k = 0; k < a.columns; ++k) {
      const Real left = update == Update::subtract ? -a(i, k) : a(i, k);
      for (int j = 0; j < c.columns; ++j) {
        if constexpr (kSingle) {
          c(i, j) = __builtin_fmaf(left, b(k, j), c(i, j));
        } else {
          c(i, j) = __builtin_fma(left, b(k, j), c(i, j));
        }
      }
    }
  });
}

}  // namespace saddlesim
