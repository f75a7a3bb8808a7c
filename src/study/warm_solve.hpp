#pragma once
/// Direct solves of one problem after the other.
#include "sgdflux/fv/generator.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Whether a sequence of problems may use each other's factors: not in one variable, where new ones cost nothing, nor
/// where positivity hangs on inverse iteration with factors of the operator itself.
[[nodiscard]] bool in_sequence(const Solution& solution);

/// As one of a sequence: with the factors at hand, with new ones where these have worn out, or from scratch. The result
/// goes to `solution`. Collective.
void solve_next(Solution& solution, const fv::Generator& rows);

}  // namespace sgdflux::study
