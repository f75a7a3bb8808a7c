#pragma once
/// Variances of shares from the scatter over groups.
#include "clusters.hpp"

namespace sgdflux::sample {

/// Squared standard error of the share Σcounts/Σtotal from the scatter over groups.
[[nodiscard]] double group_scatter(const Eigen::ArrayXd& counts, const Eigen::ArrayXd& total);

}  // namespace sgdflux::sample
