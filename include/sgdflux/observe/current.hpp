#pragma once
/// Probability currents of a stationary state.
#include <vector>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/observe/state.hpp"

namespace sgdflux::observe {

/// The scheme's own fluxes and what follows from them.
struct Current {
  /// F of each axis at the faces of the owned box (per unit ξ-area and time): their divergence is the residual L P.
  std::vector<Eigen::ArrayXd> faces;
  std::vector<mesh::Box> face_boxes;
  /// Physical J at the owned cell centres, cells × dimension: cell averages of F to the scheme's order, over Π_{j≠d}
  /// X_j'.
  Batch cells;
  double max = 0;       ///< largest |J_d| over all faces and axes, physical
  double opposing = 0;  ///< largest one-way part Σ|w_k P_k| of a flux, physical: rounding of J is 1e−16 of this
  /// Whether the current is zero to rounding (detailed balance): what is left of it says nothing.
  [[nodiscard]] bool vanishes() const { return max <= 1e-10 * opposing; }
};

/// @param held cells whose stencils are held at once, which bounds the memory of it; jumps along lattice offsets need
/// all of them. Collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] Current current(const State& state, const fv::Discretisation& problem, Index held = Index{1} << 14);

/// Mean over all full cross-sections of the flux in +x_d, probability per unit time, and the largest deviation of one
/// section from it. Collective.
struct NetFlux {
  double mean = 0;
  double spread = 0;
};
[[nodiscard]] NetFlux net_flux(const State& state, const Current& current, int d);

/// Profiles of what the cells add to the mean net flux along axis d: the sum is close to net_flux. Collective.
[[nodiscard]] Profiles net_flux_profiles(const State& state, const Current& current, int d);

/// Profiles of (a J_b − b J_a) dV of the variables a, b with their means taken off: the sum is the circulation.
/// Collective.
[[nodiscard]] Profiles circulation_profiles(const State& state, const Current& current, int a, int b);
/// ∫ (a J_b − b J_a) dV. Collective.
[[nodiscard]] double circulation(const State& state, const Current& current, int a, int b);

/// Largest |∇·J| over the cells, in units of max|J| / (longest side of the domain); of `opposing` instead of max|J|
/// when the current is zero to rounding. Collective.
[[nodiscard]] double divergence(const State& state, const Current& current);

/// Profiles of 2 Jᵀ a⁻¹ J / p dV (Seifert 2012; docs/theory.md), cells with less than 1e−13 of the largest cell mass
/// left out; NaN when a is singular somewhere. Collective.
[[nodiscard]] Profiles entropy_production_profiles(const State& state, const Current& current, const model::Sde& sde);
/// Their sum. Collective.
[[nodiscard]] double entropy_production(const State& state, const Current& current, const model::Sde& sde);

}  // namespace sgdflux::observe
