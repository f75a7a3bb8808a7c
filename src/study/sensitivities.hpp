#pragma once
/// Derivatives of stationary averages by parameters of the model, one adjoint solve for each average.
#include <map>
#include <string>
#include <vector>

#include "quantities.hpp"
#include "sgdflux/study/sensitivity.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// By parameter, then by the name of the average.
using Sensitivities = std::map<std::string, Quantities>;

/// d⟨f⟩/dp = ⟨∂f/∂p⟩ + ∫ψ (∂L/∂p) P of all means, covariances and formulas of `averages` that have a value, with
/// Lᵀψ = −(f − ⟨f⟩) on the solution's grid; ∂/∂p are central differences of fourth order on the same grid with the same
/// scheme, coupling, balance of jumps and limited cells. A covariance is the average of (a − ⟨a⟩)(b − ⟨b⟩). Errors hold
/// truncation, rounding, solver and the step of the differences, not the discretisation. Empty without variations.
/// Collective. @throws SettingsError for NaN coefficients and what Variation::at throws.
[[nodiscard]] Sensitivities sensitivities(const Solution& solution, const std::vector<Variation>& variations,
                                          const std::vector<model::Observable>& observables,
                                          const Quantities& averages);

}  // namespace sgdflux::study
