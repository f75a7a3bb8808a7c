#pragma once
/// Computed state against the exact one.
#include <optional>

#include "sgdflux/observe/current.hpp"
#include "sgdflux/study/answer.hpp"
#include "sgdflux/theory/reference.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// l1 = Σ|P_i V − P_exact(ξ_i) V| over the cells plus the exact mass outside, V the cell's ξ-volume: unknowns are point
/// values at cell centres, and both sides are summed by the same midpoint rule. Empty without a reference. Collective.
[[nodiscard]] std::optional<ReferenceComparison> compare(const Solution& solution, const observe::Current& current);

}  // namespace sgdflux::study
