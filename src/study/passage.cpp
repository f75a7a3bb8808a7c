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
constexpr double tolerated_change = 0.1;  ///< relative, between grids
/// The same between boxes: an infinite mean time grows at least like the length of the box, which is a tenth shorter.
constexpr double tolerated_box_change = 0.02;
constexpr double coarsest_factor = 0.5;  ///< a third grid where convergence is slow and uneven: layers without noise
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
    answer->solver = "LU of the backward operator";
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
  Numbers numbers{{"exit_rate", found.rate},
                  {"exit_rate_backward", found.rate_backward},
                  {"relaxation", found.next},
                  {rounding_of + "relaxation", found.next_error}};
  for (const auto& [name, quantity] : quantities({assembly.sde, state, 0, false}, observables)) {
    if (quantity.estimate.value) {
      numbers["of." + name] = *quantity.estimate.value;
      numbers[rounding_of + "of." + name] = quantity.estimate.error.value_or(0) + rounding * quantity.scale;
    }
  }
  if (answer != nullptr) {
    audit_density(assembly, state, *answer);
    answer->audit.residual = found.residual;
    answer->solver = "inverse iteration with LU, forward and backward";
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
    answer->solver = solution.solver + "; LU for the committors";
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

/// Numbers on a smaller box; none when the start or a set of the question lies in the part that was cut off.
Numbers ask_smaller(const Question& question, const std::vector<mesh::AxisSpec>& box, Answer& answer) {
  try {
    return question.ask(box, false);
  } catch (const core::SettingsError&) {
    answer.remarks.emplace_back(
        "the start or a set lies within a twentieth of the mesh of its ends: how much depends on these ends is not "
        "part of "
        "the errors");
    return {};
  }
}

/// Numbers on the mesh with the differences to a coarser grid and a smaller box as errors.
void estimate(const Question& question, const PassageOptions& options, PassageAnswer& answer,
              std::map<std::string, core::Estimate>& results) {
  const Numbers fine = question.ask(answer.mesh, true);
  const auto coarse_mesh = rescaled(answer.mesh, estimate_factor);
  const auto box_mesh = smaller_box(answer.mesh, smaller_share);
  const Numbers coarse = options.estimate ? question.ask(coarse_mesh, false) : Numbers{};
  const bool layered = question.order == 1;
  const auto coarsest_mesh = rescaled(answer.mesh, coarsest_factor);
  const Numbers coarsest = options.estimate && layered ? question.ask(coarsest_mesh, false) : Numbers{};
  const Numbers boxed = options.estimate && !box_mesh.empty() ? ask_smaller(question, box_mesh, answer) : Numbers{};
  const mesh::Grid grid(make_axes(answer.mesh));
  const double factor = error_factor(grid, mesh::Grid(make_axes(coarse_mesh)), question.order);
  const double coarsest_share = error_factor(grid, mesh::Grid(make_axes(coarsest_mesh)), question.order);
  for (const auto& [name, value] : fine) {
    if (name.starts_with(rounding_of)) {
      continue;
    }
    const auto own = fine.find(rounding_of + name);
    double error = own == fine.end() ? rounding * std::abs(value) : own->second;
    const auto difference = [&](const Numbers& other) {
      const auto found = other.find(name);
      // Where a second mesh was asked and has no such number, nothing supports the first.
      return found == other.end() ? (other.empty() ? 0 : std::abs(value)) : std::abs(found->second - value);
    };
    error += std::max(factor * difference(coarse), coarsest_share * difference(coarsest)) + difference(boxed);
    const bool decides = name == "mean_time" || name == "exit_rate" || name == "rate";
    if (decides && difference(boxed) > tolerated_box_change * std::abs(value)) {
      doubt(answer, name +
                        " changes by more than a fiftieth when the mesh ends a little earlier: it depends on where the "
                        "natural domain was cut, so it may be infinite");
    }
    if (decides && difference(coarse) > tolerated_change * std::abs(value)) {
      doubt(answer, name + " changes by more than a tenth on a grid with 0.7 times the cells: not resolved");
    }
    (name.starts_with("of.") ? answer.observables[name.substr(3)] : results[name]) = {value, error, {}};
  }
}

/// Two discretisations of one number are better than one: their distance counts as error, too.
double join(std::map<std::string, core::Estimate>& results, const std::string& name, const std::string& other) {
  auto& a = results.at(name);
  auto& b = results.at(other);
  const double distance = std::abs(*a.value - *b.value);
  a.error = *a.error + distance;
  b.error = *b.error + distance;
  return distance;
}

/// The rate from both committors, and what is divided by it.
void join_rates(PassageAnswer& answer) {
  auto& results = answer.quantities;
  const double distance = join(results, "rate", "rate_backward");
  const double rate = *results.at("rate").value;
  auto& time = results.at("transition_time");
  time.error = *time.error + std::abs(*time.value) * *results.at("rate").error / std::abs(rate);
  if (distance > tolerated_change * std::abs(rate)) {
    doubt(answer, "the transition rates from the two committors differ by more than a tenth: not resolved");
  }
}

/// Order at which solutions converge next to an absorbing surface: 4 at most; without noise across it they have a layer
/// where the flow turns, which only first order can be relied on for.
int surface_order(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                  const fv::Scheme& scheme) {
  if (noise_axes(Assembly(comm, sde, make_axes(mesh), scheme)).inertial) {
    return 1;
  }
  return fv::two_point(scheme.flux) ? 2 : std::min(4, fv::order(scheme.flux));
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
  require_memory(comm, sde, answer.mesh, scheme, options.memory_limit, {Systems::factored, 0});
  Stopwatch watch(answer);
  const int order = surface_order(comm, sde, answer.mesh, scheme);
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
      question.order = std::min(2, order);
      estimate(question, options, answer, answer.quantities);
      static_cast<void>(join(answer.quantities, "exit_rate", "exit_rate_backward"));
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
      join_rates(answer);
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
