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
#include "sgdflux/study/warm_start.hpp"

namespace sgdflux::study {

/// A stationary density on one grid. Not movable: the state refers to grid and partition.
struct Solution : Assembly {
  Solution(MPI_Comm comm, const model::Sde& sde, std::vector<mesh::Axis> axes, const fv::Scheme& scheme);

  fv::Generator operator_rows;  ///< emptied once the density is known
  double largest_rate = 0;      ///< max |L_jj|, kept
  solve::StationaryResult result;
  std::string solver;        ///< in words
  bool direct = true;        ///< by factors of the operator itself: negative cells are not the solver's
  core::Index limited = 0;   ///< cells whose faces have the monotone flux (flux `limited`)
  Eigen::ArrayXd unlimited;  ///< the density before limiting; empty for other fluxes
  observe::State state;
  WarmStart* warm = nullptr;                ///< where it was solved from and left to; may be null
  double assemble_seconds = 0;
  double solve_seconds = 0;

  /// The density with the L¹ error that the solver's residual allows.
  [[nodiscard]] Law law() const;
};

/// Assembles and solves; grids above the direct solver's size start from a coarse grid's density. Collective.
/// With `warm`, direct solves start from what it holds and leave theirs to it.
/// @throws SettingsError for NaN coefficients or a scheme that does not fit.
[[nodiscard]] std::unique_ptr<Solution> solve_on(MPI_Comm comm, const model::Sde& sde,
                                                 const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme,
                                                 WarmStart* warm = nullptr);

/// The scheme whose generator an iterative method preconditions with.
[[nodiscard]] fv::Scheme preconditioning_scheme(la::Method method, const fv::Scheme& scheme);

/// The method that solve_on would use, and an estimate of the memory it needs on all ranks together, in bytes.
struct Plan {
  la::Method method = la::Method::direct;
  double bytes = 0;
};
[[nodiscard]] Plan plan(const mesh::Grid& grid, const fv::Scheme& scheme, bool inertial, bool coupled);

}  // namespace sgdflux::study
