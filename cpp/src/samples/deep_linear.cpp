#include "saddlesim/samples/deep_linear.hpp"

#include <numeric>
#include <utility>

namespace saddlesim {

namespace {

int parameters(const std::vector<int>& widths) {
  return std::inner_product(widths.begin() + 1, widths.end(), widths.begin(), 0);
}

}  // namespace

DeepLinearSamples::DeepLinearSamples(const double* samples, const double* targets, int n, std::vector<int> widths)
    : Samples(parameters(widths), n),
      widths_(std::move(widths)),
      samples_(samples, n, widths_.front()),
      targets_(targets, n, widths_.back()) {
  int offset = 0;
  for (int j = 1; j <= layers(); ++j) {
    offsets_.push_back(offset);
    offset += width(j) * width(j - 1);
  }
}

// The inputs and the outputs of all layers, a sample a row; two of what is passed back; a target.
int DeepLinearSamples::scratch_rows() const {
  return kTile * (std::accumulate(widths_.begin(), widths_.end(), 0) + 2 * largest()) + widths_.back();
}

// Forward P_j = P_{j-1} W_j', backward D_{j-1} = D_j W_j; the gradient is D_j' P_{j-1}.
void DeepLinearSamples::add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient,
                            Lanes* scratch) const {
  LaneMatrix output(scratch, size, width(0));
  for (int i = 0; i < size; ++i) samples_.gather(which[i], &output(i, 0));
  for (int j = 1; j <= layers(); ++j) {
    const LaneMatrix next(output.data + kTile * width(j - 1), size, width(j));
    multiply(output, weight(x, j).transposed(), next);
    output = next;
  }
  Lanes* back = output.data + kTile * widths_.back();
  Lanes *next = back + kTile * largest(), *const wanted = next + kTile * largest();
  const Lanes share = count() / batch;  // f is a sum
  for (int i = 0; i < size; ++i) {
    targets_.gather(which[i], wanted);
    for (int k = 0; k < output.columns; ++k) output(i, k) = share * (output(i, k) - wanted[k]);
  }
  LaneMatrix d = output;
  Lanes* inputs = output.data;
  for (int j = layers(); j > 0; --j) {
    inputs -= kTile * width(j - 1);
    multiply(d.transposed(), ConstLaneMatrix(inputs, size, width(j - 1)), weight(gradient, j), Update::add);
    if (j == 1) break;
    const LaneMatrix before(next, size, width(j - 1));
    multiply(d, weight(x, j), before);
    d = before;
    std::swap(back, next);
  }
}

}  // namespace saddlesim
