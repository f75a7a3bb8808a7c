#pragma once
/// Nodes and weights of Gauss–Kronrod quadrature, for integrands that are evaluated in batches.
#include <Eigen/Core>

namespace sgdflux::core {

/// The 15-point Kronrod rule on [−1, 1], and the embedded 7-point Gauss rule, whose difference shows the error.
struct KronrodRule {
  Eigen::Array<double, 15, 1> node;
  Eigen::Array<double, 15, 1> weight;
  Eigen::Array<double, 15, 1> coarse;  ///< weights of the Gauss rule, 0 at nodes that it does not have
};
[[nodiscard]] const KronrodRule& kronrod_rule();

}  // namespace sgdflux::core
