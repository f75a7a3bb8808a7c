#pragma once
/// Pieces of a tally that are independent of each other, or nearly so: their scatter is the error of everything.
#include <string>

#include "sgdflux/sample/statistics.hpp"

namespace sgdflux::sample {

/// Sums of each cluster (clusters × sums of the tally) and how many values it holds.
struct Clusters {
  Batch sums;
  Eigen::ArrayXd values;
  std::string word;  ///< what a cluster is: "path" or "block of time"
  [[nodiscard]] Index count() const { return sums.rows(); }
};

/// An estimate as value and what every cluster adds to it to first order: effects sum to 0, and the squared standard
/// error is n/(n − 1) Σ effect² (the delta method; for equal clusters, sd/√n).
struct Scattered {
  double value = 0;
  Eigen::ArrayXd effect;
};

/// Clusters in the blocks of time from … to − 1 of a whole tally: the paths alive when these are at least 32 or no
/// fewer than the blocks, else the blocks. @throws InternalError when there is no path alive or no record.
[[nodiscard]] Clusters clusters(const Tally& tally, const Alive& alive, int from, int to);

/// Mean of a column, Σx/N.
[[nodiscard]] Scattered mean(const Clusters& data, const TallyLayout& layout, Index column);
/// Covariance of product k: Σ(a − m_a)(b − m_b)/N plus the estimated covariance of the two means, which is what the
/// first term lacks on average (for independent values the factor n/(n − 1), for correlated ones more).
[[nodiscard]] Scattered covariance(const Clusters& data, const TallyLayout& layout, Index k);

/// n/(n − 1) Σ ab: the covariance of two estimates.
[[nodiscard]] double scatter(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b);
/// Value with standard error. Without an error when there is only one cluster, with a warning as reason when one
/// cluster carries so much of the scatter that the error cannot be trusted.
[[nodiscard]] core::Estimate estimate(const Scattered& found, const std::string& cluster);

/// Alive paths whose sum of that number (columns, then products) is not finite.
[[nodiscard]] Index broken_paths(const Tally& tally, const Alive& alive, Index sum);

/// Sum from the first to the last element, one after the other: the same bits whatever the vector unit.
template <class Array>
[[nodiscard]] double ordered_sum(const Array& values) {
  double sum = 0;
  for (Index i = 0; i < values.size(); ++i) {
    sum += values(i);
  }
  return sum;
}

}  // namespace sgdflux::sample
