#pragma once
/// From sums over paths to estimates with standard errors.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/core/estimate.hpp"
#include "sgdflux/sample/tally.hpp"

namespace sgdflux::sample {

/// Paths that count: those that never diverged.
using Alive = Eigen::Array<bool, Eigen::Dynamic, 1>;

/// Means of all columns ("mean.<column>") and covariances of all products ("cov.<a>.<b>") of a whole tally (all paths,
/// first = 0), with standard errors: from the scatter of independent paths when at least 32 are alive, else from that
/// of blocks of time (which must be longer than the correlation time). A sum that is not finite gives an estimate
/// without value and the reason. @throws InternalError when no path is alive.
[[nodiscard]] std::map<std::string, core::Estimate> estimates(const Tally& tally, const Alive& alive);

/// Estimates of the differences coarse − fine of the same observables on the common paths, with standard errors of the
/// difference (coupled paths: far smaller than those of each).
[[nodiscard]] std::map<std::string, core::Estimate> differences(const Tally& coarse, const Tally& fine,
                                                                const Alive& alive);

/// Whether the start has been forgotten: per column the mean over the first third of the blocks less that over the last
/// third, in units of its standard error.
[[nodiscard]] std::map<std::string, double> drifts(const Tally& tally, const Alive& alive);

/// Correlations in time of one column, from histories of several paths.
struct Correlations {
  std::vector<Index> lags;           ///< in records: 0, 1, 2, … growing geometrically
  std::vector<double> covariance;    ///< E[f₀f_lag] − E[f]²
  std::vector<double> error;         ///< standard errors
  std::vector<double> displacement;  ///< E[(f_lag − f₀)²]
  std::vector<double> displacement_error;
  double time = 1;        ///< integrated autocorrelation time 1 + 2Σρ, in records, with Sokal's window (c = 5)
  double time_error = 0;  ///< statistical (Madras & Sokal 1988)
  double effective = 0;   ///< effective sample size of the history: values / time
};
/// `history`: records × paths, every column one path in equal steps of time. Lags up to records/4, by FFT.
[[nodiscard]] Correlations correlations(const Eigen::ArrayXXd& history);

/// Quantiles at the probabilities p from values of many paths at several times: `values` is paths × times; standard
/// errors from the scatter over groups of paths (over times when there are fewer than 32 paths).
[[nodiscard]] std::vector<core::Estimate> quantiles(const Eigen::ArrayXXd& values, const Alive& alive,
                                                    const std::vector<double>& p);

/// Counts in cells with the groups that error bars need: cells × groups, exact integers.
using Counts = Eigen::Array<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;

/// Probability of every cell and its standard error (scatter over groups), shape cells each. `total`: values counted
/// per group, those outside of all cells included.
struct Histogram {
  Eigen::ArrayXd probability;
  Eigen::ArrayXd error;
  double outside = 0;    ///< share of values in no cell
  double inflation = 1;  ///< variance of counts over that of independent values: values / inflation are effective
  double effective = 0;  ///< effective number of values
};
[[nodiscard]] Histogram histogram(const Counts& counts, const Eigen::Array<std::int64_t, Eigen::Dynamic, 1>& total);

/// Tests of a histogram (of one variable or flattened) against exact cell probabilities.
struct Goodness {
  double statistic = 0;
  double p_value = 1;
  int bins = 0;  ///< χ²: after merging
};
/// χ² after merging neighbours to at least `least` effective expected values per bin (about equal bins, at most 40).
[[nodiscard]] Goodness chi_squared(const Histogram& found, const Eigen::ArrayXd& expected, double least = 10);
/// Kolmogorov–Smirnov on the cell faces with the effective number of values.
[[nodiscard]] Goodness kolmogorov_smirnov(const Histogram& found, const Eigen::ArrayXd& expected);

}  // namespace sgdflux::sample
