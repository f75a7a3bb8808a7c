#include "correlation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "posing.hpp"
#include "quantities.hpp"
#include "refinement.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/solve/propagate.hpp"
#include "sgdflux/theory/dynamics.hpp"
#include "solution.hpp"

namespace sgdflux::study {
namespace {

using Values = Eigen::ArrayXd;

constexpr double constant_share = 1e-13;  ///< spread of f relative to its root mean square below which it is constant
constexpr double propagate_tolerance = 1e-10;
constexpr double resolvent_tolerance = 1e-8;
constexpr double rounding = 1e-13;

/// f − ⟨f⟩ at the owned cells, with what averages of it need.
struct Deviation {
  Values values;
  double mean = 0;
  double variance = 0;
};

Deviation deviation(const Solution& solution, const model::Observable& f) {
  const Values values = f(solution.state.points());
  if (la::maximum(solution.comm, values.allFinite() ? 0 : 1) > 0) {
    throw core::SettingsError("correlate.observable = " + f.expression() +
                              " is NaN or infinite at some cells of the mesh");
  }
  const double size = std::sqrt(std::abs(observe::mean(solution.state, values.square())));
  Deviation result{values, observe::mean(solution.state, values), 0};
  result.values -= result.mean;
  result.variance = observe::mean(solution.state, result.values.square());
  if (!(std::sqrt(std::max(0., result.variance)) > constant_share * size)) {
    throw core::SettingsError("correlate.observable = " + f.expression() + " is constant, " +
                              std::to_string(result.mean) + " wherever there is mass: it correlates with nothing");
  }
  return result;
}

/// Σ f x over the cells.
double pair(const Solution& solution, const Values& f, const Values& x) {
  return la::sum(solution.comm, (f * x).sum()) * solution.grid.cell_volume();
}

void correlate_times(const Solution& solution, const solve::PropagateProblem& problem, const Deviation& f,
                     const Values& start, const std::vector<double>& times, Correlation& result, Answer& answer) {
  solve::PropagateOptions how;
  how.stepwise = false;
  how.tolerance = propagate_tolerance;
  Eigen::Index k = 0;
  const auto outcome = solve::propagate(solution.comm, problem, start, times, how, [&](const solve::Propagated& at) {
    result.autocorrelation(k) = pair(solution, f.values, at.state);
    result.displacement(k) = -2 * pair(solution, f.values, at.change);
    result.slope(k) = -2 * pair(solution, f.values, at.rate);
    ++k;
  });
  answer.solver += "; rational Krylov, " + std::to_string(outcome.vectors) + " vectors, " +
                   std::to_string(outcome.factorisations) + " factorisations";
  doubt(answer, outcome.converged ? "" : "the propagation in time did not converge: " + outcome.reason);
}

void correlate_frequencies(const Solution& solution, const solve::PropagateProblem& problem, const Deviation& f,
                           const Values& start, const std::vector<double>& frequencies, Correlation& result,
                           Answer& answer) {
  Eigen::Index k = 0;
  const auto outcome =
      solve::resolvent(solution.comm, problem, start, frequencies, resolvent_tolerance, [&](const solve::Resolved& at) {
        result.power(k) = 2 * pair(solution, f.values, at.real);
        // The real part is small against |x| above the rates of f: no share of it.
        const Values size = (at.real.square() + at.imaginary.square()).sqrt();
        result.power_error(k) = 2 * at.residual * pair(solution, f.values.abs(), size);
        ++k;
      });
  doubt(answer, outcome.converged ? "" : "the resolvent for the power spectrum did not converge: " + outcome.reason);
}

/// NaN everywhere, with the reason.
Correlation without_variance(const CorrelateOptions& options, const model::Observable& f, const std::string& why) {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const Values times = Values::Constant(static_cast<Eigen::Index>(options.times.size()), nothing);
  const Values frequencies = Values::Constant(static_cast<Eigen::Index>(options.frequencies.size()), nothing);
  Correlation result;
  result.autocorrelation = result.displacement = result.slope = times;
  result.autocorrelation_error = result.displacement_error = result.slope_error = times;
  result.power = result.power_error = frequencies;
  result.mean = result.mean_error = result.variance = result.variance_error = nothing;
  result.undefined = "the variance of " + f.expression() + ": " + why;
  return result;
}

/// Order at which averages of f converge: user's formulas may jump or have kinks.
int order_for(const Solution& solution, const model::Observable& f) {
  const auto& names = solution.sde.variables();
  const auto& derived = solution.sde.derived();
  const bool smooth =
      std::find(names.begin(), names.end(), f.expression()) != names.end() ||
      std::any_of(derived.begin(), derived.end(), [&](const model::Derived& q) { return q.name == f.expression(); });
  return smooth ? expected_order(solution) : 1;
}

Correlation on_grid(const Solution& solution, const CorrelateOptions& options, const model::Observable& f,
                    Answer& answer) {
  const Deviation centred = deviation(solution, f);
  const std::string undefined = undefined_sum(solution.state, centred.values.square() * solution.state.mass);
  if (!undefined.empty()) {
    return without_variance(options, f, undefined);
  }
  const auto times = static_cast<Eigen::Index>(options.times.size());
  const auto frequencies = static_cast<Eigen::Index>(options.frequencies.size());
  Correlation result;
  result.autocorrelation = result.displacement = result.slope = Values::Zero(times);
  result.power = result.power_error = Values::Zero(frequencies);
  result.mean = centred.mean;
  result.variance = centred.variance;
  const fv::Generator generator = solution.generator();
  const solve::PropagateProblem problem{solution.grid, solution.partition, generator};
  const Values start = centred.values * solution.state.density;
  correlate_times(solution, problem, centred, start, options.times, result, answer);
  correlate_frequencies(solution, problem, centred, start, options.frequencies, result, answer);
  const double outside = tail_safety * truncated_sum(solution.state, centred.values.square() * solution.state.mass);
  const double own = outside + (solution.law().solver_error + propagate_tolerance + rounding) * result.variance;
  result.autocorrelation_error = Values::Constant(times, own);
  // Displacement, its slope and the spectrum are integrals of the same contributions: the same share of them is
  // outside.
  const double share = own / result.variance;
  result.displacement_error = share * result.displacement.abs();
  result.slope_error = share * result.slope.abs();
  result.power_error += share * result.power.abs();
  result.variance_error = own;
  result.mean_error = std::sqrt(own * result.variance);
  return result;
}

void add_difference(const Correlation& other, double factor, Correlation& result) {
  result.autocorrelation_error += factor * (result.autocorrelation - other.autocorrelation).abs();
  result.displacement_error += factor * (result.displacement - other.displacement).abs();
  result.slope_error += factor * (result.slope - other.slope).abs();
  result.power_error += factor * (result.power - other.power).abs();
  result.mean_error += factor * std::abs(result.mean - other.mean);
  result.variance_error += factor * std::abs(result.variance - other.variance);
}

/// Closed form of the displacement where f is a variable of a linear model.
void compare(const model::Sde& sde, const model::Observable& f, const std::vector<double>& times, Correlation& result) {
  const auto exact = theory::linear_dynamics(sde);
  const auto variable = std::find(sde.variables().begin(), sde.variables().end(), f.expression());
  if (!exact || !exact->stable() || variable == sde.variables().end()) {
    return;
  }
  const Eigen::VectorXd weights = Eigen::VectorXd::Unit(sde.dimension(), variable - sde.variables().begin());
  result.exact_displacement.resize(static_cast<Eigen::Index>(times.size()));
  for (std::size_t k = 0; k < times.size(); ++k) {
    result.exact_displacement(static_cast<Eigen::Index>(k)) = exact->displacement(weights, times[k]);
  }
  result.source = exact->source();
}

void fill_audit(const Solution& solution, Answer& answer) {
  const Values density = solution.state.density / fv::jacobian(solution.grid, solution.owned);
  const double mass = la::sum(solution.comm, solution.state.mass.sum());
  answer.audit = {
      std::max(solution.result.conservation, std::abs(mass - 1)),
      std::abs(la::sum(solution.comm, (-solution.state.mass).max(0.).sum())),
      la::minimum(solution.comm, density.size() > 0 ? density.minCoeff() : std::numeric_limits<double>::max()),
      solution.result.residual, outside_mass(solution.state)};
}

void judge(const Solution& solution, Answer& answer) {
  doubt(answer, solution.result.converged ? "" : "the linear solver did not converge: " + solution.result.reason);
  if (!solution.result.simple) {
    answer.verdict = Verdict::several_ergodic_components;
    answer.reason = "zero is not a simple eigenvalue to working precision: correlations depend on the component";
  }
}

}  // namespace

Correlation correlations(MPI_Comm comm, const model::Sde& sde, const CorrelateOptions& options,
                         const model::Observable& f, const fv::Scheme& scheme, CorrelateAnswer& answer) {
  const auto solution = solve_on(comm, sde, answer.mesh, scheme);
  answer.solver = solution->solver;
  judge(*solution, answer);
  fill_audit(*solution, answer);
  if (answer.verdict == Verdict::several_ergodic_components) {
    return {};
  }
  Correlation result = on_grid(*solution, options, f, answer);
  if (options.estimate && result.undefined.empty()) {
    const auto coarse = solve_on(comm, sde, rescaled(answer.mesh, estimate_factor), scheme);
    Answer unspoken;
    const Correlation other = on_grid(*coarse, options, f, unspoken);
    doubt(answer, unspoken.reason);
    add_difference(other, error_factor(solution->grid, coarse->grid, order_for(*solution, f)), result);
  }
  compare(sde, f, options.times, result);
  const Values density = solution->state.density / fv::jacobian(solution->grid, solution->owned);
  answer.fields.push_back({"density",
                           "stationary probability density in the model's variables",
                           solution->grid.shape(),
                           solution->grid.dimension(),
                           solution->owned,
                           {density.begin(), density.end()}});
  return result;
}

}  // namespace sgdflux::study
