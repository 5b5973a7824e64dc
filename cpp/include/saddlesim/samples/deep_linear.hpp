// The samples of DeepLinearNetwork.
#pragma once

#include <vector>

#include "saddlesim/lane_matrix.hpp"
#include "saddlesim/samples.hpp"
#include "saddlesim/shared_rows.hpp"

namespace saddlesim {

class DeepLinearSamples final : public Samples {
 public:
  // As DeepLinearNetwork has them: n x widths[0] samples, n x widths.back() targets.
  DeepLinearSamples(const double* samples, const double* targets, int n, std::vector<int> widths);

  int scratch_rows() const override;
  void add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient, Lanes* scratch) const override;

 private:
  int layers() const { return static_cast<int>(widths_.size()) - 1; }
  int width(int j) const { return widths_[static_cast<std::size_t>(j)]; }
  int largest() const { return *std::max_element(widths_.begin(), widths_.end()); }
  // W_j, j = 1, ..., layers(), of the weights, or what has their shape.
  template <class Element>
  LaneView<Element> weight(Element* x, int j) const {
    return {x + offsets_[static_cast<std::size_t>(j - 1)], width(j), width(j - 1)};
  }

  std::vector<int> widths_, offsets_;  // offsets of each W_j in x
  SharedRows samples_, targets_;
};

}  // namespace saddlesim
