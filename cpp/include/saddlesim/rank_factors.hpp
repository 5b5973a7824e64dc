// M = left * right with as few columns as M has ranks, found by elimination with complete pivoting.
#pragma once

#include <vector>

namespace saddlesim {

struct RankFactors {
  int rank;
  std::vector<double> left;   // rows x rank
  std::vector<double> right;  // rank x columns
};

// `m` is rows x columns, row by row. What is left after `rank` steps is below 2^-50 of the largest entry of m. A plain
// sequence of IEEE operations: the same bits on every machine, which a library's decomposition would not give.
RankFactors rank_factors(const double* m, int rows, int columns);

}  // namespace saddlesim
