// Passes through the layers of a network, forward and backward, for some samples at once.
//
// What is computed is said here once, for blocks of trajectories and for one alone: an element of a product is summed over k in
// increasing order, elementwise operations are the same on Lanes, whatever is in them, and so a trajectory has the same
// bits in both.
#pragma once

#include <algorithm>
#include <vector>

#include "saddlesim/pass_arrays.hpp"

namespace saddlesim {

// `Backend` knows what numbers are (Element), how they are multiplied, and where the samples are:
//   multiply(a, b, c, update); each(samples * width, f), which calls f(i) for all Lanes of an array; lanes(count);
//   inputs(W, z), z = X W'; collect(G, W), W = or += G' X; target(i), element i of the targets; update, how gradients are written.
template <class Backend>
class LayerPasses {
 public:
  using Element = typename Backend::Element;
  using Matrix = LaneView<Element>;
  using Constant = LaneView<const Element>;

  LayerPasses(const Layers& layers, const PassArrays& arrays, int samples, const Backend& backend, Lanes* scratch)
      : layers_(layers), arrays_(arrays), samples_(samples), backend_(backend), scratch_(scratch) {}

  Element value(const Element* x) {
    forward(x);
    return losses();
  }
  Element gradient(const Element* x, Element* gradient, const Lanes& share = 1.0) {
    forward(x);
    const Element f = losses(share);
    backward(x, gradient);
    return f;
  }
  void hvp(const Element* x, const Element* v, Element* product) {
    forward(x, true);
    losses();
    multiply_hessian(x, v, product);
  }

  // h_1, ..., h_{N-1}, their slopes, their curvatures where they will be needed, and the outputs.
  void forward(const Element* x, bool second_order = false) {
    with_activation(layers_.activation, [&]<Activation kActivation>() {
      backend_.inputs(layers_.weight(x, 1), hidden(1));
      for (int l = 1; l < layers_.count(); ++l) {
        if (l > 1) multiply_halves(l, x, hidden(l));
        Lanes *const h = lanes(arrays_.hidden, l), *const slope = lanes(arrays_.slope, l);
        Lanes* const curvature = second_order ? lanes(arrays_.curvature, l) : nullptr;
        const Lanes scale = layers_.scale(l), *const half = l > 1 ? scratch_ + arrays_.half : nullptr;
        each(l, [=](int i) {
          const Activated a = activate<kActivation>(half ? scale * (h[i] + half[i]) : h[i]);
          h[i] = a.value;
          slope[i] = a.slope;
          if (curvature) curvature[i] = a.curvature;
        });
      }
    });
    const int last = layers_.count();
    multiply_halves(last, x, outputs());
    Lanes* const u = scratch_ + arrays_.outputs[0];
    const Lanes scale = layers_.scale(last), *const half = scratch_ + arrays_.half;
    each(last, [=](int i) { u[i] = scale * (u[i] + half[i]); });
  }

  Matrix outputs() const { return matrix(arrays_.outputs[0], layers_.outputs()); }
  Matrix hidden(int l) const { return matrix(arrays_.hidden[static_cast<std::size_t>(l - 1)], layers_.width(l)); }
  // s_l times the derivatives of the loss in z_l, or of an output: where backward passes are.
  Matrix back(int l) const { return matrix(arrays_.back[l % 2], layers_.width(l)); }

  // From back(l) to back(l - 1).
  void descend(const Element* x, int l) {
    backend_.multiply(back(l), layers_.weight(x, l), back(l - 1), Update::assign);
    Lanes* const g = scratch_ + arrays_.back[(l - 1) % 2];
    const Lanes* const slope = lanes(arrays_.slope, l - 1);
    const Lanes scale = layers_.scale(l - 1);
    each(l - 1, [=](int i) { g[i] = scale * g[i] * slope[i]; });
  }

 private:
  // Of the outputs the loss, summed sample by sample, and in back(N) its slopes, times `share`.
  Element losses(const Lanes& share = 1.0) {
    const int last = layers_.count();
    const Lanes* const u = scratch_ + arrays_.outputs[0];
    Lanes *const loss = scratch_ + arrays_.outputs[1], *const slope = scratch_ + arrays_.back[last % 2];
    const Lanes scale = share * Lanes(layers_.scale(last));
    each(last, [=, this](int i) {
      const OutputLoss at = loss_of(layers_.loss, u[i], backend_.target(i));
      loss[i] = at.value;
      slope[i] = scale * at.slope;
    });
    const Element* const each_loss = reinterpret_cast<const Element*>(loss);
    Element sum = 0;
    for (int i = 0; i < samples_ * layers_.outputs(); ++i) sum = sum + each_loss[i];
    return sum;
  }

