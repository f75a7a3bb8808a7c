#pragma once
/// Mass that leaves through truncated ends however far they are moved.
#include <string>

#include "solution.hpp"

namespace sgdflux::study {

/// What is wrong with a density on a truncated mesh.
struct Escape {
  std::string refusal;  ///< why there is no stationary density; empty if there may be one
  std::string doubt;    ///< why the mesh does not hold it; empty if it does
};

/// In two and three variables: the truncated ends of a mesh are moved out to 2, 4 and 8 times their distance; mass
/// outside over mass inside that keeps growing by as much each time belongs to no normalisable density (a tail
/// r^{−1−δ} adds 2^{−δ} times as much as before). Only asked where the density falls off slowly towards an end.
/// Collective.
[[nodiscard]] Escape escaping_mass(const Solution& solution);

}  // namespace sgdflux::study
