#include "saddlesim/landscapes/deep_linear_network.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "saddlesim/least_squares.hpp"
#include "saddlesim/row_matrix.hpp"

namespace saddlesim {

namespace {

int parameters(const std::vector<int>& widths) {
  int sum = 0;
  for (std::size_t j = 1; j < widths.size(); ++j) sum += widths[j] * widths[j - 1];
  return sum;
}

ConstRowMatrixView plain(LaneView<const double> matrix) { return {matrix.data, matrix.rows, matrix.columns}; }

std::vector<double> numbers(const RowMatrix& matrix) { return {matrix.data(), matrix.data() + matrix.size()}; }

}  // namespace

DeepLinearNetwork::DeepLinearNetwork(const double* samples, const double* targets, int n, std::vector<int> widths)
    : Landscape(parameters(widths)),
      widths_(std::move(widths)),
      X_(samples, samples + std::ptrdiff_t{n} * widths_.front()),
      n_(n),
      rest_(0.0) {
  const int inputs = widths_.front(), outputs = widths_.back();
  std::vector<double> x = X_;
  targets_ = to_real(targets, static_cast<std::size_t>(n) * static_cast<std::size_t>(outputs));
  if (n > inputs) {
    LeastSquares reduced = reduce_rows(samples, n, inputs, targets, outputs);
    n_ = inputs;
    x = std::move(reduced.r);
    targets_ = to_real(reduced.c);
    rest_ = reduced.rest;
  }
  samples_ = SharedMatrix(x.data(), n_, inputs);
  samples_transposed_ = SharedMatrix::transposed(x.data(), n_, inputs);
  int offset = 0, output_offset = 0;
  for (int j = 0; j < layers(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    offsets_.push_back(offset);
    output_offsets_.push_back(output_offset);
    offset += widths_[at] * widths_[at + 1];
    output_offset += widths_[at + 1] * n_;
  }
}

int DeepLinearNetwork::output_rows() const {
  int sum = 0;
  for (std::size_t j = 1; j < widths_.size(); ++j) sum += widths_[j] * n_;
  return sum;
}

int DeepLinearNetwork::largest() const { return *std::max_element(widths_.begin(), widths_.end()) * n_; }

// Outputs of all layers and how they change, and two each of what is passed back.
int DeepLinearNetwork::scratch_rows() const { return 2 * output_rows() + 4 * largest(); }

template <class Element>
LaneView<Element> DeepLinearNetwork::weight(Element* x, int j) const {
  const auto at = static_cast<std::size_t>(j);
  return {x + offsets_[at - 1], widths_[at], widths_[at - 1]};
}

// P_j, one sample a column.
LaneMatrix DeepLinearNetwork::output(Lanes* outputs, int j) const {
  const auto at = static_cast<std::size_t>(j);
  return {outputs + output_offsets_[at - 1], widths_[at], n_};
}

// P_1, ..., P_N, the last one as errors; answers the sum of their squares.
Lanes DeepLinearNetwork::forward(const Lanes* x, Lanes* outputs) const {
  samples_.multiply(weight(x, 1).transposed(), output(outputs, 1).transposed());
  for (int j = 2; j <= layers(); ++j) multiply(weight(x, j), output(outputs, j - 1), output(outputs, j));
  const LaneMatrix errors = output(outputs, layers());
  Lanes sum = 0.0;
  for (int i = 0; i < errors.rows; ++i) {
    for (int s = 0; s < n_; ++s) {
      errors(i, s) = errors(i, s) - Lanes(targets_[static_cast<std::size_t>(s * errors.rows + i)]);
      sum = fma(errors(i, s), errors(i, s), sum);
    }
  }
  return sum;
}

Lanes DeepLinearNetwork::value(const Lanes* x, Lanes* scratch) const {
  return Lanes(0.5) * (forward(x, scratch) + Lanes(rest_));
}

Notice DeepLinearNetwork::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  Lanes* const outputs = scratch;
  Lanes *back = scratch + output_rows(), *next = back + largest();
  const Lanes sum = forward(x, outputs);
  if (value) value->f = Lanes(0.5) * (sum + Lanes(rest_));
  LaneMatrix d = output(outputs, layers());
  for (int j = layers(); j > 1; --j) {
    multiply(d, output(outputs, j - 1).transposed(), weight(gradient, j));
    const LaneMatrix before(next, widths_[static_cast<std::size_t>(j - 1)], n_);
    multiply(weight(x, j).transposed(), d, before);
    d = before;
    std::swap(back, next);
  }
  samples_transposed_.multiply(d.transposed(), weight(gradient, 1).transposed());
  return {0, 0};
}

// How all of this changes along v: dP_j = V_j P_{j-1} + W_j dP_{j-1}, and backward the same.
void DeepLinearNetwork::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  Lanes *const outputs = scratch, *const changes = scratch + output_rows();
  Lanes *back = changes + output_rows(), *next = back + largest();
  Lanes *back_change = next + largest(), *next_change = back_change + largest();
  forward(x, outputs);
  samples_.multiply(weight(v, 1).transposed(), output(changes, 1).transposed());
  for (int j = 2; j <= layers(); ++j) {
    sum_products({{weight(v, j), output(outputs, j - 1)}, {weight(x, j), output(changes, j - 1)}}, output(changes, j));
  }
  LaneMatrix d = output(outputs, layers()), change = output(changes, layers());
  for (int j = layers(); j > 1; --j) {
    sum_products({{change, output(outputs, j - 1).transposed()}, {d, output(changes, j - 1).transposed()}},
                 weight(product, j));
    const int width = widths_[static_cast<std::size_t>(j - 1)];
    const LaneMatrix before(next, width, n_), change_before(next_change, width, n_);
    sum_products({{weight(v, j).transposed(), d}, {weight(x, j).transposed(), change}}, change_before);
    multiply(weight(x, j).transposed(), d, before);
    d = before;
    change = change_before;
    std::swap(back, next);
    std::swap(back_change, next_change);
  }
  samples_transposed_.multiply(change.transposed(), weight(product, 1).transposed());
}

void DeepLinearNetwork::predict(const double* x, double* predictions) const {
  RowMatrix hidden = ConstRowMatrixView(X_.data(), samples(), widths_.front());
  for (int j = 1; j <= layers(); ++j) hidden = hidden * plain(weight(x, j)).transpose();
  RowMatrixView(predictions, samples(), outputs()) = hidden;
}

// The errors' way back, W_N ... W_{j+1}, is the same for all samples.
std::vector<LayerJacobian> DeepLinearNetwork::jacobian(const double* x) const {
  std::vector<LayerJacobian> found;
  RowMatrix hidden = ConstRowMatrixView(X_.data(), samples(), widths_.front());
  for (int j = 1; j <= layers(); ++j) {
    const auto w = plain(weight(x, j));
    found.push_back({static_cast<int>(w.rows()), static_cast<int>(w.cols()), numbers(hidden), {}});
    hidden = hidden * w.transpose();
  }
  RowMatrix back = RowMatrix::Identity(outputs(), outputs());
  for (int j = layers(); j >= 1; --j) {
    found[static_cast<std::size_t>(j - 1)].backward = numbers(back.replicate(samples(), 1));
    back = back * plain(weight(x, j));
  }
  return found;
}

}  // namespace saddlesim
