// The layers of a fully-connected network without biases: h_l = act(s_l W_l h_{l-1}), outputs s_N W_N h_{N-1}.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "saddlesim/activation.hpp"
#include "saddlesim/lane_matrix.hpp"
#include "saddlesim/loss.hpp"

namespace saddlesim {

// Widths, and where weights are in x: W_1, ..., W_N, each widths[l] x widths[l - 1], row by row.
class Layers {
 public:
  // `widths` are inputs, at least one hidden layer, outputs; `scales` are s_2, ..., s_N, and s_1 is 1.
  Layers(std::vector<int> widths, const std::vector<double>& scales, Activation activation, Loss loss)
      : activation(activation), loss(loss), widths_(std::move(widths)), scales_(to_real(scales)) {
    if (widths_.size() < 3 || scales_.size() + 2 != widths_.size())
      throw std::invalid_argument("widths must be three or more, with a scale for each layer from the second on");
    for (std::size_t l = 0; l + 1 < widths_.size(); ++l) {
      const long long end = offsets_.back() + static_cast<long long>(widths_[l]) * widths_[l + 1];
      if (end > std::numeric_limits<int>::max()) throw std::invalid_argument("widths leave too many weights");
      offsets_.push_back(static_cast<int>(end));
    }
  }

  int count() const { return static_cast<int>(widths_.size()) - 1; }  // N
  int width(int l) const { return widths_[static_cast<std::size_t>(l)]; }
  int outputs() const { return widths_.back(); }
  int parameters() const { return offsets_.back(); }
  int largest() const { return *std::max_element(widths_.begin() + 1, widths_.end()); }
  Real scale(int l) const { return l == 1 ? Real{1} : scales_[static_cast<std::size_t>(l - 2)]; }

  // W_l, l = 1, ..., N, of the weights, or what has their shape.
  template <class Element>
  LaneView<Element> weight(Element* x, int l) const {
    return {x + offsets_[static_cast<std::size_t>(l - 1)], width(l), width(l - 1)};
  }

  Activation activation;
  Loss loss;

 private:
  std::vector<int> widths_, offsets_{0};  // of each W_l in x
  std::vector<Real> scales_;
};

}  // namespace saddlesim
