#include "sgdflux/study/stationary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "comparison.hpp"
#include "domain.hpp"
#include "memory.hpp"
#include "output_fields.hpp"
#include "quantities.hpp"
#include "refusal.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/observe/current.hpp"

namespace sgdflux::study {
namespace {

/// Cells of the second grid relative to the first: coarse enough to differ, fine enough to be in the asymptotic range.
constexpr double estimate_factor = 0.7;
constexpr core::Index fewest_cells = 4;
constexpr double tolerated_negative_mass = 0.1;
constexpr double tolerated_mass_error = 1e-10;
constexpr double tolerated_variance_ratio = 1.5;  ///< between the two grids of an estimate

void report_progress(MPI_Comm comm, const StationaryOptions& options, const std::string& phase, double done) {
  if (options.progress && la::rank(comm) == 0) {
    options.progress(phase, done);
  }
}

/// The scheme that is asked for, or the one that fits, with the reason.
fv::Scheme choose_scheme(const model::Sde& sde, const StationaryOptions& options, StationaryAnswer& answer) {
  fv::Scheme scheme;
  scheme.damping = options.damping < 0 ? 1 : options.damping;
  if (options.flux != "auto") {
    scheme.flux = fv::parse_flux(options.flux);
    answer.why = "asked for";
  } else if (sde.dimension() == 1) {
    scheme.flux = fv::Flux::exact;
    answer.why = "one variable: the two-point flux is exact at the nodes";
  } else {
    scheme.flux = fv::Flux::order8;
    answer.why = "several variables: highest order; directions without noise are upwind-biased";
  }
  answer.flux = fv::to_string(scheme.flux);
  answer.damping = fv::two_point(scheme.flux) ? 0 : scheme.damping;
  return scheme;
}

/// Settles the mesh; false when the answer is a refusal.
bool settle_mesh(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options, StationaryAnswer& answer) {
  answer.mesh = options.mesh;
  if (std::none_of(options.mesh.begin(), options.mesh.end(), [](const auto& axis) { return axis.automatic(); })) {
    return true;
  }
  report_progress(comm, options, "domain", 0);
  Domain domain;
  if (sde.dimension() == 1) {
    la::guard(comm, [&] { domain = choose_line(sde, options.mesh[0]); });
  } else {
    domain = choose_box(comm, sde, options.mesh);
  }
  answer.remarks.insert(answer.remarks.end(), domain.remarks.begin(), domain.remarks.end());
  if (!domain.refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = domain.refusal;
    return false;
  }
  answer.mesh = domain.mesh;
  return true;
}

void fill_audit(const Solution& solution, StationaryAnswer& answer) {
  const auto& state = solution.state;
  const Eigen::ArrayXd density = state.density / fv::jacobian(solution.grid, state.owned);
  const double mass = observe::mean(state, Eigen::ArrayXd::Ones(state.mass.size()));
  answer.audit.mass_error = std::max(solution.result.conservation, std::abs(mass - 1));
  answer.audit.negative_mass = std::abs(la::sum(solution.comm, (-state.mass).max(0.).sum()));
  answer.audit.min_density =
      la::minimum(solution.comm, density.size() > 0 ? density.minCoeff() : std::numeric_limits<double>::infinity());
  answer.audit.residual = solution.result.residual;
  answer.audit.outside_mass = outside_mass(solution);
}

core::Estimate entropy_estimate(const Solution& solution, const observe::Current& current) {
  const Eigen::ArrayXd cells = observe::entropy_production_of_cells(solution.state, current, solution.sde);
  const double value = la::sum(solution.comm, cells.sum());
  if (!std::isfinite(value)) {
    return core::undefined(
        "the diffusion tensor is singular: without noise in every direction the rate is infinite or meaningless");
  }
  const double truncated = tail_safety * truncated_sum(solution, cells);
  return {value, truncated + (current.vanishes() ? 1 : 1e-12) * std::abs(value), {}};
}

/// Truncation counts twice, as for means (quantities.cpp); rounding is that of differences of fluxes.
Quantity circulation_of(const Solution& solution, const observe::Current& current, int a, int b) {
  const Eigen::ArrayXd cells = observe::circulation_of_cells(solution.state, current, a, b);
  const double value = la::sum(solution.comm, cells.sum());
  const double size = la::sum(solution.comm, cells.abs().sum());
  return {{value, tail_safety * truncated_sum(solution, cells) + 1e-12 * size, {}}, size};
}

/// Currents as quantities, so that the second grid gives them an error.
Quantities current_quantities(const Solution& solution, const observe::Current& current) {
  Quantities result;
  const auto& names = solution.sde.variables();
  for (int a = 0; a < solution.grid.dimension(); ++a) {
    const observe::NetFlux net = observe::net_flux(solution.state, current, a);
    const double truncated =
        tail_safety * truncated_sum(solution, observe::net_flux_of_cells(solution.state, current, a));
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
  Observed observed{observe::current(solution.state, solution.problem), quantities(solution, observables), {}};
  observed.flow = current_quantities(solution, observed.current);
  return observed;
}

/// What the second grid says against the first; empty if nothing.
std::string grid_disagreement(const model::Sde& sde, const Quantities& fine, const Quantities& coarse) {
  for (const auto& name : sde.variables()) {
    const std::string key = "cov." + name + "." + name;
    const auto& a = fine.at(key).estimate.value;
    const auto& b = coarse.at(key).estimate.value;
    if (a && b && !(*a / *b < tolerated_variance_ratio && *b / *a < tolerated_variance_ratio)) {
      std::ostringstream text;
      text.precision(3);
      text << "the variance of " << name << " is " << *a << " on this grid and " << *b
           << " on one with 0.7 times the cells per axis: the density is not resolved";
      return text.str();
    }
  }
  return {};
}

void doubt(StationaryAnswer& answer, const std::string& reason) {
  if (!reason.empty() && answer.verdict == Verdict::converged) {
    answer.verdict = Verdict::not_converged;
    answer.reason = reason;
  }
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

/// Order at which smooth quantities converge: that of the scheme, one less with damping; next to a reflecting wall two,
/// or one if the noise is correlated there.
int expected_order(const Solution& solution) {
  const fv::Scheme& scheme = solution.problem.scheme;
  const bool damped = !fv::two_point(scheme.flux) && fv::half_width(scheme.flux) > 1 && scheme.damping > 0;
  int order = fv::order(scheme.flux) - (damped ? 1 : 0);
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    const auto& spec = solution.grid.axis(d).spec();
    const auto& coupled = solution.problem.coupling[static_cast<std::size_t>(d)];
    if (spec.lower == mesh::Boundary::reflecting || spec.upper == mesh::Boundary::reflecting) {
      order = std::min(order, std::any_of(coupled.begin(), coupled.end(), [](bool c) { return c; }) ? 1 : 2);
    }
  }
  return order;
}

/// Error of the fine grid over the difference of the two: 1/(r^p − 1) for a scheme of order p and r times the cells
/// (Richardson 1911), twice that as two grids do not show their order (Roache 1994), and never less than the difference
/// itself.
double error_factor(const Solution& fine, const Solution& coarse, int order) {
  double ratio = std::numeric_limits<double>::infinity();
  for (int d = 0; d < fine.grid.dimension(); ++d) {
    const auto cells = static_cast<double>(fine.grid.axis(d).cells());
    ratio = std::min(ratio, cells / static_cast<double>(coarse.grid.axis(d).cells()));
  }
  return ratio > 1 ? std::max(1., 2 / (std::pow(ratio, order) - 1)) : 1;
}

/// Errors from a second grid with fewer cells.
void estimate_errors(const Solution& fine, const fv::Scheme& scheme, const std::vector<model::Observable>& observables,
                     Observed& observed, StationaryAnswer& answer) {
  const auto coarse = solve_on(fine.comm, fine.sde, rescaled(answer.mesh, estimate_factor), scheme);
  if (!coarse->result.converged) {
    doubt(answer, "the solve on the second grid of the error estimate did not converge: " + coarse->result.reason);
    return;
  }
  const Observed other = observe_all(*coarse, observables);
  const double smooth = error_factor(fine, *coarse, expected_order(fine));
  const double rough = error_factor(fine, *coarse, 1);
  add_discretisation_error(observed.state, other.state, smooth, rough);
  add_discretisation_error(observed.flow, other.flow, smooth, rough);
  doubt(answer, grid_disagreement(fine.sde, observed.state, other.state));
}

class Stopwatch {
 public:
  explicit Stopwatch(StationaryAnswer& answer) : answer_(answer) {}
  void lap(const std::string& name) {
    const double now = MPI_Wtime();
    answer_.seconds[name] += now - last_;
    last_ = now;
  }

 private:
  StationaryAnswer& answer_;
  double last_ = MPI_Wtime();
};

void answer_on_mesh(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                    const std::vector<model::Observable>& observables, const fv::Scheme& scheme,
                    StationaryAnswer& answer) {
  Stopwatch watch(answer);
  report_progress(comm, options, "solve", 0.1);
  const auto solution = solve_on(comm, sde, answer.mesh, scheme);
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

/// The mesh must lie in the domain that the model declares, with enough cells for a second grid.
void require_inside(const model::Sde& sde, int d, const mesh::AxisSpec& axis) {
  const model::Interval domain = sde.natural_domain(d);
  if (axis.cells < fewest_cells) {
    throw core::SettingsError("mesh." + axis.name + " has " + std::to_string(axis.cells) + " cells, at least " +
                              std::to_string(fewest_cells) + " are needed");
  }
  if (!axis.automatic() && (axis.arguments[0] < domain.lower || axis.arguments[1] > domain.upper)) {
    std::ostringstream text;
    text << "mesh." << axis.name << " = " << axis.to_string() << " leaves the model's domain of " << axis.name
         << ", from " << domain.lower << " to " << domain.upper;
    throw core::SettingsError(text.str());
  }
}

}  // namespace

void StationaryOptions::validate(const model::Sde& sde) const {
  if (mesh.size() != sde.variables().size()) {
    throw core::SettingsError("mesh: " + std::to_string(mesh.size()) + " axes for " +
                              std::to_string(sde.variables().size()) + " variables");
  }
  core::Index cells = 1;
  bool any_automatic = false;
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    require_inside(sde, static_cast<int>(d), mesh[d]);
    if (mesh[d].name != sde.variables()[d]) {
      throw core::SettingsError(core::unknown_name("mesh axis", mesh[d].name, sde.variables()));
    }
    any_automatic = any_automatic || mesh[d].automatic();
    cells *= std::min<core::Index>(mesh[d].cells, core::Index{1} << 31);
    cells = std::min<core::Index>(cells, core::Index{1} << 40);
  }
  if (flux != "auto") {
    static_cast<void>(fv::parse_flux(flux));
  }
  if (damping > 1) {
    throw core::SettingsError("scheme.damping = " + std::to_string(damping) +
                              " is out of range: auto, or 0 ≤ damping ≤ 1");
  }
  if (any_automatic && cells > max_cells) {
    throw core::SettingsError("mesh: " + std::to_string(cells) +
                              " cells on an automatic mesh exceed scheme.max_cells = " + std::to_string(max_cells));
  }
}

StationaryAnswer stationary(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                            const std::vector<model::Observable>& observables) {
  options.validate(sde);
  StationaryAnswer answer;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, answer);
  if (sde.dimension() > 1 && scheme.flux == fv::Flux::exact) {
    throw core::SettingsError("scheme.flux = exact is for one variable; this model has " +
                              std::to_string(sde.dimension()) + ": use order2, order4, order6, order8 or monotone");
  }
  std::string refusal;
  la::guard(comm, [&] { refusal = refuse_question(sde, options.mesh); });
  if (!refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = refusal;
    answer.mesh = options.mesh;
    return answer;
  }
  if (settle_mesh(comm, sde, options, answer)) {
    require_memory(comm, sde, answer.mesh, scheme, options.memory_limit);
    answer_on_mesh(comm, sde, options, observables, scheme, answer);
  }
  return answer;
}

}  // namespace sgdflux::study
