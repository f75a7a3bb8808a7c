#include "sgdflux/study/stationary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "comparison.hpp"
#include "convergence.hpp"
#include "flux_choice.hpp"
#include "memory.hpp"
#include "output_fields.hpp"
#include "posing.hpp"
#include "quantities.hpp"
#include "refinement.hpp"
#include "refusal.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/observe/current.hpp"

namespace sgdflux::study {
namespace {

constexpr double tolerated_negative_mass = 0.1;
constexpr double tolerated_mass_error = 1e-10;

void fill_audit(const Solution& solution, StationaryAnswer& answer) {
  const auto& state = solution.state;
  const Eigen::ArrayXd density = state.density / fv::jacobian(solution.grid, state.owned);
  const double mass = observe::mean(state, Eigen::ArrayXd::Ones(state.mass.size()));
  answer.audit.mass_error = std::max(solution.result.conservation, std::abs(mass - 1));
  answer.audit.negative_mass = std::abs(la::sum(solution.comm, (-state.mass).max(0.).sum()));
  answer.audit.min_density =
      la::minimum(solution.comm, density.size() > 0 ? density.minCoeff() : std::numeric_limits<double>::infinity());
  answer.audit.residual = solution.result.residual;
  answer.audit.outside_mass = outside_mass(solution.state);
}

core::Estimate entropy_estimate(const Solution& solution, const observe::Current& current) {
  const Eigen::ArrayXd cells = observe::entropy_production_of_cells(solution.state, current, solution.sde);
  const double value = la::sum(solution.comm, cells.sum());
  if (!std::isfinite(value)) {
    return core::undefined(
        "the diffusion tensor is singular: without noise in every direction the rate is infinite or meaningless");
  }
  const double truncated = tail_safety * truncated_sum(solution.state, cells);
  return {value, truncated + (current.vanishes() ? 1 : 1e-12) * std::abs(value), {}};
}

/// Truncation counts twice, as for means (quantities.cpp); rounding is that of differences of fluxes.
Quantity circulation_of(const Solution& solution, const observe::Current& current, int a, int b) {
  const Eigen::ArrayXd cells = observe::circulation_of_cells(solution.state, current, a, b);
  const double value = la::sum(solution.comm, cells.sum());
  const double size = la::sum(solution.comm, cells.abs().sum());
  return {{value, tail_safety * truncated_sum(solution.state, cells) + 1e-12 * size, {}}, size};
}

/// Currents as quantities, so that the second grid gives them an error.
Quantities current_quantities(const Solution& solution, const observe::Current& current) {
  Quantities result;
  const auto& names = solution.sde.variables();
  for (int a = 0; a < solution.grid.dimension(); ++a) {
    const observe::NetFlux net = observe::net_flux(solution.state, current, a);
    const double truncated =
        tail_safety * truncated_sum(solution.state, observe::net_flux_of_cells(solution.state, current, a));
    result["net." + names[static_cast<std::size_t>(a)]] = {{net.mean, net.spread + truncated, {}}, std::abs(net.mean)};
    for (int b = a + 1; b < solution.grid.dimension(); ++b) {
      result["circulation." + names[static_cast<std::size_t>(a)] + "." + names[static_cast<std::size_t>(b)]] =
          circulation_of(solution, current, a, b);
    }
  }
  result["entropy_production"] = {entropy_estimate(solution, current), 0};
  return result;
}

/// Both kinds of quantities of one grid.
struct Observed {
  observe::Current current;
  Quantities state;
  Quantities flow;
};

Observed observe_all(const Solution& solution, const std::vector<model::Observable>& observables) {
  Observed observed{observe::current(solution.state, solution.problem), quantities(solution.law(), observables), {}};
  observed.flow = current_quantities(solution, observed.current);
  return observed;
}

void judge_solver(const Solution& solution, StationaryAnswer& answer) {
  if (!solution.result.converged) {
    doubt(answer, "the linear solver did not converge: " + solution.result.reason);
  } else if (!solution.result.simple) {
    std::ostringstream text;
    text.precision(3);
    text << "zero is not a simple eigenvalue to working precision (the next one is " << solution.result.gap
         << " in modulus, the fastest rate " << solution.largest_rate
         << "): several components, or one with an exponentially slow exchange";
    answer.verdict = Verdict::several_ergodic_components;
    answer.reason = text.str();
  }
}

void judge_density(StationaryAnswer& answer) {
  if (!(answer.audit.mass_error <= tolerated_mass_error)) {
    doubt(answer, "the discrete process loses mass: error " + std::to_string(answer.audit.mass_error));
  }
  if (answer.audit.negative_mass > tolerated_negative_mass) {
    doubt(answer, "the density has a negative mass of " + std::to_string(answer.audit.negative_mass) +
                      ": the grid is too coarse for this scheme");
  }
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
  auto third = solve_on(second.comm, second.sde, few, scheme);
  return third->result.converged ? std::move(third) : nullptr;
}

/// Errors from a second and a third grid with fewer cells.
void estimate_errors(const Solution& fine, const fv::Scheme& scheme, const std::vector<model::Observable>& observables,
                     Observed& observed, StationaryAnswer& answer) {
  const auto coarse = solve_on(fine.comm, fine.sde, rescaled(answer.mesh, estimate_factor), scheme);
  if (!coarse->result.converged) {
    doubt(answer, "the solve on the second grid of the error estimate did not converge: " + coarse->result.reason);
    return;
  }
  const auto third = third_grid(*coarse, scheme);
  Convergence densities{density_change(fine, *coarse),
                        {},
                        error_factor(fine.grid, coarse->grid, expected_order(fine)),
                        error_factor(fine.grid, coarse->grid, 1),
                        ratio_by_order(fine, coarse->grid),
                        beats_its_order(fine),
                        exact_at_nodes(fine)};
  const Observed other = observe_all(*coarse, observables);
  std::optional<Observed> last;
  if (third) {
    densities.before = density_change(*coarse, *third);
    last = observe_all(*third, observables);
  }
  add_errors(observed.state, other.state, last ? &last->state : nullptr, densities);
  add_errors(observed.flow, other.flow, last ? &last->flow : nullptr, densities);
  answer.density_error = *answer.density_error + density_error(densities);
  doubt(answer, grid_disagreement(fine.sde, observed.state, other.state));
}

/// What truncation and solver do to the density: mass beyond the ends is missing there and added inside.
double known_density_error(const Solution& solution) {
  constexpr double rounding = 1e-13;
  return 2 * tail_safety * outside_mass(solution.state) + solution.law().solver_error + rounding;
}

void answer_on_mesh(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                    const std::vector<model::Observable>& observables, fv::Scheme scheme, StationaryAnswer& answer) {
  Stopwatch watch(answer);
  report_progress(comm, options, "solve", 0.1);
  const auto solution = solve_chosen(comm, sde, options, scheme, answer);
  watch.lap("solve");
  answer.seconds["assemble"] = solution->assemble_seconds;
  answer.seconds["solve"] = solution->solve_seconds;
  answer.solver = solution->solver;
  judge_solver(*solution, answer);
  if (answer.verdict == Verdict::several_ergodic_components) {
    return;
  }
  report_progress(comm, options, "observe", 0.5);
  fill_audit(*solution, answer);
  judge_density(answer);
  Observed observed = observe_all(*solution, observables);
  answer.reference = compare(*solution, observed.current);
  fill_fields(*solution, observed.current, answer);
  answer.density_error = known_density_error(*solution);
  watch.lap("observe");
  if (options.estimate) {
    report_progress(comm, options, "estimate errors", 0.6);
    estimate_errors(*solution, scheme, observables, observed, answer);
    watch.lap("estimate");
  } else {
    answer.remarks.emplace_back(
        "scheme.estimate = off: errors hold truncation and solver only, not the discretisation");
  }
  answer.observables = estimates(observed.state);
  answer.current = {observed.current.max, observe::divergence(solution->state, observed.current),
                    estimates(observed.flow)};
  report_progress(comm, options, "done", 1);
}

}  // namespace

StationaryAnswer stationary(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                            const std::vector<model::Observable>& observables) {
  options.validate(sde);
  StationaryAnswer answer;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, false, answer);
  std::string refusal;
  la::guard(comm, [&] { refusal = refuse_question(sde, options.mesh); });
  if (!refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = refusal;
    answer.mesh = options.mesh;
    return answer;
  }
  if (settle_mesh(comm, sde, options, {}, answer)) {
    require_memory(comm, sde, answer.mesh, scheme, options.memory_limit);
    answer_on_mesh(comm, sde, options, observables, scheme, answer);
  }
  return answer;
}

}  // namespace sgdflux::study
