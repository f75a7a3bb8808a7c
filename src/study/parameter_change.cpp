#include "parameter_change.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "averages.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::study {
namespace {

using core::Batch;
using core::Index;

/// The scheme of the solution for a model nearby: with its limited cells and its balance of jumps, which are choices of
/// the solution and no functions of the parameter.
fv::Discretisation held_discretisation(const Solution& solution, const model::Sde& sde) {
  fv::Discretisation problem = solution.discretisation_of(sde);
  problem.troubled = solution.problem.troubled;
  problem.noise.balanced = solution.problem.noise.balanced;
  return problem;
}

/// Fluxes through the lower faces of the owned cells, and what they leave in each cell per unit ξ-volume and time.
struct Fluxes {
  Batch lower;
  Batch rate;
};

template <class Apply>
Fluxes fluxes_of(const Solution& solution, const fv::Discretisation& problem, const Apply& apply) {
  const mesh::Box& owned = solution.owned;
  const la::Halo halo(solution.comm, solution.partition, fv::reach(problem));
  const Eigen::ArrayXd density = halo.exchange(solution.state.density);
  Fluxes result{Batch(owned.cells(), solution.grid.dimension()), Batch::Zero(owned.cells(), 1)};
  la::guard(solution.comm, [&] {
    for (int axis = 0; axis < solution.grid.dimension(); ++axis) {
      const double h = solution.grid.axis(axis).spacing();
      const fv::FaceFlux flux = fv::face_flux(problem, axis, owned);
      const Eigen::ArrayXd values = apply(flux, halo.box(), density);
      for (Index i = 0; i < owned.cells(); ++i) {
        mesh::Cell face = owned.cell(i);
        result.lower(i, axis) = values(flux.faces.position(face));
        face[static_cast<std::size_t>(axis)] += 1;
        result.rate(i) += (result.lower(i, axis) - values(flux.faces.position(face))) / h;
      }
    }
  });
  return result;
}

Neighbours neighbours_of(MPI_Comm comm, const Variation& variation) {
  Neighbours result;
  la::guard(comm, [&] {
    const std::array<double, 4> multiples = {-2, -1, 1, 2};
    for (std::size_t k = 0; k < result.size(); ++k) {
      result[k] = variation.at(variation.value + multiples[k] * variation.step);
    }
  });
  return result;
}

/// Names in an expression that are no functions.
std::set<std::string> names_in(const std::string& expression) {
  std::set<std::string> names;
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; };
  auto at = expression.begin();
  while (at != expression.end()) {
    const auto begin = std::find_if(at, expression.end(), part);
    const auto end = std::find_if_not(begin, expression.end(), part);
    const auto next = std::find_if(end, expression.end(), [](char c) { return c != ' '; });
    const bool number =
        begin != expression.end() && (std::isdigit(static_cast<unsigned char>(*begin)) || *begin == '.');
    if (begin != end && !number && !(next != expression.end() && *next == '(')) {
      names.emplace(begin, end);
    }
    at = end;
  }
  return names;
}

/// Names that mean the same at all neighbours.
std::set<std::string> constant_names(const Solution& solution, const ParameterChange& change) {
  std::set<std::string> names(solution.sde.variables().begin(), solution.sde.variables().end());
  names.insert({"pi", "_pi", "_e"});
  const auto& derived = solution.sde.derived();
  for (std::size_t k = 0; k < derived.size(); ++k) {
    const auto column = solution.sde.dimension() + static_cast<Eigen::Index>(k);
    if (la::maximum(solution.comm, (change.functions.fourth.col(column) != 0).any() ? 1 : 0) == 0) {
      names.insert(derived[k].name);
    }
  }
  const auto there = change.neighbours[0]->sde->parameters().scalars();
  for (const auto& [name, value] : solution.sde.parameters().scalars()) {
    const auto found = there.find(name);
    if (found != there.end() && found->second == value) {
      names.insert(name);
    }
  }
  return names;
}

}  // namespace

Slope slope(const std::array<Batch, 4>& values, double step) {
  const Batch near = values[2] - values[1];
  const Batch far = values[3] - values[0];
  return {(8 * near - far) / (12 * step), near / (2 * step)};
}

ParameterChange parameter_change(const Solution& solution, const Variation& variation) {
  ParameterChange change;
  change.neighbours = neighbours_of(solution.comm, variation);
  std::array<Batch, 4> fluxes;
  std::array<Batch, 4> rates;
  std::array<Batch, 4> functions;
  for (std::size_t k = 0; k < fluxes.size(); ++k) {
    const Neighbour& at = *change.neighbours[k];
    Fluxes all = fluxes_of(solution, held_discretisation(solution, *at.sde), fv::apply);
    fluxes[k] = std::move(all.lower);
    rates[k] = std::move(all.rate);
    functions[k] = base_functions(*at.sde, at.observables, solution.state.points());
  }
  change.flux = slope(fluxes, variation.step);
  change.rate = slope(rates, variation.step);
  change.functions = slope(functions, variation.step);
  return change;
}

Batch one_way_fluxes(const Solution& solution) {
  return fluxes_of(solution, solution.problem, fv::apply_magnitude).lower;
}

bool may_change(const model::Observable& formula, const Solution& solution, const ParameterChange& change) {
  const std::set<std::string> known = constant_names(solution, change);
  const std::set<std::string> names = names_in(formula.expression());
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return known.count(name) == 0; });
}

}  // namespace sgdflux::study
