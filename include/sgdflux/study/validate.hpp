#pragma once
/// Solver against exact result against paths of the SDE against SGD.
#include <mpi.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sgdflux/sample/sampler.hpp"
#include "sgdflux/study/answer.hpp"
#include "sgdflux/study/options.hpp"

namespace sgdflux::study {

/// One comparison: |difference| ≤ tolerance.
struct Check {
  std::string name;
  double a = 0, b = 0;  ///< what is compared; of tests of a distribution the statistic and what it is expected to be
  double difference = 0, tolerance = 0;
  bool pass = true;
};

/// Whether `a` is the p-value of a test of a distribution.
[[nodiscard]] bool is_p_value(const Check& check);

/// SGD at one learning rate, and the SDE that is said to be its limit.
struct SgdRun {
  double eta = 0;
  core::Index batch = 1;
  std::shared_ptr<const model::Sde> sde;
  std::function<std::unique_ptr<sample::Process>()> process;
};

/// A moment of SGD and of the SDE at one learning rate, relative to its scale (standard deviation, variance).
struct Gap {
  std::string quantity;
  double eta = 0;
  core::Index batch = 1;
  double sgd = 0, sde = 0;
  double relative = 0, error = 0;  ///< (sgd − sde)/scale and its standard error
};

/// relative = limit + slope·η (+ curvature·η²), fitted over the runs.
struct GapFit {
  std::string quantity;
  core::Estimate limit;  ///< at η → 0: zero where the SDE is the limit
  core::Estimate slope;
  core::Estimate curvature;  ///< of the parabola; without value where a line was fitted
  double other = 0;          ///< limit of the other one of line and parabola
};

struct ValidateOptions : Options {
  sample::Plan plan;
  double significance = 1e-3;  ///< probability that all statistical checks together raise a false alarm
  /// Paths of the SDE; with `half`, with half the step along the same noise.
  std::function<std::unique_ptr<sample::Process>(const model::Sde& sde, bool half)> paths;
  int weak_order = 0;
  double dt = 0;
  double drift_factor = 1;  ///< multiplies the drift of the paths, and of nothing else: a test of the tests
  /// What the limit of the gap may be, relative to the scale, before it counts as a disagreement: at fixed T = η/S the
  /// n-th cumulant of the gradient noise acts with T^{n−1}, whatever η, and the SDE knows the second one only.
  double model_error = 0.01;
  std::vector<SgdRun> sgd;  ///< by increasing η; at least three for the limit η → 0
  void validate(const model::Sde& sde) const;
};

struct ValidateAnswer : Answer {  ///< observables, fields and audit are those of the solver
  std::vector<Check> checks;
  std::vector<Gap> gaps;
  std::vector<GapFit> fits;
  std::vector<std::string> skipped;  ///< comparisons that were not possible, and why
  std::string method;                ///< of the paths
  [[nodiscard]] bool agrees() const;
};

/// Stationary state by the solver, compared with the exact law where one is known (moments, density), with paths of the
/// SDE (moments where their errors can be trusted, else clipped ones; χ² and Kolmogorov–Smirnov; winding rates; slowest
/// eigenvalue from the correlations of its eigenfunction along paths; displacement), and with SGD at several learning
/// rates, whose gap from the SDE is extrapolated to η → 0. Statistical tolerances share `significance` among all checks
/// (Bonferroni); the solver's errors and the step's bias are part of them. A refusal of the solver is the answer.
/// Arrays: paths/marginal/<x>, sgd/<k>/marginal/<x> (with _error) over marginal_centres/<x>. Collective; every rank
/// gets the same numbers. @throws SettingsError
[[nodiscard]] ValidateAnswer validate(MPI_Comm comm, const model::Sde& sde, const ValidateOptions& options);

}  // namespace sgdflux::study
