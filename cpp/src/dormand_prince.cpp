#include "saddlesim/dormand_prince.hpp"

namespace saddlesim {

namespace {

// The weights of the gradients so far in the point of each stage; those of the last are the method itself.
constexpr int kStages = 6;
constexpr double kWeights[kStages][6] = {
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
};

// to_j = x_j - length times the weighted sum of the first `count` gradients.
template <int count>
void move(const Lanes* x, const Lanes& length, const Lanes* gradients, int dim, Lanes* to) {
  constexpr const double* w = kWeights[count - 1];
  const Lanes backwards = -length;
  for (int j = 0; j < dim; ++j) {
    Lanes sum = Lanes(w[0]) * gradients[j];
    for (int i = 1; i < count; ++i) {
      if (w[i] != 0.0) sum = fma(Lanes(w[i]), gradients[i * dim + j], sum);
    }
    to[j] = fma(backwards, sum, x[j]);
  }
}

}  // namespace

Notice DormandPrince::step(const Lanes* x, const Lanes& length, Estimate* value) {
  LaneSet outside = 0;
  const auto evaluate = [&](int i, Estimate* seen) {
    const Notice notice = landscape_.gradient(end_.data(), stage(i), scratch_.data(), seen);
    outside |= notice.outside;
    return notice;
  };
  const auto go = [&]<int count>() { move<count>(x, length, gradients_.data(), dim_, end_.data()); };
  go.template operator()<1>();
  evaluate(1, nullptr);
  go.template operator()<2>();
  evaluate(2, nullptr);
  go.template operator()<3>();
  evaluate(3, nullptr);
  go.template operator()<4>();
  evaluate(4, nullptr);
  go.template operator()<5>();
  evaluate(5, nullptr);
  go.template operator()<6>();
  // Back onto the manifold, which moves the end by less than its error, and before its gradient is taken.
  landscape_.spheres().retract(end_.data());
  const Notice last = evaluate(6, value);
  return {outside, last.underflowed};
}

void DormandPrince::extend(const Lanes* x, const Lanes& length) {
  constexpr double d[7] = {-12715105075.0 / 11282082432,  0.0,
                           87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                           701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                           69997945.0 / 29380423};
  const Lanes backwards = -length;
  for (int j = 0; j < dim_; ++j) {
    const Lanes change = end_[j] - x[j], bend = fma(backwards, gradients_[j], -change);
    Lanes sum = Lanes(d[0]) * gradients_[j];
    for (int i = 2; i < 7; ++i) sum = fma(Lanes(d[i]), gradients_[i * dim_ + j], sum);
    extension_[j] = change;
    extension_[dim_ + j] = bend;
    extension_[2 * dim_ + j] = fma(length, gradients_[6 * dim_ + j], change - bend);
    extension_[3 * dim_ + j] = backwards * sum;
  }
}

}  // namespace saddlesim
