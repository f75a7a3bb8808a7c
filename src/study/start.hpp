#pragma once
/// Where an evolution begins.
#include "assembly.hpp"
#include "sgdflux/study/initial.hpp"

namespace sgdflux::study {

/// P(ξ) of the initial density at the owned cells, mass 1. Collective. @throws SettingsError when it is negative
/// somewhere, NaN, zero, or a point narrower than a cell or outside the mesh.
[[nodiscard]] Eigen::ArrayXd start_density(const Assembly& assembly, const Initial& initial);

/// Automatic axes (`wanted` says which) of a settled mesh widened so that they hold a point and what becomes of it:
/// along the drift's paths from the point and from seven widths around it; for linear drifts with the noise's own
/// spread, half the settled mesh, around them. Other initial densities, and maps other than linear and sinh, leave the
/// mesh as it is.
[[nodiscard]] std::vector<mesh::AxisSpec> widened(const model::Sde& sde, const std::vector<mesh::AxisSpec>& wanted,
                                                  std::vector<mesh::AxisSpec> settled, const Initial& initial,
                                                  double until);

}  // namespace sgdflux::study
