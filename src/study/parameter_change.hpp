#pragma once
/// How fluxes and averaged functions on a grid change with a parameter of the model.
#include <array>
#include <memory>
#include <vector>

#include "sgdflux/study/sensitivity.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Central differences by a parameter, and those of second order to tell how good they are.
struct Slope {
  core::Batch fourth;
  core::Batch second;
};

/// The model at p − 2δ, p − δ, p + δ and p + 2δ.
using Neighbours = std::array<std::shared_ptr<const Neighbour>, 4>;

struct ParameterChange {
  Neighbours neighbours;
  Slope flux;       ///< of the density as it is, through the lower faces of the owned cells: cells × dimension
  Slope rate;       ///< (∂L/∂p) P at the owned cells: cells × 1
  Slope functions;  ///< of base_functions at the owned cells
};

/// Collective. @throws SettingsError for NaN coefficients and what Variation::at throws.
[[nodiscard]] ParameterChange parameter_change(const Solution& solution, const Variation& variation);

/// Differences with `step` of values at the neighbours; not collective.
[[nodiscard]] Slope slope(const std::array<core::Batch, 4>& values, double step);

/// Σ|w_k P_k| of the fluxes through the lower faces of the owned cells: what they are rounded relative to. Collective.
[[nodiscard]] core::Batch one_way_fluxes(const Solution& solution);

/// Whether a formula names something that changes with the parameter, or that is not known not to. Not collective.
[[nodiscard]] bool may_change(const model::Observable& formula, const Solution& solution,
                              const ParameterChange& change);

}  // namespace sgdflux::study
