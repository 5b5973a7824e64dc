// Which combinations have a stretch; the first that fits is taken.
#include "saddlesim/stretch.hpp"
#include "stretches/octopus_descent.hpp"
#include "stretches/quadratic_walk.hpp"

namespace saddlesim {

std::unique_ptr<Stretch> make_stretch(const Landscape& landscape, const Method& method, const Escape& escape) {
  if (const auto* octopus = dynamic_cast<const Octopus*>(&landscape)) {
    if (const auto* descent = dynamic_cast<const GradientDescent*>(&method)) {
      if (const auto* e = dynamic_cast<const NearMirroredPoint*>(&escape))
        return octopus_descent(*octopus, *descent, *e);
      if (const auto* e = dynamic_cast<const EveryCoordinateBeyond*>(&escape))
        return octopus_descent(*octopus, *descent, *e);
    }
  }
  if (const auto* saddle = dynamic_cast<const QuadraticSaddle*>(&landscape)) {
    if (const auto* noisy = dynamic_cast<const NoisyGradientDescent*>(&method))
      return quadratic_walk(*saddle, *noisy, escape);
    if (const auto* descent = dynamic_cast<const GradientDescent*>(&method))
      return quadratic_walk(*saddle, *descent, escape);
  }
  return nullptr;
}

}  // namespace saddlesim
