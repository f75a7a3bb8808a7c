#pragma once
/// Probability fluxes through faces as linear functions of the density.
#include <array>
#include <cstdint>
#include <vector>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/fv/region.hpp"
#include "sgdflux/fv/scheme.hpp"

namespace sgdflux::fv {

/// For each axis, the axes whose noise is correlated with it somewhere on the grid (a_ij ≠ 0, i ≠ j).
using Coupling = std::array<std::array<bool, core::max_dimension>, core::max_dimension>;

/// Couplings seen at the cell centres of `box`. NaN and infinite noise does not count: it is refused in cells in play,
/// and the others may hold any. Not collective.
[[nodiscard]] Coupling find_coupling(const model::Sde& sde, const mesh::Grid& grid, const mesh::Box& box);

/// Fluxes in +ξ_axis, per unit ξ-area and time, through the faces of a box: face f lies between cells f−1 and f along
/// the axis. F_f = Σ_k weights(f, k) P(cell f + offsets[k]); P per unit ξ-volume. Weights at walls are 0.
/// Long jumps that cross many faces are listed one by one instead.
struct FaceFlux {
  struct Entry {
    std::int32_t face;                                     ///< position in `faces`
    std::array<std::int16_t, core::max_dimension> offset;  ///< of the cell from the face's upper cell
    double weight;
  };
  int axis = 0;
  mesh::Box faces;
  std::vector<mesh::Cell> offsets;
  Batch weights;  ///< faces × offsets
  std::vector<Entry> entries;
};

/// Cells around a face that the scheme reads, in any direction, where nothing absorbs: the halo needed for owned cells.
/// Otherwise see reach(Discretisation).
[[nodiscard]] Index reach(const Scheme& scheme);

/// Flux functions B_iP − ½Σ_j ∂_j(A_ijP) reconstructed centrally (order 2m; lower next to reflecting walls; beyond
/// truncated ends the density counts as zero and the order stays, since the flux through the last face is zero), plus
/// the damping flux (−1)^m ε|B| s δ^{2m−1}P where the face's Péclet number |B|h/A exceeds 10. `cells` are coefficients
/// on `box`, which covers the faces' neighbourhood.
/// With a `region`: from the first inactive cell on that one meets walking out from a face along its axis, BP and AP
/// (and P of the damping) are those of a polynomial through active cells and the value 0 on the surface (see
/// absorption.hpp and forward_closure). Mixed derivatives take values behind the surface from that one of three lines,
/// along the axes and through a cell of the face, which has most active cells inside their stencil, by a polynomial
/// through at most max(m, 2) of them, and 0 if there is none: forward densities of correlated noise are of lower order
/// near surfaces that are not parallel to an axis. Faces between inactive cells have weights 0.
[[nodiscard]] FaceFlux reconstructed_flux(const mesh::Grid& grid, const Scheme& scheme, int axis,
                                          const mesh::Box& faces, const Coefficients& cells, const mesh::Box& box,
                                          const Coupling& coupling, const Region* region = nullptr);

/// F at the faces for densities P on `box` (C order), which holds every cell the faces read; shape faces.
[[nodiscard]] Eigen::ArrayXd apply(const FaceFlux& flux, const mesh::Box& box, const Eigen::ArrayXd& density);

/// Σ_k |weights(f, k) P_k| at the faces: the size of the opposing parts that F is the difference of. Shape faces.
[[nodiscard]] Eigen::ArrayXd apply_magnitude(const FaceFlux& flux, const mesh::Box& box, const Eigen::ArrayXd& density);

/// Two-point flux αP_L − βP_R that is exact for the one-dimensional problem between the centres (Scharfetter & Gummel
/// 1969; both integrals by Gauss points): J = ½[q_L − q_R e^{−Δψ}] / ∫ e^{−(ψ−ψ_L)} dξ, q = AP, ψ' = 2B/A. α, β ≥ 0
/// always; upwind where A vanishes; for |Δψ| > 30 the integral is that of its boundary layer.
/// With a `region`, a face between an active and an inactive cell has the flux of the shorter edge from the active
/// centre to the surface, where P = 0; faces between inactive cells have none.
[[nodiscard]] FaceFlux fitted_flux(const model::Sde& sde, const mesh::Grid& grid, int axis, const mesh::Box& faces,
                                   const Region* region = nullptr);

}  // namespace sgdflux::fv
