#include "saddlesim/landscapes/matrix_completion.hpp"

#include <algorithm>
#include <cstddef>

#include "saddlesim/lane_matrix.hpp"

namespace saddlesim {

namespace {

// Ranks up to this are known to the compiler, so that a row stays in registers; 0 stands for larger ones.
constexpr int kLargest = SADDLESIM_AVX512 ? 8 : 4;

template <class Call>
auto with_rank(int rank, Call call) {
  switch (rank <= kLargest ? rank : 0) {
    case 1:
      return call.template operator()<1>();
    case 2:
      return call.template operator()<2>();
    case 3:
      return call.template operator()<3>();
    case 4:
      return call.template operator()<4>();
    case 5:
      return call.template operator()<std::min(5, kLargest)>();
    case 6:
      return call.template operator()<std::min(6, kLargest)>();
    case 7:
      return call.template operator()<std::min(7, kLargest)>();
    case 8:
      return call.template operator()<std::min(8, kLargest)>();
    default:
      return call.template operator()<0>();
  }
}

// A row's numbers, one register part of them: kRank registers, or as many as there are.
template <int kRank>
struct Row {
  Register at[kRank];
  explicit Row(int) {}
};
template <>
struct Row<0> {
  std::vector<Lanes> storage;  // aligned, as a plain vector of registers would not be
  struct Access {
    Lanes* data;
    Register& operator[](int c) const { return data[c].part[0]; }
  } at;
  explicit Row(int rank) : storage(static_cast<std::size_t>(rank)), at{storage.data()} {}
};

}  // namespace

MatrixCompletion::MatrixCompletion(const double* m, const bool* observed, int d, int rank, double penalty,
                                   double row_bound)
    : Landscape(d * rank), d_(d), rank_(rank), penalty_(penalty, row_bound, d, rank) {
  for (int i = 0; i < d; ++i) {
    for (int j = 0; j < d; ++j) {
      const std::ptrdiff_t at = std::ptrdiff_t{i} * d + j;
      if (observed[at]) entries_.push_back({j, static_cast<Real>(m[at])});
    }
    ends_.push_back(entries_.size());
  }
}

// The sum of squares of the residuals; 2 sum_j e_ij x_j to the rows of the gradient, unless that is null.
template <int kRank>
Lanes MatrixCompletion::fit(const Lanes* x, Lanes* gradient) const {
  const int rank = kRank ? kRank : rank_;
  Lanes total = 0.0;
  Row<kRank> own(rank), sum(rank);
  for (int part = 0; part < kParts; ++part) {
    std::size_t k = 0;
    for (int i = 0; i < d_; ++i) {
      for (int c = 0; c < rank; ++c) {
        own.at[c] = x[i * rank + c].part[part];
        sum.at[c] = Register{};
      }
      Register squares = {};
      for (; k < ends_[static_cast<std::size_t>(i)]; ++k) {
        const Lanes* other = x + entries_[k].column * rank;
        Register e = native::splat(-entries_[k].value);
        for (int c = 0; c < rank; ++c) e = native::fma(own.at[c], other[c].part[part], e);
        squares = native::fma(e, e, squares);
        for (int c = 0; c < rank; ++c) sum.at[c] = native::fma(e, other[c].part[part], sum.at[c]);
      }
      total.part[part] = total.part[part] + squares;
      for (int c = 0; gradient && c < rank; ++c) gradient[i * rank + c].part[part] = sum.at[c] + sum.at[c];
    }
  }
  return total;
}

Lanes MatrixCompletion::value(const Lanes* x, Lanes* /*scratch*/) const {
  const Lanes squares = with_rank(rank_, [&]<int kRank>() { return fit<kRank>(x, nullptr); });
  Lanes over4 = 0.0;
  for (int i = 0; i < d_; ++i) {
    const RowPenalty::Excess e = penalty_.excess(x + i * rank_);
    const Lanes over2 = e.over * e.over;
    over4 = fma(over2, over2, over4);
  }
  return fma(Lanes(0.5), squares, Lanes(penalty_.penalty()) * over4);
}

Notice MatrixCompletion::gradient(const Lanes* x, Lanes* gradient, Lanes* /*scratch*/, Estimate* value) const {
  const Lanes squares = with_rank(rank_, [&]<int kRank>() { return fit<kRank>(x, gradient); });
  const Lanes over4 = penalty_.add_gradient(x, gradient);
  if (value) value->f = fma(Lanes(0.5), squares, Lanes(penalty_.penalty()) * over4);
  return {0, 0};
}

// 2 sum_j (e_ij v_j + de_ij x_j), de_ij = x_i v_j + v_i x_j.
template <int kRank>
void MatrixCompletion::curve(const Lanes* x, const Lanes* v, Lanes* product) const {
  const int rank = kRank ? kRank : rank_;
  Row<kRank> own(rank), along(rank), sum(rank);
  for (int part = 0; part < kParts; ++part) {
    std::size_t k = 0;
    for (int i = 0; i < d_; ++i) {
      for (int c = 0; c < rank; ++c) {
        own.at[c] = x[i * rank + c].part[part];
        along.at[c] = v[i * rank + c].part[part];
        sum.at[c] = Register{};
      }
      for (; k < ends_[static_cast<std::size_t>(i)]; ++k) {
        const Lanes* other = x + entries_[k].column * rank;
        const Lanes* other_v = v + entries_[k].column * rank;
        Register e = native::splat(-entries_[k].value), de = {};
        for (int c = 0; c < rank; ++c) {
          e = native::fma(own.at[c], other[c].part[part], e);
          de = native::fma(own.at[c], other_v[c].part[part], de);
          de = native::fma(along.at[c], other[c].part[part], de);
        }
        for (int c = 0; c < rank; ++c) {
          sum.at[c] = native::fma(e, other_v[c].part[part], native::fma(de, other[c].part[part], sum.at[c]));
        }
      }
      for (int c = 0; c < rank; ++c) product[i * rank + c].part[part] = sum.at[c] + sum.at[c];
    }
  }
}

// And for a row beyond the bound: 4 s^3 / n v + (12 s^2 / n^2 - 4 s^3 / n^3) (x v) x, n its length, s what is over.
void MatrixCompletion::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* /*scratch*/) const {
  with_rank(rank_, [&]<int kRank>() { curve<kRank>(x, v, product); });
  for (int i = 0; i < d_; ++i) {
    const Lanes *row = x + i * rank_, *direction = v + i * rank_;
    const RowPenalty::Excess e = penalty_.excess(row);
    if (!e.any) continue;
    const Lanes ratio = e.over * e.inverse, scale = Lanes(4.0 * penalty_.penalty()) * e.over * ratio;
    const Lanes across = scale * e.over;  // 4 s^3 / n
    const Lanes along = scale * e.inverse * (Lanes(3.0) - ratio) * inner_product(row, direction, rank_);
    for (int c = 0; c < rank_; ++c) {
      Lanes& to = product[i * rank_ + c];
      to = fma(along, row[c], fma(across, direction[c], to));
    }
  }
}

}  // namespace saddlesim
