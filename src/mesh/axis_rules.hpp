#pragma once
/// What makes an axis valid; shared by parsing and construction.
#include <string>
#include <vector>

#include "sgdflux/mesh/axis.hpp"

namespace sgdflux::mesh {

/// Words for the ends of an axis, in the order of Boundary.
[[nodiscard]] const std::vector<std::string>& boundary_names();

/// @throws SettingsError for a map, bounds, cells or boundaries that are not allowed.
void check_spec(const AxisSpec& spec);

}  // namespace sgdflux::mesh
