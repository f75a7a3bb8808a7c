#pragma once
/// The generator L of dP/dt = L P on the cells of a box, as a stencil.
#include <memory>
#include <vector>

#include "sgdflux/fv/face_flux.hpp"
#include "sgdflux/fv/lattice_decomposition.hpp"

namespace sgdflux::fv {

/// The diagonal is offset 0; offsets that no row of the box uses are left out.
/// Row of cell c: (L P)(c) = Σ_k values(c, k) P(c + offsets[k]), 1/time. Offsets that leave the lattice (walls) have
/// value 0. The sum over rows of any column is 0 to rounding: fluxes telescope.
struct Generator {
  mesh::Box cells;
  std::vector<mesh::Cell> offsets;
  Batch values;  ///< cells × offsets
};

/// What the monotone scheme found of the noise (see lattice_decomposition.hpp); the same on every rank.
struct LatticeNoise {
  int radius = 1;         ///< largest entry of an offset in use
  double floor = 0;       ///< largest share of the trace that was added to a tensor
  bool balanced = false;  ///< detailed balance: no tensor is singular, and the exponents of sampled loops are 0
};

/// Cells whose faces get the monotone flux instead of that of order 8; all cells of the lattice, C order.
using TroubledCells = std::vector<bool>;

/// What a scheme needs to know of model and mesh. References must outlive it.
struct Discretisation {
  const model::Sde& sde;
  const mesh::Grid& grid;
  Scheme scheme;
  Coupling coupling;
  AbsorbingSet absorbing;  ///< where probability is taken out, besides absorbing ends of axes; empty: nowhere
  LatticeNoise noise;
  std::shared_ptr<const TroubledCells> troubled;  ///< of the limited flux; null: none
};

/// Limits of the offsets on a grid: entries up to a quarter of the cells along each axis, at most 100.
[[nodiscard]] LatticeLimits lattice_limits(const mesh::Grid& grid);

/// Whether the monotone scheme (asked for, or what `limited` falls back on) is a jump process along lattice offsets:
/// noise is correlated.
[[nodiscard]] bool jumps_along_offsets(const Discretisation& problem);
/// Whether the generator itself is that jump process.
[[nodiscard]] inline bool monotone_jumps(const Discretisation& problem) {
  return problem.scheme.flux == Flux::monotone && jumps_along_offsets(problem);
}

/// Radius, floor and whether a tensor is singular over the cells of `owned`; loops of exponents over a sample of the
/// whole lattice. Never balanced where something absorbs. Cells with noise that is not finite do not count. Nothing is
/// looked for where the scheme never is the monotone one of several dimensions. Not collective. @throws SettingsError
/// for NaN coefficients.
[[nodiscard]] LatticeNoise find_noise(const Discretisation& problem, const mesh::Box& owned);

/// Diffusion that the monotone scheme adds, as a share of the trace of a (both in units of cells), at the cells of a
/// box: from floors, upwinding and fitted fluxes; 0 with detailed balance, whose density is exact. Not collective.
[[nodiscard]] Eigen::ArrayXd added_diffusion(const Discretisation& problem, const mesh::Box& cells);

/// @throws SettingsError when `exact` is asked for in more than one dimension.
void require_fit(const Scheme& scheme, const mesh::Grid& grid);

/// Looks at model and noise on the cells of `owned`. Not collective: `coupling` and `noise` of several ranks are to be
/// combined by maximum, `balanced` by minimum. @throws SettingsError as require_fit and find_noise.
[[nodiscard]] Discretisation discretise(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme,
                                        const mesh::Box& owned, AbsorbingSet absorbing = {});

/// Whether anything takes probability out: a set or an absorbing end of an axis.
[[nodiscard]] bool absorbs(const Discretisation& problem);

/// Cells around a face that face_flux and generator read, in any direction: more where something absorbs, because of
/// the polynomials that stand for the values behind the surface.
[[nodiscard]] Index reach(const Discretisation& problem);

/// Fluxes through all faces of `cells` along `axis` (one more than cells along it). @throws SettingsError for NaN
/// coefficients.
[[nodiscard]] FaceFlux face_flux(const Discretisation& problem, int axis, const mesh::Box& cells);

/// Rows of the cells of `owned`. Not collective. @throws SettingsError for NaN coefficients.
/// Cells inside the absorbing set have rows and columns of zeros; their neighbours see P = 0 on its surface (see
/// absorption.hpp), so columns near absorbing walls and sets do not sum to zero: that is what leaves.
[[nodiscard]] Generator generator(const Discretisation& problem, const mesh::Box& owned);

/// Rows of the backward operator L* = Σ b_i ∂_i + ½ Σ a_ij ∂_i ∂_j in ξ (docs/theory.md §5): central differences of the
/// scheme's order, with the scheme's damping. Beyond truncated ends a function goes on with its last value, at
/// reflecting ends as its mirror image, and at absorbing walls and sets it is extrapolated through the value 0 (see
/// backward_closure; mixed derivatives near surfaces are differences of those along the diagonals; behind a truncated
/// or reflecting end that bends a diagonal before the surface, the value is that of the line along the end). Equal to
/// the transpose of generator() where nothing absorbs or reflects; near absorbing surfaces the transpose is only a weak
/// approximation of L*, and this one is pointwise. Two-point fluxes: the transpose itself. Rows and columns of inactive
/// cells are zero. Not collective. @throws SettingsError for NaN coefficients in active cells and NaN of the absorbing
/// set.
[[nodiscard]] Generator backward_generator(const Discretisation& problem, const mesh::Box& owned);

/// The box of faces of `cells` along `axis`.
[[nodiscard]] mesh::Box faces_of(const mesh::Box& cells, int axis);

/// Numbers that audit a generator without any solve; combine over ranks by maximum.
struct GeneratorAudit {
  double largest_diagonal = 0;  ///< max |L_cc|
  double most_negative = 0;     ///< most negative off-diagonal, as a number ≤ 0
};
[[nodiscard]] GeneratorAudit audit(const Generator& generator);

}  // namespace sgdflux::fv
