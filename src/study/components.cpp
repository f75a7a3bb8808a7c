#include "components.hpp"
#include "assembly.hpp"
#include "posing.hpp"
#include "restricted.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/handle.hpp"
#include "start_mass.hpp"

#include <algorithm>
#include <sstream>

namespace sgdflux::study {
namespace {

std::string short_number(double value) {
  std::ostringstream text;
  text.precision(6);
  text << value;
  return text.str();
}

/// "x > 0 with 0.25, x = 0 with 0.75".
std::string weight_list(const StationaryAnswer& answer) {
  std::string text;
  const auto add = [&](const std::string& where, const core::Estimate& weight) {
    if (weight.value) {
      text += (text.empty() ? "" : ", ") + where + " with " + short_number(*weight.value);
    }
  };
  for (const Component& component : answer.components) {
    add(component.where, component.weight);
  }
  for (const Atom& point : answer.points) {
    add(point.where, point.weight);
  }
  return text;
}

std::string where_list(const StationaryAnswer& answer) {
  std::string text;
  for (std::size_t k = 0; k < answer.components.size(); ++k) {
    text += (k == 0 ? "" : k + 1 == answer.components.size() ? " and " : ", ") + answer.components[k].where;
  }
  return text;
}

/// The answer becomes that of component `k`; what was known of all parts stays.
void take_over(const StationaryAnswer& one, StationaryAnswer& answer) {
  StationaryAnswer chosen = one;
  chosen.components = answer.components;
  chosen.points = answer.points;
  chosen.remarks.insert(chosen.remarks.end(), answer.remarks.begin(), answer.remarks.end());
  answer = std::move(chosen);
}

void list_all(bool weighed, StationaryAnswer& answer) {
  answer.verdict = Verdict::several_ergodic_components;
  answer.reason += (answer.reason.empty() ? "" : "; ") +
                   (weighed ? "the start density ends in several of them: " + weight_list(answer)
                            : where_list(answer) +
                                  " have a stationary density each, and every mixture of them is "
                                  "stationary: stationary.start decides");
}

/// What an answer without a density of its own says of the scheme.
void complete(const Question& question, StationaryAnswer& answer) {
  if (answer.flux.empty()) {
    StationaryAnswer plain;
    static_cast<void>(choose_scheme(question.sde, question.options, false, plain));
    answer.flux = plain.flux;
    answer.why = plain.why;
    answer.damping = plain.damping;
    const std::vector<std::string> remarks = question.sde.remarks();
    answer.remarks.insert(answer.remarks.begin(), remarks.begin(), remarks.end());
  }
}

/// A start must be a density even where nothing depends on it. Looked at on the mesh if that is given.
void check_start(const Question& question) {
  const Initial& start = *question.options.start;
  const auto& mesh = question.options.mesh;
  if (mesh.size() == 1) {
    if (!(start_mass(question.sde, start, start_range(question.sde, mesh[0])) > 0)) {
      throw core::SettingsError(start.key + " = " + start.what + " is zero everywhere: there is no mass to start with");
    }
    return;
  }
  if (std::any_of(mesh.begin(), mesh.end(), [](const mesh::AxisSpec& axis) { return axis.automatic(); })) {
    return;
  }
  const mesh::Grid grid(make_axes(limited(mesh, 100000)));
  mesh::Box all;
  all.upper = grid.shape();
  const Eigen::ArrayXd density = start.density(fv::physical(grid, fv::centres(grid, all)));
  if (!density.isFinite().all() || density.minCoeff() < -1e-6 * density.maxCoeff()) {
    throw core::SettingsError(start.key + " = " + start.what +
                              " is negative or no number somewhere on the mesh: a density is finite and nowhere "
                              "negative");
  }
  if (!(density.maxCoeff() > 0)) {
    throw core::SettingsError(start.key + " = " + start.what +
                              " is zero on the whole mesh: there is no mass to start with");
  }
}

}  // namespace

Component component_of(const std::string& where, const StationaryAnswer& answer) {
  Component component{where,
                      core::undefined(no_start),
                      answer.mesh,
                      answer.observables,
                      answer.verdict == Verdict::converged ? "" : answer.reason,
                      {}};
  if (answer.mesh.size() == 1) {
    component.profiles = answer.arrays;
  }
  return component;
}

void choose_component(const std::vector<StationaryAnswer>& answers, bool weighed, StationaryAnswer& answer) {
  if (answers.empty()) {
    answer.verdict = Verdict::no_stationary_density;
    return;
  }
  const auto all_in = [](const core::Estimate& weight) { return weight.value.value_or(0) >= 1 - negligible_weight; };
  for (std::size_t k = 0; k < answers.size(); ++k) {
    if (weighed ? all_in(answer.components[k].weight) : answers.size() == 1) {
      const std::string where = answer.components[k].where;
      take_over(answers[k], answer);
      answer.remarks.push_back("the density is that of the component " + where +
                               (weighed ? ", where all mass of stationary.start ends" : ", the only one that has any"));
      return;
    }
  }
  for (const Atom& point : answer.points) {
    if (weighed && all_in(point.weight)) {
      answer.verdict = Verdict::no_stationary_density;
      answer.reason = "all mass of stationary.start ends on " + point.where;
      return;
    }
  }
  const auto received = [](const auto& part) { return !part.weight.value || *part.weight.value > negligible_weight; };
  if (weighed && std::none_of(answer.components.begin(), answer.components.end(), received) &&
      std::none_of(answer.points.begin(), answer.points.end(), received)) {
    answer.verdict = Verdict::no_stationary_density;
    answer.reason += (answer.reason.empty() ? "" : "; ") +
                     std::string("the mass of stationary.start ends in none of the parts that have a density");
    return;
  }
  list_all(weighed, answer);
}

StationaryAnswer answer_parts(const Question& question) {
  if (question.options.start) {
    la::guard(question.comm, [&] { check_start(question); });
  }
  std::optional<StationaryAnswer> answer = refuse_degenerate(question);
  const bool line = question.sde.dimension() == 1;
  if (!answer && line) {
    answer = line_components(question);
  } else if (!answer) {
    answer = surface_components(question);
  }
  if (!answer) {
    answer = question.solve(question.sde, question.options);
    add_network_components(question, *answer);
    if (question.options.start && answer->components.empty() && answer->verdict == Verdict::converged) {
      answer->remarks.emplace_back("there is one ergodic component: stationary.start makes no difference");
    }
  }
  complete(question, *answer);
  return *answer;
}

}  // namespace sgdflux::study
