#pragma once
/// One grid, its generator and its stationary density.
#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/observe/state.hpp"
#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::study {

/// Everything that belongs to a density on one grid. Not movable: state and discretisation refer to grid and partition.
struct Solution {
  Solution(MPI_Comm comm, const model::Sde& sde, std::vector<mesh::Axis> axes, const fv::Scheme& scheme);
  Solution(const Solution&) = delete;
  Solution& operator=(const Solution&) = delete;

  MPI_Comm comm;
  const model::Sde& sde;
  mesh::Grid grid;
  mesh::Partition partition;
  fv::Discretisation problem;
  fv::Generator generator;  ///< emptied once the density is known
  double largest_rate = 0;  ///< max |L_jj|, kept
  solve::StationaryResult result;
  std::string solver;  ///< in words
  observe::State state;
  double assemble_seconds = 0;
  double solve_seconds = 0;
};

/// Axes of the same domain and maps with `factor` < 1 times the cells: at least one fewer, at least 2.
[[nodiscard]] std::vector<mesh::AxisSpec> rescaled(const std::vector<mesh::AxisSpec>& mesh, double factor);
[[nodiscard]] std::vector<mesh::Axis> make_axes(const std::vector<mesh::AxisSpec>& mesh);

/// Assembles and solves; grids above the direct solver's size start from a coarse grid's density. Collective.
/// @throws SettingsError for NaN coefficients or a scheme that does not fit.
[[nodiscard]] std::unique_ptr<Solution> solve_on(MPI_Comm comm, const model::Sde& sde,
                                                 const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme);

/// The method that solve_on would use, and an estimate of the memory it needs on all ranks together, in bytes.
struct Plan {
  la::Method method = la::Method::direct;
  double bytes = 0;
};
[[nodiscard]] Plan plan(const mesh::Grid& grid, const fv::Scheme& scheme, bool inertial, bool coupled);

}  // namespace sgdflux::study
