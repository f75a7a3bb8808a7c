#pragma once
/// Where the deterministic flow comes to rest: fixed points of the drift and the laws of their linearisations.
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::study {

[[nodiscard]] Eigen::VectorXd drift_at(const model::Sde& sde, const Eigen::VectorXd& x);
[[nodiscard]] Eigen::MatrixXd diffusion_at(const model::Sde& sde, const Eigen::VectorXd& x);

/// Stationary law of the linearisation at a stable fixed point.
struct Well {
  Eigen::VectorXd mean;
  Eigen::VectorXd sigma;  ///< standard deviations
  Eigen::MatrixXd jacobian;
};

/// Stable fixed points that Newton's method finds from the typical point and from starts at 10^{−6} … 10^6 around it
/// along the axes and, up to three variables, their diagonals; the typical point's own first. Points at which no noise
/// leaves a variable at rest, or where coefficients are not finite, are left out. Not collective, the same on every
/// rank.
[[nodiscard]] std::vector<Well> find_wells(const model::Sde& sde);

/// Whether drift and noise `reach` standard deviations away are those of the linearisation.
[[nodiscard]] bool is_linear(const model::Sde& sde, const Well& well, double reach);

}  // namespace sgdflux::study
