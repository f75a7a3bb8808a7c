#pragma once
/// Domains and maps for axes that the program is asked to choose.
#include <mpi.h>

#include <string>
#include <vector>

#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

/// Resolved axes, or the reason why no domain holds the mass.
struct Domain {
  std::vector<mesh::AxisSpec> mesh;
  std::string refusal;  ///< empty when `mesh` is resolved
  std::vector<std::string> remarks;
};

/// One variable: the window where the speed density and its first two finite moments of every quantity have all but
/// 1e−16 of their mass, and, among linear, sinh, log and tanh maps, the one on which midpoint sums come closest to
/// quadrature. The density must be normalisable. Not collective (every rank gets the same). @throws SettingsError for
/// NaN coefficients.
[[nodiscard]] Domain choose_line(const model::Sde& sde, const mesh::AxisSpec& axis);

/// Several variables: ±7 standard deviations of the linearisation where the SDE is linear; otherwise a box that grows
/// and shrinks with coarse solves until the marginals have fallen to e^{−24.5} of their peaks. Collective.
[[nodiscard]] Domain choose_box(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh);

}  // namespace sgdflux::study
