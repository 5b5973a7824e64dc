#include "saddlesim/samples/deep.hpp"

#include <utility>

#include "../landscapes/layer_passes.hpp"
#include "../landscapes/solo_backend.hpp"

namespace saddlesim {

namespace {

// Every lane has samples of its own.
struct GatheredBackend {
  using Element = Lanes;
  static constexpr Update update = Update::add;

  ConstLaneMatrix samples;
  const Lanes* targets;

  void multiply(ConstLaneMatrix a, ConstLaneMatrix b, LaneMatrix c, Update how) const {
    saddlesim::multiply(a, b, c, how);
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
      solo_arrays_(layers_, kSoloTile, false, whole_lanes),
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

int DeepSamples::solo_scratch() const {
  return solo_arrays_.total + whole_lanes(kSoloTile * layers_.width(0)) + whole_lanes(kSoloTile * layers_.outputs());
}

void DeepSamples::solo_add(const Real* x, const std::uint64_t* which, int size, double batch, bool first,
                           Real* gradient, Lanes* scratch, Team& team) const {
  const int inputs = layers_.width(0), outputs = layers_.outputs();
  Lanes* const targets = scratch + solo_arrays_.total;
  auto* const samples = reinterpret_cast<Real*>(targets + whole_lanes(kSoloTile * outputs));
  for (int i = 0; i < size; ++i) {
    std::copy_n(samples_.row(which[i]), inputs, samples + std::ptrdiff_t{i} * inputs);
    std::copy_n(targets_.row(which[i]), outputs, reinterpret_cast<Real*>(targets) + std::ptrdiff_t{i} * outputs);
  }
  const SoloBackend backend{{samples, size, inputs}, targets, team, first ? Update::assign : Update::add};
  LayerPasses(layers_, solo_arrays_, size, backend, scratch).gradient(x, gradient, count() / batch);
}

}  // namespace saddlesim
