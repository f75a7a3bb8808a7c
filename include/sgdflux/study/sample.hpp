#pragma once
/// Monte Carlo: paths of the SDE or of SGD, and what they say with which error.
#include <mpi.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/sample/sampler.hpp"
#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

struct SampleOptions : Options {
  sample::Plan plan;  ///< its axes are settled by `mesh`
  /// The process; with true, the same with half the step along the same noise (SDE only).
  std::function<std::unique_ptr<sample::Process>(bool half)> process;
  int weak_order = 0;        ///< of the integrator; 0: there is no step error (or no step to halve)
  bool discrete = false;     ///< the steps are those of the process itself (SGD): differences over them have no bias
  std::int64_t epoch = 0;    ///< steps in which every row has its turn; 0: there is no such period
  sample::Hooks hooks;       ///< of the paths
  sample::Hooks half_hooks;  ///< of the paths with half the step
  void validate(const model::Sde& sde) const;
};

/// Correlations in time of one recorded quantity; times in the units of the model.
struct TimeCorrelation {
  core::Estimate time;   ///< integrated autocorrelation time
  double effective = 0;  ///< effective number of values behind the means
  std::vector<double> lags;
  Series covariance;    ///< E[f₀f_t] − E[f]²
  Series displacement;  ///< E[(f_t − f₀)²]
};

struct SampleAnswer : Answer {                       ///< errors of `observables` are standard errors
  std::string method;                                ///< what was done, in words
  std::map<std::string, core::Estimate> step_error;  ///< bias of `observables` by the finite step, with standard errors
  std::map<std::string, std::map<double, core::Estimate>> quantiles;  ///< by quantity and probability
  std::map<std::string, std::pair<double, double>> clip;              ///< bounds of clipped moments
  std::map<std::string, double> drift;  ///< burn-in check: change over the run in standard errors
  double drift_limit = 0;               ///< above it the start has not been forgotten
  std::map<std::string, TimeCorrelation> correlations;
  core::Index paths = 0, diverged = 0;
  double first_divergence = 0, end_time = 0;  ///< times; the first is 0 where nothing diverged
  double tamed = 0;                           ///< share of steps that were tamed
  std::vector<double> times;
  std::map<std::string, Series> series;  ///< means over paths at `times`
  std::shared_ptr<const sample::Recording> recording;
};

/// Runs the paths. Histograms lie on `mesh`; automatic axes are those of the stationary solver where it finds a domain,
/// else the range of the paths. Refusals are verdicts: not-converged where the start has not been forgotten (unless
/// there was no burn-in: then the transient was asked for), no-stationary-density where every path diverged. Fields:
/// density and density_error (one or two variables). Collective; every rank gets the same numbers.
/// @throws SettingsError: wrong plan, walls (paths know none), memory.
[[nodiscard]] SampleAnswer sample(MPI_Comm comm, const model::Sde& sde, const SampleOptions& options);

}  // namespace sgdflux::study
