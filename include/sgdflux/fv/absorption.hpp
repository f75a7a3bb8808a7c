#pragma once
/// Sets where probability is taken out of the domain.
#include <functional>

#include "sgdflux/core/types.hpp"
#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::fv {

/// g at n physical points (n × dimension → n): the process is stopped where g > 0. Empty: nowhere.
using AbsorbingSet = std::function<Eigen::ArrayXd(const core::BatchView& x)>;

/// Which cells of a box are in play (centre not in the absorbing set), C order. Cells beyond absorbing ends of axes are
/// not; cells beyond other ends count as their nearest lattice cell, wrapped along periodic axes. Not collective.
/// @throws SettingsError where g is NaN.
[[nodiscard]] Eigen::Array<bool, Eigen::Dynamic, 1> active_cells(const mesh::Grid& grid, const AbsorbingSet& absorbing,
                                                                 const mesh::Box& box);

/// A last active cell that is nearer to the surface than this many cells takes no part in extrapolations.
inline constexpr double too_near = 0.25;

/// Values beyond an absorbing surface as sums over the active cells before it: the polynomial through the value 0 on
/// the surface and the values at the last `weights.size()` active centres along a line (Gibou & Fedkiw 2005). Entry j
/// of `weights` belongs to the cell `first + j` cells inward from the last active one; `first` is 1 when that one lies
/// so close to the surface (too_near) that it would make the weights huge.
struct Extrapolation {
  int first = 0;
  Eigen::ArrayXd weights;
};

/// @param distance from the last active centre to the surface in cells, in [0, 1]; `beyond` ≥ 1: how many cells after
/// the last active one the value is wanted; `cells` ≥ 0: how many weights (0: the value is 0);
/// `other` > 0: a second surface so many cells back from the last active one, where the polynomial is 0 too.
[[nodiscard]] Extrapolation extrapolation(double distance, int beyond, int cells, double other = 0);

/// The same by the polynomial through the last `cells` ≥ 1 active centres alone: no condition on the surface.
[[nodiscard]] Extrapolation free_extrapolation(int beyond, int cells);

/// Active cells that the polynomial of a scheme of order 2m goes through: 2, 4, 5, 7 for m = 1 … 4.
[[nodiscard]] int closure_cells(int half_width);

}  // namespace sgdflux::fv
