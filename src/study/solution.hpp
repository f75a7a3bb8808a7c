#pragma once
/// One grid and the stationary density on it.
#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

#include "assembly.hpp"
#include "law.hpp"
#include "sgdflux/observe/state.hpp"
#include "sgdflux/solve/stationary.hpp"
#include "sgdflux/study/solve_record.hpp"
#include "sgdflux/study/warm_start.hpp"

namespace sgdflux::study {

/// A stationary density on one grid. Not movable: the state refers to grid and partition.
struct Solution : Assembly {
  Solution(MPI_Comm comm, const model::Sde& sde, std::vector<mesh::Axis> axes, const fv::Scheme& scheme);

  double largest_rate = 0;  ///< about max |L_jj|
  solve::StationaryResult result;
  std::string solver;               ///< in words
  std::vector<SolveRecord> solves;  ///< all that was tried, here and on the grids that it started from
  bool direct = true;               ///< by factors of the operator itself: negative cells are not the solver's
  core::Index limited = 0;          ///< cells whose faces have the monotone flux (flux `limited`)
  Eigen::ArrayXd unlimited;         ///< the density before limiting; empty for other fluxes
  observe::State state;
  WarmStart* warm = nullptr;  ///< where it was solved from and left to; may be null
  double accepted = 1e-12;    ///< relative residual of iterative solves
  double assemble_seconds = 0;
  double solve_seconds = 0;  ///< assembly included

  /// The density with the L¹ error that the solver's residual allows.
  [[nodiscard]] Law law() const;
};

struct SolveOptions {
  WarmStart* warm = nullptr;  ///< direct solves start from what it holds and leave theirs to it
  double accepted = 1e-12;    ///< relative residual of iterative solves
};

/// Solves; grids above the direct solver's size start from a coarse grid's density. Collective.
/// @throws SettingsError for NaN coefficients or a scheme that does not fit.
[[nodiscard]] std::unique_ptr<Solution> solve_on(MPI_Comm comm, const model::Sde& sde,
                                                 const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme,
                                                 const SolveOptions& options = {});

}  // namespace sgdflux::study
