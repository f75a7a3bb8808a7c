#pragma once
/// Which solver for which problem, in which order, at what cost of memory.
#include <string>
#include <vector>

#include "assembly.hpp"
#include "extents.hpp"
#include "sgdflux/la/linear_solver.hpp"

namespace sgdflux::study {

/// Ways to solve for a stationary density.
enum class Way {
  direct,      ///< LU of the generator: the only one that measures the slowest decay and whether zero is simple
  geometric,   ///< Krylov method without a matrix, geometric multigrid of the second-order fluxes
  lines,       ///< Krylov method without a matrix, line Gauss–Seidel of the second-order fluxes
  kronecker,   ///< Krylov method without a matrix, exact inverse of two groups of variables that do not interact
  algebraic,   ///< FGMRES with BoomerAMG of the fitted generator
  incomplete,  ///< FGMRES with ILU(0) of the fitted generator
  factored,    ///< FGMRES with LU of the second-order generator
};
[[nodiscard]] std::string to_string(Way way);
/// Whether a coarser grid gives the start.
[[nodiscard]] inline bool iterative(Way way) { return way != Way::direct; }
/// Whether it works without a matrix.
[[nodiscard]] inline bool without_matrix(Way way) {
  return way == Way::geometric || way == Way::lines || way == Way::kronecker;
}
/// Of those that work on an assembled generator; what comes nearest for the others.
[[nodiscard]] la::Method assembled_method(Way way);

/// What the choice rests on, besides the numbers of cells.
struct Traits {
  bool inertial = false;  ///< some direction is (nearly) without noise somewhere
  bool coupled = false;   ///< noise is correlated between axes
  bool central = true;    ///< central fluxes of one order, nothing absorbs: no matrix is needed
  int noise_axis = -1;    ///< the one axis that has noise, or −1
};
/// Collective.
[[nodiscard]] Traits traits(const Assembly& assembly);

/// Cells up to which the direct solver is the fastest and most accurate way (docs/benchmarks.md); more for fluxes whose
/// densities shall have no negative cell: Krylov methods leave some of the size of rounding, inverse iteration with the
/// factors of an M-matrix adds positive numbers only.
[[nodiscard]] core::Index direct_cells(int dimension, const fv::Scheme& scheme);

/// What can be tried, in this order: each after the one before has not converged.
[[nodiscard]] std::vector<Way> ways(const Extents& grid, const fv::Scheme& scheme, const Traits& traits);

/// What a study solves with the generator.
enum class Systems {
  density,   ///< L P = 0
  shifted,   ///< (σ − L) x = b, many times: spectra, time steps
  factored,  ///< the same, by factors whatever the size: absorbing sets
};

/// Cells up to which one LU of a shifted generator costs less than the many solves that it serves; more where drift
/// alone mixes in some direction, since oscillating modes need many iterations (400² of momentum: 17000, 127 s).
[[nodiscard]] core::Index factored_cells(int dimension, const Traits& traits);

/// The way that will be tried first, as far as numbers of cells and options of PETSc tell.
[[nodiscard]] Way first_way(Systems systems, const Extents& grid, const fv::Scheme& scheme, const Traits& traits);

/// The scheme whose generator one of them preconditions with. Multigrid and incomplete factors need an M-matrix, which
/// central fluxes do not give on coarse grids: they get the fitted flux, correlations of the noise left out. LU takes
/// the second-order generator.
[[nodiscard]] fv::Scheme preconditioning_scheme(Way way, const fv::Scheme& scheme);

/// Estimate of the memory that one of them needs at its peak, on all ranks together, in bytes.
[[nodiscard]] double bytes(Way way, const Extents& grid, const fv::Scheme& scheme, const Traits& traits, int ranks);

}  // namespace sgdflux::study
