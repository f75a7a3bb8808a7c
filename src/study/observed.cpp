#include "observed.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "convergence.hpp"
#include "posing.hpp"
#include "refinement.hpp"
#include "sgdflux/la/halo.hpp"
#include "tails.hpp"

namespace sgdflux::study {
namespace {

core::Estimate entropy_estimate(const Solution& solution, const observe::Current& current) {
  const observe::Profiles cells = observe::entropy_production_profiles(solution.state, current, solution.sde);
  const double value = cells.sum();
  if (!std::isfinite(value)) {
    return core::undefined(
        "the diffusion tensor is singular: without noise in every direction the rate is infinite or meaningless");
  }
  const double truncated = tail_safety * truncated_sum(solution.state, cells);
  return {value, truncated + (current.vanishes() ? 1 : 1e-12) * std::abs(value), {}};
}

/// Truncation counts twice, as for means (quantities.cpp); rounding is that of differences of fluxes.
Quantity circulation_of(const Solution& solution, const observe::Current& current, int a, int b) {
  const observe::Profiles cells = observe::circulation_profiles(solution.state, current, a, b);
  const double size = cells.size();
  return {{cells.sum(), tail_safety * truncated_sum(solution.state, cells) + 1e-12 * size, {}}, size};
}

/// Currents as quantities, so that the second grid gives them an error.
Quantities current_quantities(const Solution& solution, const observe::Current& current) {
  Quantities result;
  const auto& names = solution.sde.variables();
  for (int a = 0; a < solution.grid.dimension(); ++a) {
    const observe::NetFlux net = observe::net_flux(solution.state, current, a);
    const double truncated =
        tail_safety * truncated_sum(solution.state, observe::net_flux_profiles(solution.state, current, a));
    result["net." + names[static_cast<std::size_t>(a)]] = {{net.mean, net.spread + truncated, {}}, std::abs(net.mean)};
    for (int b = a + 1; b < solution.grid.dimension(); ++b) {
      result["circulation." + names[static_cast<std::size_t>(a)] + "." + names[static_cast<std::size_t>(b)]] =
          circulation_of(solution, current, a, b);
    }
  }
  result["entropy_production"] = {entropy_estimate(solution, current), 0};
  return result;
}

/// The third grid of the estimate, where one is left that holds the scheme's stencil and its solve converges.
std::unique_ptr<Solution> third_grid(const Solution& second, const fv::Scheme& scheme) {
  std::vector<mesh::AxisSpec> mesh;
  for (const auto& axis : second.grid.axes()) {
    mesh.push_back(axis.spec());
  }
  const std::vector<mesh::AxisSpec> few = rescaled(mesh, estimate_factor);
  const core::Index fewest = std::max(4, 2 * fv::half_width(scheme.flux));
  if (std::any_of(few.begin(), few.end(), [&](const auto& axis) { return axis.cells < fewest; })) {
    return nullptr;
  }
  auto third = solve_on(second.comm, second.sde, few, scheme, {second.warm});
  return third->result.converged ? std::move(third) : nullptr;
}

/// Derivatives that no second grid supports: their scale is their error.
void add_scales(Quantities& quantities) {
  for (auto& [name, quantity] : quantities) {
    if (quantity.estimate.value) {
      *quantity.estimate.error += quantity.scale;
    }
  }
}

void add_errors(Sensitivities& fine, const Sensitivities& second, const Sensitivities* third,
                const Convergence& densities) {
  for (auto& [parameter, derivatives] : fine) {
    if (second.empty()) {
      add_scales(derivatives);
      continue;
    }
    const bool three = third != nullptr && !third->empty();
    add_errors(derivatives, second.at(parameter), three ? &third->at(parameter) : nullptr, densities);
  }
}

/// Fluxes and derivatives change by about the share of the mass that was moved.
void add_share(double change, Quantities& quantities) {
  for (auto& [name, quantity] : quantities) {
    if (quantity.estimate.value) {
      *quantity.estimate.error += change * (std::abs(*quantity.estimate.value) + quantity.scale);
    }
  }
}

/// What limiting changed on this grid counts as error: where it acts the scheme has its low order, and the other grids,
/// limited as well, show less of that than there is.
void add_limiting_errors(const Solution& fine, const std::vector<model::Observable>& observables, Observed& observed,
                         StationaryAnswer& answer) {
  if (fine.limited == 0) {
    return;
  }
  observe::State before = fine.state;
  observe::replace_density(before, fine.unlimited);
  const Quantities unlimited = quantities({fine.sde, before, 0, true}, observables);
  for (auto& [name, quantity] : observed.state) {
    const auto found = unlimited.find(name);
    if (quantity.estimate.value && found != unlimited.end() && found->second.estimate.value) {
      *quantity.estimate.error += std::abs(*quantity.estimate.value - *found->second.estimate.value);
    }
  }
  const double change = la::sum(fine.comm, (before.mass - fine.state.mass).abs().sum());
  add_share(change, observed.flow);
  for (auto& [parameter, derivatives] : observed.sensitivities) {
    add_share(change, derivatives);
  }
  *answer.density_error += change;
}

/// What is known of an average to a relative error r has a derivative known to about r, times how fast r itself
/// changes: a tail that is cut off depends on the parameter as steeply as the average does.
void add_errors_of_averages(const Wanted& wanted, Observed& observed) {
  constexpr double safety = 3;
  constexpr double useless = 0.1;
  for (const Variation& variation : wanted.variations) {
    for (auto& [name, derivative] : observed.sensitivities[variation.parameter]) {
      const auto average = observed.state.find(name);
      if (!derivative.estimate.value || average == observed.state.end() || !average->second.estimate.value) {
        continue;
      }
      const double size = std::max(std::abs(*average->second.estimate.value), average->second.scale);
      const double relative = size > 0 ? *average->second.estimate.error / size : 0;
      const double slope = std::abs(*derivative.estimate.value);
      if (relative > useless) {
        derivative.estimate =
            core::undefined("the average itself is known to a relative error of " + std::to_string(relative) + " only");
        continue;
      }
      *derivative.estimate.error +=
          size > 0 ? slope * relative * (safety + std::abs(variation.value) * slope / size) : 0;
    }
  }
}

}  // namespace

Observed observe_all(const Solution& solution, const Wanted& wanted) {
  Observed observed{
      observe::current(solution.state, solution.problem), quantities(solution.law(), wanted.observables), {}, {}};
  observed.flow = current_quantities(solution, observed.current);
  observed.sensitivities = sensitivities(solution, wanted.variations, wanted.observables, observed.state);
  return observed;
}

double known_density_error(const Solution& solution) {
  constexpr double rounding = 1e-13;
  // Mass beyond the ends is missing there and added inside.
  return 2 * tail_safety * outside_mass(solution.state) + solution.law().solver_error + rounding;
}

bool estimate_errors(const Solution& fine, std::unique_ptr<Solution> coarse, const fv::Scheme& scheme,
                     const Wanted& wanted, Observed& observed, StationaryAnswer& answer) {
  const bool whole = coarse == nullptr;
  if (whole) {
    coarse = solve_on(fine.comm, fine.sde, rescaled(answer.mesh, estimate_factor), scheme, {fine.warm});
  }
  if (!coarse->result.converged) {
    doubt(answer, "the solve on the second grid of the error estimate did not converge: " + coarse->result.reason);
    return false;
  }
  const auto third = whole ? third_grid(*coarse, scheme) : nullptr;
  Convergence densities{density_change(fine, *coarse),
                        {},
                        error_factor(fine.grid, coarse->grid, expected_order(fine)),
                        error_factor(fine.grid, coarse->grid, 1),
                        ratio_by_order(fine, coarse->grid),
                        beats_its_order(fine),
                        exact_at_nodes(fine)};
  const Observed other = observe_all(*coarse, wanted);
  std::optional<Observed> last;
  if (third) {
    densities.before = density_change(*coarse, *third);
    last = observe_all(*third, wanted);
  }
  add_errors(observed.state, other.state, last ? &last->state : nullptr, densities);
  add_errors(observed.flow, other.flow, last ? &last->flow : nullptr, densities);
  add_errors(observed.sensitivities, other.sensitivities, last ? &last->sensitivities : nullptr, densities);
  add_errors_of_averages(wanted, observed);
  answer.density_error = *answer.density_error + density_error(densities);
  add_limiting_errors(fine, wanted.observables, observed, answer);
  doubt(answer, grid_disagreement(fine.sde, observed.state, other.state));
  add_exponent_errors(answer.tails, tail_decays(fine.sde, coarse->state));
  return true;
}

}  // namespace sgdflux::study
