#include "stationary_round.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "comparison.hpp"
#include "escaping.hpp"
#include "flux_choice.hpp"
#include "mixture.hpp"
#include "observed.hpp"
#include "output_fields.hpp"
#include "refinement.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "tails.hpp"

namespace sgdflux::study {
namespace {

constexpr double tolerated_negative_mass = 0.1;
constexpr double tolerated_outside_mass = 0.5;
constexpr double tolerated_mass_error = 1e-10;

double least_density(const Solution& solution) {
  double least = std::numeric_limits<double>::infinity();
  for (const observe::Slab& slab : observe::slabs(solution.owned)) {
    Eigen::ArrayXd density = solution.state.density.segment(slab.begin, slab.cells.cells());
    fv::divide_slopes(solution.grid, slab.cells, density);
    least = std::min(least, density.minCoeff());
  }
  return la::minimum(solution.comm, least);
}

void fill_audit(const Solution& solution, StationaryAnswer& answer) {
  const auto& state = solution.state;
  const double mass = la::sum(solution.comm, state.mass.sum());
  answer.audit.mass_error = std::max(solution.result.conservation, std::abs(mass - 1));
  answer.audit.negative_mass = std::abs(la::sum(solution.comm, (-state.mass).max(0.).sum()));
  answer.audit.min_density = least_density(solution);
  answer.audit.residual = solution.result.residual;
  answer.audit.outside_mass = outside_mass(solution.state);
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
  if (!(answer.audit.outside_mass <= tolerated_outside_mass)) {
    doubt(answer, "the estimated probability outside the mesh is " + std::to_string(answer.audit.outside_mass) +
                      ": the mesh is too small, or nothing confines the mass");
  }
  if (answer.audit.negative_mass > tolerated_negative_mass) {
    doubt(answer, "the density has a negative mass of " + std::to_string(answer.audit.negative_mass) +
                      ": the grid is too coarse for this scheme");
  }
}

/// Tells the components of a mixture apart; true if the start lies in one of them, which then is the solution.
bool choose_from_mixture(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                         const std::vector<model::Observable>& observables, const fv::Scheme& scheme,
                         std::unique_ptr<Solution>& solution, std::unique_ptr<Solution>& coarse,
                         StationaryAnswer& answer) {
  fv::Scheme unlimited = scheme;
  if (scheme.flux == fv::Flux::limited) {
    unlimited.flux = fv::Flux::order8;
    answer.flux = fv::to_string(unlimited.flux);
    answer.why += "; the densities of components that no surface tells apart are not limited";
    answer.scheme_numbers.clear();
  }
  const double conservation = solution->result.conservation;
  Mixture mixture = add_mixture(comm, sde, options, observables, unlimited, answer);
  if (mixture.chosen < 0) {
    return false;
  }
  const auto k = static_cast<std::size_t>(mixture.chosen);
  solution = std::move(mixture.fine[k]);
  solution->result.conservation = conservation;  // of the generator, which all components share
  coarse = mixture.coarse.empty() ? nullptr : std::move(mixture.coarse[k]);
  answer.verdict = Verdict::converged;
  answer.reason.clear();
  answer.mesh = answer.components[k].mesh;
  answer.solver = solution->solver;
  answer.solves = solution->solves;
  answer.remarks.push_back("the density is that of the component " + answer.components[k].where +
                           ", where all mass of stationary.start ends");
  return true;
}

/// Whether there is one density that does not leave through truncated ends.
bool is_confined(const Solution& solution, StationaryAnswer& answer) {
  if (answer.verdict != Verdict::converged) {
    return true;
  }
  const Escape escape = escaping_mass(solution);
  if (!escape.refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = escape.refusal;
    return false;
  }
  doubt(answer, escape.doubt);
  return true;
}

}  // namespace

Round answer_on_mesh(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                     const std::vector<model::Observable>& observables, fv::Scheme scheme,
                     const StationaryAnswer& posed) {
  Round round{posed, {}, false, 1};
  StationaryAnswer& answer = round.answer;
  Stopwatch watch(answer);
  report_progress(comm, options, "solve", 0.1);
  std::unique_ptr<Solution> solution = solve_chosen(comm, sde, options, scheme, answer);
  std::unique_ptr<Solution> coarse;
  watch.lap("solve");
  answer.seconds["assemble"] = solution->assemble_seconds;
  answer.seconds["solve"] = solution->solve_seconds - solution->assemble_seconds;
  answer.solver = solution->solver;
  answer.solves = solution->solves;
  judge_solver(*solution, answer);
  if (!options.estimate) {
    answer.remarks.emplace_back(
        "scheme.estimate = off: errors hold truncation and solver only, not the discretisation");
  }
  if (answer.verdict == Verdict::several_ergodic_components &&
      !choose_from_mixture(comm, sde, options, observables, scheme, solution, coarse, answer)) {
    return round;
  }
  if (!is_confined(*solution, answer)) {
    return round;
  }
  report_progress(comm, options, "observe", 0.5);
  fill_audit(*solution, answer);
  judge_density(answer);
  // The generator of one component of several has other null vectors than those that derivatives rest on.
  const std::vector<Variation> none;
  const Wanted wanted{observables, answer.components.empty() ? options.variations : none};
  Observed observed = observe_all(*solution, wanted);
  answer.reference = compare(*solution, observed.current);
  fill_arrays(*solution, observed.current, answer);
  answer.tails = tail_decays(sde, solution->state);
  answer.density_error = known_density_error(*solution);
  const double divergence = observe::divergence(solution->state, observed.current);
  watch.lap("observe");
  if (options.estimate) {
    report_progress(comm, options, "estimate errors", 0.6);
    const Quantities before = observed.state;
    round.estimated =
        estimate_errors(*solution, std::move(coarse), scheme, wanted, observed, answer) && solution->result.converged;
    round.shares = shares(before, observed.state, solution->law().solver_error);
    round.order = expected_order(*solution);
    watch.lap("estimate");
  }
  answer.observables = estimates(observed.state);
  answer.current = {observed.current.max, divergence, estimates(observed.flow)};
  for (const auto& [parameter, derivatives] : observed.sensitivities) {
    answer.sensitivities[parameter] = estimates(derivatives);
  }
  if (options.fields) {
    fill_fields(*solution, std::move(observed.current), answer);
  }
  watch.lap("observe");
  report_progress(comm, options, "done", 1);
  return round;
}

}  // namespace sgdflux::study
