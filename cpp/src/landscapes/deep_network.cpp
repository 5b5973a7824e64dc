#include "saddlesim/landscapes/deep_network.hpp"

#include <cstddef>
#include <utility>

#include "layer_passes.hpp"
#include "solo_backend.hpp"

namespace saddlesim {

namespace {

int one_each(int count) { return count; }

// A block of trajectories.
struct BlockBackend {
  using Element = Lanes;
  static constexpr Update update = Update::assign;

  const SharedMatrix &samples, &samples_transposed;
  const Real* targets;

  void multiply(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, Update how) const {
    saddlesim::multiply(a, b, c, how);
  }
  template <class F>
  void each(int count, const F& f) const {
    for (int i = 0; i < count; ++i) f(i);
  }
  void inputs(ConstLaneMatrix W, LaneMatrix z) const { samples.multiply(W.transposed(), z); }
  void collect(ConstLaneMatrix g, LaneMatrix W) const { samples_transposed.multiply(g, W.transposed()); }
  Lanes target(int i) const { return Lanes(targets[i]); }
};

}  // namespace

DeepNetwork::DeepNetwork(const double* X, const double* Y, int n, Layers layers)
    : Landscape(layers.parameters()),
      layers_(std::move(layers)),
      n_(n),
      arrays_(layers_, n, true, one_each),
      solo_arrays_(layers_, n, true, whole_lanes),
      samples_(X, n, layers_.width(0)),
      samples_transposed_(SharedMatrix::transposed(X, n, layers_.width(0))),
      numbers_(to_real(X, static_cast<std::size_t>(n) * static_cast<std::size_t>(layers_.width(0)))),
      targets_(whole_lanes(n * layers_.outputs())) {
  Real* const to = reinterpret_cast<Real*>(targets_.data());
  for (int i = 0; i < n * layers_.outputs(); ++i) to[i] = static_cast<Real>(Y[i]);
}

// What is computed, and where it is: both ways are the same but for their backends.
struct DeepNetwork::Passes {
  static LayerPasses<BlockBackend> of(const DeepNetwork& f, Lanes* scratch) {
    const Real* const targets = reinterpret_cast<const Real*>(f.targets_.data());
    return {f.layers_, f.arrays_, f.n_, BlockBackend{f.samples_, f.samples_transposed_, targets}, scratch};
  }
  static LayerPasses<SoloBackend> of(const DeepNetwork& f, Lanes* scratch, Team& team) {
    const ConstDenseMatrix samples(f.numbers_.data(), f.n_, f.layers_.width(0));
    return {f.layers_, f.solo_arrays_, f.n_, SoloBackend{samples, f.targets_.data(), team}, scratch};
  }
};

Lanes DeepNetwork::value(const Lanes* x, Lanes* scratch) const { return Passes::of(*this, scratch).value(x); }

Notice DeepNetwork::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const Lanes f = Passes::of(*this, scratch).gradient(x, gradient);
  if (value) value->f = f;
  return {0, 0};
}

void DeepNetwork::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  Passes::of(*this, scratch).hvp(x, v, product);
}

Real DeepNetwork::solo_value(const Real* x, Lanes* scratch, Team& team) const {
  return Passes::of(*this, scratch, team).value(x);
}

Real DeepNetwork::solo_gradient(const Real* x, Real* gradient, Lanes* scratch, Team& team) const {
  return Passes::of(*this, scratch, team).gradient(x, gradient);
}

void DeepNetwork::solo_hvp(const Real* x, const Real* v, Real* product, Lanes* scratch, Team& team) const {
  Passes::of(*this, scratch, team).hvp(x, v, product);
}

void DeepNetwork::predict(const double* x, double* predictions) const {
  Block scratch(solo_scratch());
  Team team(1);
  const std::vector<Real> point = to_real(x, static_cast<std::size_t>(dim()));
  auto passes = Passes::of(*this, scratch.data(), team);
  passes.forward(point.data());
  std::copy_n(passes.outputs().data, n_ * outputs(), predictions);
}

std::vector<LayerJacobian> DeepNetwork::jacobian(const double* x) const {
  Block scratch(solo_scratch());
  Team team(1);
  const std::vector<Real> point = to_real(x, static_cast<std::size_t>(dim()));
  auto passes = Passes::of(*this, scratch.data(), team);
  passes.forward(point.data());
  std::vector<LayerJacobian> layers;
  for (int l = 1; l <= layers_.count(); ++l) {
    const ConstDenseMatrix h =
        l > 1 ? ConstDenseMatrix(passes.hidden(l - 1)) : ConstDenseMatrix(numbers_.data(), n_, layers_.width(0));
    const auto size = static_cast<std::size_t>(n_ * outputs()) * static_cast<std::size_t>(layers_.width(l));
    layers.push_back(
        {layers_.width(l), h.columns, {h.data, h.data + std::ptrdiff_t{n_} * h.columns}, std::vector<double>(size)});
  }
  for (int output = 0; output < outputs(); ++output) {
    const DenseMatrix last = passes.back(layers_.count());
    for (int i = 0; i < n_; ++i) {
      for (int o = 0; o < outputs(); ++o) last(i, o) = o == output ? layers_.scale(layers_.count()) : Real{0};
    }
    for (int l = layers_.count(); l > 0; --l) {
      const DenseMatrix g = passes.back(l);
      for (int i = 0; i < n_; ++i) {
        std::copy_n(&g(i, 0), g.columns,
                    layers[static_cast<std::size_t>(l - 1)].backward.begin() +
                        (std::ptrdiff_t{i} * outputs() + output) * g.columns);
      }
      if (l > 1) passes.descend(point.data(), l);
    }
  }
  return layers;
}

}  // namespace saddlesim
