#pragma once
/// Everything that is measured on one stationary density, and its errors from coarser grids.
#include <memory>
#include <vector>

#include "quantities.hpp"
#include "sensitivities.hpp"
#include "sgdflux/observe/current.hpp"
#include "sgdflux/study/stationary.hpp"
#include "solution.hpp"

namespace sgdflux::study {

/// Averages over the density and their derivatives, and net fluxes, circulations and entropy production.
struct Observed {
  observe::Current current;
  Quantities state;
  Quantities flow;
  Sensitivities sensitivities;
};

/// What is to be measured besides variables and derived quantities.
struct Wanted {
  const std::vector<model::Observable>& observables;
  const std::vector<Variation>& variations;
};

/// Collective. @throws SettingsError for NaN coefficients.
[[nodiscard]] Observed observe_all(const Solution& solution, const Wanted& wanted);

/// What truncation and solver do to the density, ∫|p − p_exact|. Collective.
[[nodiscard]] double known_density_error(const Solution& solution);

/// Adds discretisation errors from a second and a third grid with fewer cells to `observed` and to the density error
/// and tails of `answer`. @param coarse the second grid where it was solved already, for one component of several,
/// which then has no third one; else null. @return false when the second grid could not be solved. Collective.
[[nodiscard]] bool estimate_errors(const Solution& fine, std::unique_ptr<Solution> coarse, const fv::Scheme& scheme,
                                   const Wanted& wanted, Observed& observed, StationaryAnswer& answer);

}  // namespace sgdflux::study
