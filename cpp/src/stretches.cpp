// Which combinations have a stretch; the first that fits is taken.
#include "saddlesim/stretch.hpp"

namespace saddlesim {

std::unique_ptr<Stretch> make_stretch(const Landscape& /*landscape*/, const Method& /*method*/,
                                      const Escape& /*escape*/) {
  return nullptr;
}

}  // namespace saddlesim