  // All gradients, from back(N).
  void backward(const Element* x, Element* gradient) {
    for (int l = layers_.count(); l > 1; --l) {
      backend_.multiply(back(l).transposed(), hidden(l - 1), layers_.weight(gradient, l), backend_.update);
      descend(x, l);
    }
    backend_.collect(back(1), layers_.weight(gradient, 1));
  }

  // The Hessian times v, from back(N) and what forward() left.
  void multiply_hessian(const Element* x, const Element* v, Element* product) {
    changes_forward(x, v);
    for (int l = layers_.count(); l > 1; --l) {
      const Matrix to = layers_.weight(product, l);
      backend_.multiply(back_change(l).transposed(), hidden(l - 1), to, Update::assign);
      backend_.multiply(back(l).transposed(), change(l - 1), to, Update::add);
      backend_.multiply(back(l), layers_.weight(v, l), back_change(l - 1), Update::assign);
      backend_.multiply(back_change(l), layers_.weight(x, l), back_change(l - 1), Update::add);
      backend_.multiply(back(l), layers_.weight(x, l), back(l - 1), Update::assign);
      Lanes *const g = scratch_ + arrays_.back[(l - 1) % 2], *const dg = scratch_ + arrays_.back_change[(l - 1) % 2];
      const Lanes *const slope = lanes(arrays_.slope, l - 1), *const curvature = lanes(arrays_.curvature, l - 1);
      const Lanes scale = layers_.scale(l - 1);
      each(l - 1, [=](int i) {
        const Lanes passed = scale * g[i];
        g[i] = passed * slope[i];
        dg[i] = fma(passed, curvature[i], scale * dg[i] * slope[i]);
      });
    }
    backend_.collect(back_change(1), layers_.weight(product, 1));
  }

  Matrix matrix(int at, int width) const { return {reinterpret_cast<Element*>(scratch_ + at), samples_, width}; }
  Matrix change(int l) const { return matrix(arrays_.change[static_cast<std::size_t>(l - 1)], layers_.width(l)); }
  Matrix back_change(int l) const { return matrix(arrays_.back_change[l % 2], layers_.width(l)); }
  Lanes* lanes(const std::vector<int>& arrays, int l) const {
    return scratch_ + arrays[static_cast<std::size_t>(l - 1)];
  }
  template <class F>
  void each(int l, const F& f) {
    backend_.each(samples_ * layers_.width(l), f);
  }

  // W_l h_{l-1}, summed over either half of the inputs apart: where the second halves of all layers' units are those of
  // a symmetrised start, halves cancel exactly, or are the same in either order.
  void multiply_halves(int l, const Element* x, Matrix first) {
    const Matrix h = hidden(l - 1), second = matrix(arrays_.half, layers_.width(l));
    const Constant W = layers_.weight(x, l);
    const int split = (h.columns + 1) / 2, rest = h.columns - split;
    backend_.multiply({h.data, samples_, split, h.columns, 1},
                      Constant{W.data, W.rows, split, W.columns, 1}.transposed(), first, Update::assign);
    if (rest == 0) {
      std::fill_n(second.data, samples_ * W.rows, Element(0));
      return;
    }
    backend_.multiply({h.data + split, samples_, rest, h.columns, 1},
                      Constant{W.data + split, W.rows, rest, W.columns, 1}.transposed(), second, Update::assign);
  }

  // dz_l = s_l (V_l h_{l-1} + W_l dh_{l-1}), and in back_change(N) how the loss's slopes change.
  void changes_forward(const Element* x, const Element* v) {
    const int last = layers_.count();
    backend_.inputs(layers_.weight(v, 1), change(1));
    for (int l = 1; l < last; ++l) {
      if (l > 1) multiply_changes(l, x, v, change(l));
      Lanes *const dh = lanes(arrays_.change, l), *const curvature = lanes(arrays_.curvature, l);
      const Lanes scale = layers_.scale(l), *const slope = lanes(arrays_.slope, l);
      each(l, [=](int i) {
        const Lanes dz = scale * dh[i];
        dh[i] = slope[i] * dz;
        curvature[i] = curvature[i] * dz;
      });
    }
    multiply_changes(last, x, v, back_change(last));
    const Lanes* const u = scratch_ + arrays_.outputs[0];
    Lanes* const change = scratch_ + arrays_.back_change[last % 2];
    const Lanes scale = layers_.scale(last);
    each(last, [=, this](int i) {
      const OutputLoss at = loss_of(layers_.loss, u[i], backend_.target(i));
      change[i] = scale * (at.curvature * (scale * change[i]));
    });
  }

  void multiply_changes(int l, const Element* x, const Element* v, Matrix to) {
    backend_.multiply(hidden(l - 1), layers_.weight(v, l).transposed(), to, Update::assign);
    backend_.multiply(change(l - 1), layers_.weight(x, l).transposed(), to, Update::add);
  }

  const Layers& layers_;
  const PassArrays& arrays_;
  int samples_;
  Backend backend_;
  Lanes* scratch_;
};

}  // namespace saddlesim
