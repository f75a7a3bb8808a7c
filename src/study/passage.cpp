#include "sgdflux/study/passage.hpp"

#include <algorithm>
#include <cmath>

#include "escape.hpp"
#include "memory.hpp"
#include "modes.hpp"
#include "posing.hpp"
#include "quantities.hpp"
#include "refinement.hpp"
#include "refusal.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "transition.hpp"

namespace sgdflux::study {
namespace {

using Values = Eigen::ArrayXd;
using Numbers = std::map<std::string, double>;

constexpr double passage_reach = 8;
constexpr double smaller_share = 0.05;
constexpr double tolerated_change = 0.1;  ///< relative, between boxes and grids
constexpr double rounding = 1e-13;
const std::string rounding_of = "rounding.";  ///< before the name of a number: its absolute error by rounding

/// One question on the meshes of its error estimate: numbers of a mesh, and fields of the first.
struct Question {
  std::function<Numbers(const std::vector<mesh::AxisSpec>& mesh, bool keep)> ask;
  int order;  ///< at which the numbers converge next to an absorbing surface, at best
};

fv::AbsorbingSet positive(const std::shared_ptr<const model::Observable>& f, double sign) {
  if (!f) {
    return {};
  }
  return [f, sign](const core::BatchView& x) { return Values(sign * (*f)(x)); };
}

void add_field(const Assembly& assembly, const std::string& path, const std::string& meaning, const Values& values,
               Answer& answer) {
  answer.fields.push_back({path,
                           meaning,
                           assembly.grid.shape(),
                           assembly.grid.dimension(),
                           assembly.owned,
                           {values.begin(), values.end()}});
}

Numbers times_of(const Assembly& assembly, const Eigen::VectorXd& start, PassageAnswer* answer) {
  const PassageTimes times = passage_times(assembly, start);
  if (answer != nullptr) {
    add_field(assembly, "mean_time", "mean first-passage time from each point", times.mean, *answer);
    add_field(assembly, "variance_time", "variance of the first-passage time from each point", times.variance, *answer);
    answer->audit.residual = times.residual;
    answer->solver = "LU (MUMPS) of the backward operator";
  }
  const double second = times.start_variance + times.start_mean * times.start_mean;
  return {{"mean_time", times.start_mean},
          {"variance", times.start_variance},
          {rounding_of + "mean_time", times.rounding * times.start_mean},
          {rounding_of + "variance", 2 * times.rounding * second}};
}

void audit_density(const Assembly& assembly, const observe::State& state, Answer& answer) {
  const Values density = state.density / fv::jacobian(assembly.grid, assembly.owned);
  answer.audit.mass_error = std::abs(la::sum(assembly.comm, state.mass.sum()) - 1);
  answer.audit.negative_mass = std::abs(la::sum(assembly.comm, (-state.mass).max(0.).sum()));
  answer.audit.min_density = la::minimum(assembly.comm, density.size() > 0 ? density.minCoeff() : 0);
  answer.audit.outside_mass = outside_mass(state);
}

/// Rates and, under their report names, the moments of the quasi-stationary density.
Numbers survival_of(const Assembly& assembly, const std::vector<model::Observable>& observables,
                    PassageAnswer* answer) {
  const QuasiStationary found = quasi_stationary(assembly);
  const observe::State state = observe::make_state(assembly.comm, assembly.grid, assembly.partition, found.density);
  Numbers numbers{{"exit_rate", found.rate}, {"exit_rate_backward", found.rate_backward}, {"relaxation", found.next}};
  for (const auto& [name, quantity] : quantities({assembly.sde, state, 0, false}, observables)) {
    if (quantity.estimate.value) {
      numbers["of." + name] = *quantity.estimate.value;
    }
  }
  if (answer != nullptr) {
    audit_density(assembly, state, *answer);
    answer->audit.residual = found.residual;
    answer->solver = "inverse iteration with LU (MUMPS), forward and backward";
    doubt(*answer, found.converged ? "" : "inverse iteration for the quasi-stationary density did not stand still");
    add_field(assembly, "quasi_stationary", "quasi-stationary probability density in the model's variables",
              found.density / fv::jacobian(assembly.grid, assembly.owned), *answer);
  }
  return numbers;
}

Numbers rates_of(const Solution& solution, const fv::AbsorbingSet& from, const fv::AbsorbingSet& to,
                 PassageAnswer* answer) {
  const Transition found = transition(solution, from, to);
  if (answer != nullptr) {
    audit_density(solution, solution.state, *answer);
    answer->audit.residual = std::max(found.residual, solution.result.residual);
    answer->solver = solution.solver + "; LU (MUMPS) for the committors";
    doubt(*answer,
          solution.result.converged ? "" : "the stationary density did not converge: " + solution.result.reason);
    const Values jacobian = fv::jacobian(solution.grid, solution.owned);
    add_field(solution, "density", "stationary probability density", solution.state.density / jacobian, *answer);
    add_field(solution, "committor_forward", "probability to reach `to` before `from`", found.forward, *answer);
    add_field(solution, "committor_backward", "probability to have left `from` last rather than `to`", found.backward,
              *answer);
    add_field(solution, "reactive_density", "density of reactive paths, p q+ q-", found.reactive / jacobian, *answer);
    for (int d = 0; d < solution.grid.dimension(); ++d) {
      const std::string& name = solution.sde.variables()[static_cast<std::size_t>(d)];
      add_field(solution, "reactive_current/" + name, "reactive current in +" + name, found.current.col(d), *answer);
    }
  }
  return {{"rate", found.rate},
          {"rate_backward", found.rate_backward},
          {"probability_reactive", found.probability},
          {"transition_time", found.probability / found.rate}};
}

/// Numbers on the mesh with the differences to a coarser grid and a smaller box as errors.
void estimate(const Question& question, const PassageOptions& options, PassageAnswer& answer,
              std::map<std::string, core::Estimate>& results) {
  const Numbers fine = question.ask(answer.mesh, true);
  const auto coarse_mesh = rescaled(answer.mesh, estimate_factor);
  const auto box_mesh = smaller_box(answer.mesh, smaller_share);
  const Numbers coarse = options.estimate ? question.ask(coarse_mesh, false) : Numbers{};
  const Numbers boxed = options.estimate && !box_mesh.empty() ? question.ask(box_mesh, false) : Numbers{};
  const mesh::Grid grid(make_axes(answer.mesh));
  const double factor = error_factor(grid, mesh::Grid(make_axes(coarse_mesh)), question.order);
  for (const auto& [name, value] : fine) {
    if (name.starts_with(rounding_of)) {
      continue;
    }
    const auto own = fine.find(rounding_of + name);
    double error = own == fine.end() ? rounding * std::abs(value) : own->second;
    const auto difference = [&](const Numbers& other) {
      const auto found = other.find(name);
      return found == other.end() ? 0 : std::abs(found->second - value);
    };
    error += factor * difference(coarse) + difference(boxed);
    const bool decides = name == "mean_time" || name == "exit_rate" || name == "rate";
    if (decides && difference(boxed) > tolerated_change * std::abs(value)) {
      doubt(answer, name +
                        " changes by more than a tenth when the mesh ends a little earlier: it depends on where the "
                        "natural domain was cut, so it may be infinite");
    }
    if (decides && difference(coarse) > tolerated_change * std::abs(value)) {
      doubt(answer, name + " changes by more than a tenth on a grid with 0.7 times the cells: not resolved");
    }
    (name.starts_with("of.") ? answer.observables[name.substr(3)] : results[name]) = {value, error, {}};
  }
}

/// Two discretisations of one number are better than one: their distance counts as error, too.
void join(std::map<std::string, core::Estimate>& results, const std::string& name, const std::string& other) {
  auto& a = results.at(name);
  auto& b = results.at(other);
  const double distance = std::abs(*a.value - *b.value);
  a.error = *a.error + distance;
  b.error = *b.error + distance;
}

bool settle(MPI_Comm comm, const model::Sde& sde, const PassageOptions& options, PassageAnswer& answer) {
  const bool automatic =
      std::any_of(options.mesh.begin(), options.mesh.end(), [](const auto& axis) { return axis.automatic(); });
  std::string refusal;
  la::guard(comm, [&] {
    const bool stationary = options.from && options.to;
    refusal = stationary || (automatic && !has_absorbing_wall(options.mesh)) ? refuse_question(sde, options.mesh) : "";
  });
  if (!refusal.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason = refusal + (options.from && options.to ? "" : "; give the bounds of the mesh yourself");
    answer.mesh = options.mesh;
    return false;
  }
  return settle_mesh(comm, sde, options, {passage_reach, false}, answer);
}

fv::AbsorbingSet exit_set(const PassageOptions& options) { return positive(options.exit, 1); }

}  // namespace

void PassageOptions::validate(const model::Sde& sde) const {
  Options::validate(sde);
  if (start && start->size() != sde.dimension()) {
    throw core::SettingsError("passage.start: " + std::to_string(start->size()) + " numbers for " +
                              std::to_string(sde.dimension()) + " variables");
  }
  if (static_cast<bool>(from) != static_cast<bool>(to)) {
    throw core::SettingsError("passage." + std::string(from ? "to" : "from") +
                              " is missing: transition paths need both sets");
  }
  if (!start && !region && !from && !has_absorbing_wall(mesh)) {
    throw core::SettingsError(
        "passage: nothing is asked; give start (and exit, or an absorbing wall), region, or from and to");
  }
  if (start && !exit && !has_absorbing_wall(mesh)) {
    throw core::SettingsError("passage.start needs passage.exit or an absorbing wall of the mesh");
  }
  if (from && has_absorbing_wall(mesh)) {
    throw core::SettingsError("passage.from and passage.to need a stationary density, but a wall of the mesh absorbs");
  }
}

PassageAnswer passage(MPI_Comm comm, const model::Sde& sde, const PassageOptions& options,
                      const std::vector<model::Observable>& observables) {
  options.validate(sde);
  PassageAnswer answer;
  answer.remarks = sde.remarks();
  const fv::Scheme scheme = choose_scheme(sde, options, true, answer);
  if (!settle(comm, sde, options, answer)) {
    return answer;
  }
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit);
  Stopwatch watch(answer);
  const int order = fv::two_point(scheme.flux) ? 2 : std::min(4, fv::order(scheme.flux));
  const auto ask = [&](const auto& numbers_of, const fv::AbsorbingSet& set) {
    return Question{[&comm, &sde, &scheme, &answer, numbers_of, set](const auto& mesh, bool keep) {
                      const Assembly assembly(comm, sde, make_axes(mesh), scheme, set);
                      return numbers_of(assembly, keep ? &answer : nullptr);
                    },
                    order};
  };
  try {
    if (options.start) {
      report_progress(comm, options, "first passage", 0.1);
      estimate(ask([&](const Assembly& a, PassageAnswer* kept) { return times_of(a, *options.start, kept); },
                   exit_set(options)),
               options, answer, answer.quantities);
    }
    if (options.region || (has_absorbing_wall(options.mesh) && !options.from)) {
      report_progress(comm, options, "quasi-stationary density", 0.4);
      // Moments of the density sum point values next to a surface where it has a slope: second order.
      Question question = ask([&](const Assembly& a, PassageAnswer* kept) { return survival_of(a, observables, kept); },
                              options.region ? positive(options.region, -1) : exit_set(options));
      question.order = 2;
      estimate(question, options, answer, answer.quantities);
      join(answer.quantities, "exit_rate", "exit_rate_backward");
    }
    if (options.from) {
      report_progress(comm, options, "transition paths", 0.7);
      const Question question{[&](const auto& mesh, bool keep) {
                                const auto solution = solve_on(comm, sde, mesh, scheme);
                                return rates_of(*solution, positive(options.from, 1), positive(options.to, 1),
                                                keep ? &answer : nullptr);
                              },
                              order};
      estimate(question, options, answer, answer.quantities);
      join(answer.quantities, "rate", "rate_backward");
    }
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::not_converged) {
      throw;
    }
    doubt(answer, error.what());
    answer.quantities.clear();
  }
  if (!options.estimate) {
    answer.remarks.emplace_back("scheme.estimate = off: errors hold rounding only, not grid and box");
  }
  watch.lap("solve");
  report_progress(comm, options, "done", 1);
  return answer;
}

}  // namespace sgdflux::study
