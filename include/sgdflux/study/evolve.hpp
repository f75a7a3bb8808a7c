#pragma once
/// The density over time, for constant or scheduled parameters.
#include <mpi.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/initial.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

/// Everything that a run which is cut after an output needs to go on as if it had not been. The numbers of the finished
/// outputs are in it, so that only what is missing is computed.
struct EvolveCheckpoint {
  int outputs = 0;         ///< how many of the outputs are done, on the fine and the estimate's grid
  double step = 0;         ///< step size that the stepper would take next (0: exponential)
  Eigen::ArrayXd density;  ///< P(ξ) of all cells in C order after the last of them
  double coarse_step = 0;
  Eigen::ArrayXd coarse_density;  ///< of the grid of the error estimate; empty without estimate
  std::map<std::string, std::vector<double>> fine, coarse;  ///< recorded numbers, one per finished output
  std::map<int, Eigen::ArrayXd> snapshots;                  ///< P(ξ) of all cells, by position in the outputs
};

struct EvolveOptions : Options {
  Initial initial;
  double until = 0;             ///< > 0
  std::vector<double> outputs;  ///< increasing times in [0, until]
  /// The model at time t, for scheduled parameters; empty: constant. @throws SettingsError naming parameter and time.
  std::function<std::unique_ptr<model::Sde>(double time)> schedule;
  /// exponential | bdf | arkimex | rosw | cn | beuler | sdirk | auto: sdirk, which keeps the density positive, for the
  /// fluxes limited and monotone, else exponential if constant, else bdf.
  std::string stepper = "auto";
  double step = 0;             ///< fixed step size of a stepper; 0: adaptive
  double tolerance = 1e-8;     ///< of one step of the stepper; errors add up over the steps
  std::vector<int> snapshots;  ///< positions in `outputs` whose densities are kept as fields; the last one always is
  /// Called after an output with what to store; may be empty. Every rank has the arrays. Collective.
  std::function<void(const EvolveCheckpoint&)> checkpoint;
  std::function<bool()> checkpoint_due;  ///< whether to call it now, the same on every rank; empty: after every output
  std::optional<EvolveCheckpoint> resume;
  void validate(const model::Sde& sde) const;
};

/// `observables` of the base hold the values at the last output.
struct EvolveAnswer : Answer {
  std::vector<double> times;
  std::map<std::string, Series> series;  ///< mean.<q>, cov.<a>.<b>, formulas, mass, negative_mass over the times
  std::optional<std::map<std::string, std::vector<double>>> reference;  ///< exact means and covariances, linear models
  std::string reference_source;
};

/// Collective; every rank gets the same numbers. Fields: density (last output), snapshot/<k>/density; arrays: times.
/// @throws SettingsError (initial density negative, zero or not resolved; schedules; NaN coefficients; memory).
[[nodiscard]] EvolveAnswer evolve(MPI_Comm comm, const model::Sde& sde, const EvolveOptions& options,
                                  const std::vector<model::Observable>& observables = {});

}  // namespace sgdflux::study
