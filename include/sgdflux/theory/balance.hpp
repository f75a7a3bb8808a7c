#pragma once
/// The law of balance along an evolving density: L. Ziyin, H. Li, M. Ueda, arXiv 2308.06671; docs/theory.md §2.4.
#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// T g(v) + γ at n points of `balance-pair` (n × 2), shape n, with g = α₁v² − 2α₂v + α₃: d ln|u² − w²| = −4(T g + γ) dt
/// along every path, hence d/dt E[ln|u² − w²|] = −4 E[T g + γ] for every density (docs/theory.md Eq. 2.10).
/// @throws SettingsError for another model.
[[nodiscard]] Eigen::ArrayXd imbalance_decay(const model::Sde& sde, core::BatchView x);

}  // namespace sgdflux::theory
