// The arrays of a pass through the layers of a network.
#pragma once

#include <limits>
#include <stdexcept>
#include <vector>

#include "saddlesim/layers.hpp"

namespace saddlesim {

// Where in scratch, in Lanes, the arrays of a pass are.
struct PassArrays {
  // `lanes(count)` is how many Lanes hold `count` numbers.
  template <class LanesOf>
  PassArrays(const Layers& layers, int samples, bool second_order, LanesOf lanes) {
    const auto take = [&](int width) {
      const int at = total;
      if (static_cast<long long>(samples) * width + total > std::numeric_limits<int>::max())
        throw std::invalid_argument(
            "X and widths must be smaller: a layer of all samples has too many numbers to count");
      total += lanes(samples * width);
      return at;
    };
    const auto take_hidden = [&](std::vector<int>& arrays) {
      for (int l = 1; l < layers.count(); ++l) arrays.push_back(take(layers.width(l)));
    };
    take_hidden(hidden);
    take_hidden(slope);
    half = take(layers.largest());
    for (int& array : outputs) array = take(layers.outputs());
    for (int& array : back) array = take(layers.largest());
    if (!second_order) return;
    take_hidden(change);
    take_hidden(curvature);
    for (int& array : back_change) array = take(layers.largest());
  }

  std::vector<int> hidden, slope;      // h_l and act'(z_l), l = 1, ..., N - 1, a sample a row
  int half = 0;                        // the second half of a sum
  int outputs[2] = {};                 // u, and the loss of each
  int back[2] = {};                    // what is passed back
  std::vector<int> change, curvature;  // of h_l along v, and act''(z_l), then times that of z_l
  int back_change[2] = {};
  int total = 0;
};

}  // namespace saddlesim
