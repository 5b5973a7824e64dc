// Which combinations have a stretch; the first that fits is taken.
#include "saddlesim/stretch.hpp"
#include "stretches/octopus_descent.hpp"

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
  return nullptr;
}

}  // namespace saddlesim
