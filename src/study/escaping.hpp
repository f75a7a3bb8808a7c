#pragma once
/// Mass that leaves through truncated ends however far they are moved.
#include <string>

#include "solution.hpp"

namespace sgdflux::study {

/// Why a density on a truncated mesh in several variables is no stationary density: the share of mass inside the mesh
/// keeps falling as its truncated ends are moved out to 2, 4 and 8 times their distance, with no sign of an end. Empty
/// if it settles, or if the density falls off so fast towards the ends that there is nothing to doubt. Collective.
[[nodiscard]] std::string escaping_mass(const Solution& solution);

}  // namespace sgdflux::study
