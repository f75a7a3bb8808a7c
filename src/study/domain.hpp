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

/// How far the domain goes. Eigenfunctions grow like polynomials: what asks for them needs more than a density.
struct Reach {
  double sigmas = 7;  ///< for a Gaussian: standard deviations to either side; in general the depth sigmas²/2 of ln p
  /// In one variable: hold the moments of derived quantities to 1e−16, too. With v = e^s that reaches to where rates of
  /// cells are e^{200}, which stationary densities stand and dynamics do not.
  bool derived = true;
};

/// One variable: the window where the speed density and its first two finite moments of every quantity have all but
/// 1e−16 of their mass (less for a larger reach), and, among linear, sinh, log and tanh maps, the one on which midpoint
/// sums come closest to quadrature. The density must be normalisable. Not collective (every rank gets the same).
/// @throws SettingsError for NaN coefficients.
[[nodiscard]] Domain choose_line(const model::Sde& sde, const mesh::AxisSpec& axis, const Reach& reach = {});

/// Several variables: ±reach standard deviations of the linearisation where the SDE is linear; otherwise a box that
/// grows and shrinks with coarse solves until the marginals have fallen to e^{−reach²/2} of their peaks. Collective.
[[nodiscard]] Domain choose_box(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                                const Reach& reach = {});

}  // namespace sgdflux::study
