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

/// Means of all columns ("mean.<column>") and covariances of all products ("cov.<a>.<b>", without the bias that comes
/// from the means being estimates) of a whole tally (all paths, first = 0), with standard errors by the delta method:
/// from the scatter of independent paths when at least 32, or no fewer than there are blocks, are alive; else from that
/// of blocks of time (which must be longer than the correlation time). A sum that is not finite on some path gives an
/// estimate without value and the reason. With a single path and block there is no error; `reason` also warns when one
/// cluster carries so much of the scatter that the tails are too heavy for the error. @throws InternalError when no
/// path is alive or nothing was recorded.
[[nodiscard]] std::map<std::string, core::Estimate> estimates(const Tally& tally, const Alive& alive);

/// Estimates of the differences coarse − fine of the same observables on the common paths, with standard errors of the
/// difference (coupled paths: far smaller than those of each).
[[nodiscard]] std::map<std::string, core::Estimate> differences(const Tally& coarse, const Tally& fine,
                                                                const Alive& alive);

/// Whether the start has been forgotten: per column the mean over the first third of the blocks less that over the last
/// third, in units of its standard error (of path by path differences; with few paths, of the scatter of blocks within
/// the thirds), Student's t turned into the normal deviate that is as improbable. NaN when that cannot be known: fewer
/// than 2 blocks, fewer than 2 clusters in a third, or a sum that is not finite.
[[nodiscard]] std::map<std::string, double> drifts(const Tally& tally, const Alive& alive);

/// Whether the spread still grows or shrinks: per column whose square is summed, the number of paths whose mean square
/// (about the shift) is larger over the last third of the blocks than over the first, less that of those where it is
/// smaller, over √paths: a sign test, which no heavy tail and no runaway path can hide from. NaN with fewer than 32
/// paths.
[[nodiscard]] std::map<std::string, double> spreads(const Tally& tally, const Alive& alive);

/// Correlations in time of one column, from histories of several paths.
struct Correlations {
  std::vector<Index> lags;         ///< in records: all up to 16, then 16 per octave, up to records/4
  std::vector<double> covariance;  ///< E[f₀f_lag] − E[f]², less the bias that the estimated mean makes (Wolff 2004)
  std::vector<double> error;       ///< standard errors
  std::vector<double> displacement;  ///< E[(f_lag − f₀)²]
  std::vector<double> displacement_error;
  double time = 1;        ///< integrated autocorrelation time 1 + 2Σρ, in records, with Sokal's window (c = 5)
  double time_error = 0;  ///< statistical (Madras & Sokal 1988); infinite when the history is too short for the window
  double effective = 0;   ///< effective sample size of the history: values / time
  Index window = 0;       ///< last lag of the sum in `time`
  std::string reason;     ///< why `time` cannot be trusted or does not exist (NaN)
};
/// `history`: records × paths, every column one path in equal steps of time. Covariances by FFT, about the mean over
/// all paths and times; standard errors from the scatter over paths (8 or more), else over 20 segments of every path.
/// The window is the first W ≥ 5 max(1 + 2Σρ, 2 + 4Σρ²), sums up to W: for correlations that oscillate (momentum) the
/// first sum alone may be small long before they have died out. A constant history has time 1. With values that are not
/// finite all numbers are NaN, and `reason` says so. @throws InternalError for an empty history.
[[nodiscard]] Correlations correlations(const Eigen::ArrayXXd& history);

/// Quantiles at the probabilities p (between order statistics by Hyndman & Fan 1996, definition 7) from values of many
/// paths at several times: `values` is paths × times. Standard errors by Woodruff
/// (1952): a quarter of the distance between the quantiles at p ± 2e, where e is the standard error of the share of
/// values below, from the scatter over paths (with fewer than 32 paths and times in plenty, over at most 32 blocks of
/// times). No error when p or 1 − p is below 3e, that is with fewer than some 9 effective values beyond the quantile;
/// no value when the quantile is infinite or a value is not a number. @throws InternalError when no path is alive.
[[nodiscard]] std::vector<core::Estimate> quantiles(const Eigen::ArrayXXd& values, const Alive& alive,
                                                    const std::vector<double>& p);

/// Counts in cells with the groups that error bars need: cells × groups, exact integers.
using Counts = Eigen::Array<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;
/// Values counted per group, those outside of all cells included.
using Totals = Eigen::Array<std::int64_t, Eigen::Dynamic, 1>;

/// Probability of every cell and its standard error, shape cells each.
struct Histogram {
  Eigen::ArrayXd probability;
  Eigen::ArrayXd error;
  double outside = 0;    ///< share of values in no cell
  double inflation = 1;  ///< variance of counts over that of independent values: values / inflation are effective
  double effective = 0;  ///< effective number of values
  Counts counts;         ///< what it was made of: wide bins of correlated values are inflated more than cells
  Totals total;
};
/// Groups must be independent of each other: groups of paths, or long blocks of time; empty ones are left out.
/// `inflation` ≥ 1 is the average over cells (weighted by their variance) with 4 or more counts per group. The squared
/// error of a cell is inflation (p
/// + inflation/N)(1 − p)/N (so that an empty cell has the error inflation/N, one effective value), for cells with 4 or
/// more counts per group averaged with its own scatter over groups (weights 15 and groups − 1). With a single group
/// nothing is known: errors, inflation and effective are NaN. @throws InternalError when nothing was counted or shapes
/// differ.
[[nodiscard]] Histogram histogram(const Counts& counts, const Totals& total);

/// Tests of a histogram (of one variable or flattened) against exact cell probabilities.
struct Goodness {
  double statistic = 0;
  double p_value = 1;
  int bins = 0;          ///< χ²: after merging
  double inflation = 1;  ///< of the bins (χ²) or of the shares below faces (Kolmogorov–Smirnov), ≥ 1
};
/// χ² = N Σ (found − expected)²/expected, over the inflation of the bins, after merging neighbours to at least `least`
/// effective expected values per bin (about equal bins, at most 40; what is expected outside of all cells is one more
/// cell). Correlated values inflate some shapes more than others: the p-value is that of a sum of squares with unequal
/// weights (Rao & Scott 1981), which are the eigenvalues of the covariance of the bins over groups, in ratio to an
/// estimated inflation. NaN with fewer than 8 groups (16 or more are needed for p-values that are right far below 1 %)
/// or 2 bins. @throws InternalError when shapes differ or the expected probabilities are no distribution.
[[nodiscard]] Goodness chi_squared(const Histogram& found, const Eigen::ArrayXd& expected, double least = 10);
/// Kolmogorov–Smirnov: the largest difference of the shares below the cell faces, with the effective number of values
/// N/inflation, where inflation compares the scatter of these shares over groups with F(1 − F)/N. p-value from
/// Kolmogorov's asymptotic distribution with √n + .12 + .11/√n (Stephens 1970): rather too large than too small for
/// wide cells and strongly correlated values. Needs cells in the order of one variable; fewer than 8 groups: p is NaN.
[[nodiscard]] Goodness kolmogorov_smirnov(const Histogram& found, const Eigen::ArrayXd& expected);

}  // namespace sgdflux::sample
