#pragma once
/// The linear problem of one grid by one way after the other.
#include "solution.hpp"
#include "solver_choice.hpp"

namespace sgdflux::study {

/// Solves the problem as its scheme stands by the first way that converges, and says so in `solution`: result,
/// attempts, solver in words, largest rate. Every answer is judged by its true residual. Collective.
/// @throws SettingsError, on every rank, when no way can be tried: memory, or groups of variables that are too large.
void solve_linear(Solution& solution);

}  // namespace sgdflux::study
