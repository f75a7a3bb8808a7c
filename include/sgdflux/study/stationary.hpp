#pragma once
/// Stationary state of a model on a mesh: domain, solve, error estimates, comparison with exact results.
#include <mpi.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/model/observable.hpp"
#include "sgdflux/study/answer.hpp"

namespace sgdflux::study {

struct StationaryOptions {
  std::vector<mesh::AxisSpec> mesh;  ///< one per variable, in the order of the variables; automatic ones are resolved
  std::string flux = "auto";         ///< exact | order2 | order4 | order6 | order8 | monotone | auto
  double damping = -1;               ///< 0…1; negative: automatic
  bool estimate = true;              ///< error estimates from a second grid
  core::Index max_cells = 4000000;
  double memory_limit = 0;  ///< bytes per rank that may be used; 0: what the machine has free
  /// Called with a phase in words and its fraction done in [0, 1]; may be empty. Rank 0 only.
  std::function<void(const std::string&, double)> progress;
  /// @throws SettingsError naming field, value and range; call on every rank before anything collective.
  void validate(const model::Sde& sde) const;
};

/// Solves L P = 0, Σ mass = 1. `observables` are averaged besides the means and covariances of variables and derived
/// quantities. Refusals (no stationary density, several ergodic components, not converged) are verdicts, not
/// exceptions. Collective over `comm`; every rank gets the same numbers. @throws SettingsError (NaN coefficients,
/// memory).
[[nodiscard]] StationaryAnswer stationary(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                          const std::vector<model::Observable>& observables = {});

}  // namespace sgdflux::study
