#pragma once
/// Stationary state of a model on a mesh: domain, solve, error estimates, comparison with exact results.
#include <mpi.h>

#include <memory>
#include <optional>
#include <vector>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/initial.hpp"
#include "sgdflux/study/options.hpp"
#include "sgdflux/study/sensitivity.hpp"
#include "sgdflux/study/warm_start.hpp"

namespace sgdflux::study {

struct StationaryOptions : Options {
  /// Density at time 0; where there are several ergodic components it decides how much each of them gets.
  std::optional<Initial> start;
  /// Parameters by which the averages are to be differentiated, one adjoint solve for each average.
  std::vector<Variation> variations;
  /// Densities and factors of a problem nearby; null: from scratch.
  std::shared_ptr<WarmStart> warm;
  bool fields = true;  ///< whether the answer holds numbers for every cell: density and currents
};

/// Solves L P = 0, Σ mass = 1. Parts of the state space that do not exchange mass (src/study/components.hpp) are solved
/// one by one; one that has a density and gets all but 1e−6 of `start` is the answer, else they are listed.
/// `observables` are averaged besides the means and covariances of variables and derived quantities. Refusals (no
/// stationary density, several ergodic components, not converged) are verdicts, not exceptions. Collective over `comm`;
/// every rank gets the same numbers. @throws SettingsError (NaN coefficients, memory).
[[nodiscard]] StationaryAnswer stationary(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                                          const std::vector<model::Observable>& observables = {});

}  // namespace sgdflux::study
