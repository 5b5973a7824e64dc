#include "saddlesim/samples/deep.hpp"

#include <utility>

#include "../landscapes/layer_passes.hpp"

namespace saddlesim {

namespace {

// Every lane has samples of its own.
struct GatheredBackend {
  using Element = Lanes;
  static constexpr Update kUpdate = Update::add;

  ConstLaneMatrix samples;
  const Lanes* targets;

  void multiply(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, Update update) const {
    saddlesim::multiply(a, b, c, update);
  }
  template <class F>
  void each(int count, const F& f) const {
    for (int i = 0; i < count; ++i) f(i);
  }
  void inputs(ConstLaneMatrix W, LaneMatrix z) const { multiply(samples, W.transposed(), z, Update::assign); }
  void collect(ConstLaneMatrix g, LaneMatrix W) const { multiply(g.transposed(), samples, W, Update::add); }
  Lanes target(int i) const { return targets[i]; }
};

}  // namespace

DeepSamples::DeepSamples(const double* X, const double* Y, int n, Layers layers)
    : Samples(layers.parameters(), n),
      layers_(std::move(layers)),
      arrays_(layers_, kTile, false, [](int count) { return count; }),
      samples_(X, n, layers_.width(0)),
      targets_(Y, n, layers_.outputs()) {}

void DeepSamples::add(const Lanes* x, const Words* which, int size, double batch, Lanes* gradient,
                      Lanes* scratch) const {
  const LaneMatrix samples(scratch + arrays_.total, size, layers_.width(0));
  const LaneMatrix targets(samples.data + kTile * layers_.width(0), size, layers_.outputs());
  for (int i = 0; i < size; ++i) {
    samples_.gather(which[i], &samples(i, 0));
    targets_.gather(which[i], &targets(i, 0));
  }
  LayerPasses(layers_, arrays_, size, GatheredBackend{samples, targets.data}, scratch)
      .gradient(x, gradient, count() / batch);  // f is a sum
}

}  // namespace saddlesim
