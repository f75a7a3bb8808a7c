#pragma once
/// Stationary state of a model on a mesh: domain, solve, error estimates, comparison with exact results.
#include <mpi.h>

#include <vector>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

using StationaryOptions = Options;

/// Solves L P = 0, Σ mass = 1. `observables` are averaged besides the means and covariances of variables and derived
/// quantities. Refusals (no stationary density, several ergodic components, not converged) are verdicts, not
/// exceptions. Collective over `comm`; every rank gets the same numbers. @throws SettingsError (NaN coefficients,
/// memory).
[[nodiscard]] StationaryAnswer stationary(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                          const std::vector<model::Observable>& observables = {});

}  // namespace sgdflux::study
