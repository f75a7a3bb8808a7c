#pragma once
/// Automatic meshes that are refined until the error estimates meet `scheme.tolerance`.
#include <mpi.h>

#include <functional>
#include <string>
#include <vector>

#include "domain.hpp"
#include "quantities.hpp"
#include "sgdflux/study/options.hpp"
#include "sgdflux/study/stationary.hpp"

namespace sgdflux::study {

/// Error of one mean or covariance in units of its scale (E|f − ⟨f⟩| + |⟨f⟩| of a mean, E|(a − ⟨a⟩)(b − ⟨b⟩)| of a
/// covariance), split by what would make it smaller.
struct Share {
  std::string name;
  double discretisation = 0;  ///< more cells
  double truncation = 0;      ///< a larger domain
  double solver = 0;          ///< nothing: residual of the solver and rounding
  bool smooth = true;         ///< converges at the scheme's order
  [[nodiscard]] double total() const { return discretisation + truncation + solver; }
};

/// Shares of means, covariances and formulas that have a value. Modes are not among them: their spread divided by the
/// number of cells limits them on every mesh.
/// @param before,after the same quantities before and after the discretisation error was added.
/// @param solver_error relative error of every average that the solver and rounding leave.
[[nodiscard]] std::vector<Share> shares(const Quantities& before, const Quantities& after, double solver_error);

/// An answer on one mesh and what its errors consist of.
struct Round {
  StationaryAnswer answer;
  std::vector<Share> shares;
  bool estimated = false;  ///< both grids were solved: `shares` mean something
  int order = 1;           ///< at which smooth quantities are expected to converge
};

/// Solves on the mesh of an answer that is otherwise empty. Collective.
using SolveRound = std::function<Round(const StationaryAnswer& posed)>;

/// How far an automatic domain goes so that what is outside counts for less than the tolerance.
[[nodiscard]] Reach reach_for(const StationaryOptions& options);

/// Adds cells to the automatic axes until the largest error share is at most the tolerance, or until max_cells, memory,
/// effort, domain, rounding or stagnation stop that; `accuracy` of the answer says which. Meshes that meet the target
/// cost one round. Collective; the same decisions on every rank.
/// @param unsettled the answer before its mesh was chosen. @param posed the same with the mesh to begin with.
[[nodiscard]] StationaryAnswer answer_to_tolerance(MPI_Comm comm, const model::Sde& sde,
                                                   const StationaryOptions& options, const StationaryAnswer& unsettled,
                                                   const StationaryAnswer& posed, const SolveRound& solve);

}  // namespace sgdflux::study
