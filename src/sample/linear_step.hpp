#pragma once
/// The exact law of a linear equation over a step.
#include <Eigen/Core>

namespace sgdflux::sample {

/// x(t + h) = propagator·x(t) + shift + root·ξ in law for dx = (slope·x + constant) dt + noise dW, ξ standard normal.
struct LinearStep {
  Eigen::MatrixXd propagator;  ///< e^{slope·h}
  Eigen::VectorXd shift;       ///< ∫₀ʰ e^{slope·s} ds constant
  /// A square root of C = ∫₀ʰ e^{slope·s} noise noiseᵀ e^{slopeᵀ·s} ds, which may be singular: D√R with D = diag √C_ii
  /// and the symmetric root of the correlations R. Unlike other roots it is unique and continuous in h, so that steps
  /// of different size follow the same noise, and it does not mix units.
  Eigen::MatrixXd root;
};
[[nodiscard]] LinearStep linear_step(const Eigen::MatrixXd& slope, const Eigen::VectorXd& constant,
                                     const Eigen::MatrixXd& noise, double h);

}  // namespace sgdflux::sample
