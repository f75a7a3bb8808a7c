#pragma once
/// Errors from a second grid.
#include "assembly.hpp"
#include "quantities.hpp"

namespace sgdflux::study {

/// Cells of the second grid relative to the first: coarse enough to differ, fine enough to be in the asymptotic range.
inline constexpr double estimate_factor = 0.7;

/// Order at which smooth quantities converge: that of the scheme, one less with damping; next to a reflecting wall two,
/// or one if the noise is correlated there.
[[nodiscard]] int expected_order(const Assembly& assembly);

/// Cells of the fine grid over those of the coarse one, along the axis where this is least.
[[nodiscard]] double cells_ratio(const mesh::Grid& fine, const mesh::Grid& coarse);

/// Error of the fine grid over that of the coarse one for a scheme that converges at its expected order.
[[nodiscard]] double ratio_by_order(const Assembly& fine, const mesh::Grid& coarse);

/// Whether sums over the cells converge faster than any order of the scheme: the two-point flux in one variable is
/// exact at the nodes, and central differences close the moment equations of linear drifts with constant noise on
/// uniform axes; what is left are midpoint sums. Not so for densities and other functionals of them.
[[nodiscard]] bool beats_its_order(const Assembly& assembly);

/// Error of the fine grid over the difference of the two: 1/(r^p − 1) for a scheme of order p and r times the cells
/// (Richardson 1911), twice that as two grids do not show their order (Roache 1994), and never less than the difference
/// itself.
[[nodiscard]] double error_factor(const mesh::Grid& fine, const mesh::Grid& coarse, int order);

/// What the second grid says against the first; empty if nothing.
[[nodiscard]] std::string grid_disagreement(const model::Sde& sde, const Quantities& fine, const Quantities& coarse);

}  // namespace sgdflux::study
