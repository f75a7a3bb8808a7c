#pragma once
/// One-to-one assignment of eigenvalues that keeps conjugate ones together.
#include <Eigen/Core>
#include <vector>

#include "continuation/overlap.hpp"

namespace sgdflux::continuation {

/// For each eigenvalue of `before` that of `after` it is given, or −1: of all one-to-one assignments that of the
/// largest total weight. A pair goes on as a pair, its member with Im > 0 as such, or as two reals; a real goes on as a
/// real or as a member of a pair that it shares with another real; in both cases one of the two may be missing. The
/// first of two reals, in the order of their spectrum, belongs to Im > 0. Branch and bound, best weights first; beyond
/// 10⁵ steps the best found so far.
/// @param weight eigenvalues × eigenvalues; entries ≤ 0 are never chosen
/// @param alone what the weight of a real is multiplied by that belongs to a pair without the other one
[[nodiscard]] std::vector<int> assign(const std::vector<Unit>& before, const std::vector<Unit>& after,
                                      const Eigen::ArrayXXd& weight, double alone = 0.5);

}  // namespace sgdflux::continuation
