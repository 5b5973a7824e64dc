// Which combinations have a stretch; the first that fits is taken.
#include "saddlesim/stretch.hpp"
#include "stretches/factorization.hpp"
#if !defined(SADDLESIM_SINGLE)  // these are written for doubles
#include "stretches/octopus_descent.hpp"
#include "stretches/quadratic_walk.hpp"
#endif

namespace saddlesim {

namespace {

// make(landscape, method, escape) if they are of the kinds that it takes, else null.
template <class L, class M, class E>
std::unique_ptr<Stretch> if_kinds(std::unique_ptr<Stretch> (*make)(const L&, const M&, const E&),
                                  const Landscape& landscape, const Method& method, const Escape& escape) {
  const auto* l = dynamic_cast<const L*>(&landscape);
  const auto* m = dynamic_cast<const M*>(&method);
  const auto* e = dynamic_cast<const E*>(&escape);
  return l && m && e ? make(*l, *m, *e) : nullptr;
}

}  // namespace

std::unique_ptr<Stretch> make_stretch(const Landscape& landscape, const Method& method, const Escape& escape) {
  const auto fitting = [&](auto... makes) {
    std::unique_ptr<Stretch> found;
    static_cast<void>(((found = if_kinds(makes, landscape, method, escape)) || ...));
    return found;
  };
#if defined(SADDLESIM_SINGLE)
  return fitting(factorization_descent);
#else
  return fitting(factorization_descent, octopus_to_minimum, octopus_past_saddles, noisy_quadratic_walk, quadratic_walk);
#endif
}

}  // namespace saddlesim
