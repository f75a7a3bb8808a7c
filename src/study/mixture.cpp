#include "mixture.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "components.hpp"
#include "quantities.hpp"
#include "refinement.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/solve/components.hpp"
#include "solver_choice.hpp"
#include "start.hpp"

namespace sgdflux::study {
namespace {

constexpr double coarsening = 0.8;      ///< a step on the way to a grid that the direct solver takes
constexpr double closer_factor = 0.85;  ///< of a second grid where the usual one does not resolve the barrier
constexpr double weight_rounding = 1e-9;
constexpr double first_order_factor = 2 / (1 / estimate_factor - 1);

/// Components on one grid, by increasing means of the variables.
struct OnGrid {
  std::vector<std::unique_ptr<Solution>> solutions;
  std::vector<Eigen::ArrayXd> arrivals;  ///< probability to end in each, at the owned cells
  std::vector<double> weights;
  double fullest_cell = 0;  ///< largest share of the start in one cell
  std::string trouble;
};

std::vector<double> numbers(const Eigen::ArrayXd& values) { return {values.begin(), values.end()}; }

std::vector<mesh::AxisSpec> direct_mesh(const std::vector<mesh::AxisSpec>& mesh, const fv::Scheme& scheme) {
  std::vector<mesh::AxisSpec> result = mesh;
  while (mesh::Grid(make_axes(result)).cells() > direct_cells(static_cast<int>(mesh.size()), scheme)) {
    result = rescaled(result, coarsening);
  }
  return result;
}

Eigen::VectorXd means_of(const Solution& solution) {
  Eigen::VectorXd means(solution.grid.dimension());
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    means(d) = observe::mean(solution.state, solution.state.coordinate(d));
  }
  return means;
}

std::unique_ptr<Solution> solution_of(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                                      const fv::Scheme& scheme, const solve::ErgodicComponent& component) {
  auto solution = std::make_unique<Solution>(comm, sde, make_axes(mesh), scheme);
  solution->result.density = component.density;
  solution->result.residual = component.residual;
  solution->result.relative_residual = component.relative_residual;
  solution->result.gap = component.gap;
  solution->result.converged = true;
  solution->solver = la::to_string(la::Method::direct) + ", inverse iterations on the part of the component";
  const observe::State fresh = observe::make_state(comm, solution->grid, solution->partition, component.density);
  solution->state.owned = fresh.owned;
  solution->state.density = fresh.density;
  solution->state.mass = fresh.mass;
  return solution;
}

/// Before, from left to right; means that agree to a thousandth of the mesh count as equal.
bool before(const Solution& a, const Solution& b) {
  const Eigen::VectorXd x = means_of(a);
  const Eigen::VectorXd y = means_of(b);
  for (int d = 0; d < a.grid.dimension(); ++d) {
    const double length = a.grid.axis(d).upper() - a.grid.axis(d).lower();
    if (std::abs(x(d) - y(d)) > 1e-3 * length) {
      return x(d) < y(d);
    }
  }
  return false;
}

/// Insertion sort, because comparing is collective: every rank compares the same pairs.
std::vector<std::size_t> sorted(const std::vector<std::unique_ptr<Solution>>& solutions) {
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < solutions.size(); ++k) {
    std::size_t at = 0;
    while (at < order.size() && before(*solutions[order[at]], *solutions[k])) {
      ++at;
    }
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(at), k);
  }
  return order;
}

OnGrid solve_components(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                        const fv::Scheme& scheme, const std::optional<Initial>& start) {
  const Assembly assembly(comm, sde, make_axes(mesh), scheme);
  const fv::Generator generator = assembly.generator();
  const solve::Components found = solve::components(comm, {assembly.grid, assembly.partition, generator});
  OnGrid result;
  result.trouble = found.trouble;
  if (!found.trouble.empty()) {
    return result;
  }
  std::vector<std::unique_ptr<Solution>> solutions;
  for (const solve::ErgodicComponent& component : found.list) {
    solutions.push_back(solution_of(comm, sde, mesh, scheme, component));
  }
  const Eigen::ArrayXd mass =
      start ? Eigen::ArrayXd(start_density(assembly, *start) * assembly.grid.cell_volume()) : Eigen::ArrayXd();
  result.fullest_cell = start ? la::maximum(comm, mass.size() > 0 ? mass.maxCoeff() : 0) : 0;
  for (const std::size_t k : sorted(solutions)) {
    if (start) {
      result.weights.push_back(la::sum(comm, (mass * found.list[k].arrival).sum()));
    }
    result.solutions.push_back(std::move(solutions[k]));
    result.arrivals.push_back(found.list[k].arrival);
  }
  return result;
}

/// "around x = -1, y = 0": means, and 0 where that is nothing against the spread.
std::string where(const Solution& solution) {
  const Eigen::VectorXd means = means_of(solution);
  std::ostringstream text;
  text.precision(4);
  text << "around ";
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    const Eigen::ArrayXd x = solution.state.coordinate(d);
    const double spread = std::sqrt(std::abs(observe::covariance(solution.state, x, x)));
    text << (d > 0 ? ", " : "") << solution.sde.variables()[static_cast<std::size_t>(d)] << " = "
         << (std::abs(means(d)) < 1e-4 * spread ? 0. : means(d));
  }
  return text.str();
}

Component component(const Solution& fine, const Solution* coarse, const std::vector<model::Observable>& observables) {
  Quantities values = quantities(fine.law(), observables);
  std::string doubt;
  if (coarse != nullptr) {
    const Quantities other = quantities(coarse->law(), observables);
    add_discretisation_error(values, other, error_factor(fine.grid, coarse->grid, expected_order(fine)),
                             error_factor(fine.grid, coarse->grid, 1));
    doubt = grid_disagreement(fine.sde, values, other);
  }
  std::vector<mesh::AxisSpec> specs;
  for (const auto& axis : fine.grid.axes()) {
    specs.push_back(axis.spec());
  }
  Component result{where(fine), core::undefined(no_start), specs, estimates(values), doubt, {}};
  const Marginal marginal = marginals(fine.law()).front();
  if (fine.grid.dimension() == 1) {
    const auto size = std::vector<core::Index>{marginal.position.size()};
    result.profiles = {{"density_of/" + marginal.name + "/value", "", size, numbers(marginal.position)},
                       {"density_of/" + marginal.name + "/density", "", size, numbers(marginal.density)}};
  }
  return result;
}

/// Density of each component and the probability to end there, on the grid they share.
void add_fields(const OnGrid& fine, StationaryAnswer& answer) {
  for (std::size_t k = 0; k < fine.solutions.size(); ++k) {
    const Solution& one = *fine.solutions[k];
    const auto field = [&](const std::string& name, const std::string& meaning, const Eigen::ArrayXd& values) {
      answer.fields.push_back({"component/" + std::to_string(k + 1) + "/" + name, meaning, one.grid.shape(),
                               one.grid.dimension(), one.state.owned, numbers(values)});
    };
    field("density", "stationary density of the component " + answer.components[k].where,
          one.state.density / fv::jacobian(one.grid, one.state.owned));
    field("arrival", "probability to end in the component " + answer.components[k].where, fine.arrivals[k]);
  }
}

void add_weights(const OnGrid& fine, const OnGrid& coarse, StationaryAnswer& answer) {
  const bool both = coarse.weights.size() == fine.weights.size();
  for (std::size_t k = 0; k < fine.weights.size(); ++k) {
    // A start with a jump is seen at first order; with one grid only its fullest cell says how much that may be.
    const double change = both ? first_order_factor * std::abs(fine.weights[k] - coarse.weights[k]) : fine.fullest_cell;
    answer.components[k].weight = {fine.weights[k], change + weight_rounding, {}};
  }
}

int chosen_by(const StationaryAnswer& answer) {
  for (std::size_t k = 0; k < answer.components.size(); ++k) {
    if (answer.components[k].weight.value.value_or(0) >= 1 - negligible_weight) {
      return static_cast<int>(k);
    }
  }
  return -1;
}

}  // namespace

Mixture add_mixture(MPI_Comm comm, const model::Sde& sde, const StationaryOptions& options,
                    const std::vector<model::Observable>& observables, const fv::Scheme& scheme,
                    StationaryAnswer& answer) {
  const std::vector<mesh::AxisSpec> mesh = direct_mesh(answer.mesh, scheme);
  OnGrid fine = solve_components(comm, sde, mesh, scheme, options.start);
  if (!fine.trouble.empty() || fine.solutions.size() < 2) {
    answer.reason += "; they could not be told apart: " +
                     (fine.trouble.empty() ? "on the grid of the direct solver there is one" : fine.trouble);
    return {};
  }
  OnGrid coarse;
  bool paired = false;
  for (const double factor : {estimate_factor, closer_factor}) {
    if (options.estimate && !paired) {
      coarse = solve_components(comm, sde, rescaled(mesh, factor), scheme, options.start);
      paired = coarse.solutions.size() == fine.solutions.size();
    }
  }
  for (std::size_t k = 0; k < fine.solutions.size(); ++k) {
    answer.components.push_back(
        component(*fine.solutions[k], paired ? coarse.solutions[k].get() : nullptr, observables));
  }
  if (mesh.front().cells != answer.mesh.front().cells) {
    answer.remarks.push_back("components were told apart by the direct solver, on a coarser mesh than was asked for");
  }
  for (Component& one : answer.components) {
    if (options.estimate && !paired) {
      one.reason = "on the second grid of the error estimate there are not as many components (" +
                   std::to_string(coarse.solutions.size()) + "): errors hold truncation and solver only";
    }
  }
  add_weights(fine, coarse, answer);
  answer.mesh = mesh;
  add_fields(fine, answer);
  answer.reason +=
      options.start ? "; stationary.start ends in more than one of them" : "; stationary.start decides which is meant";
  const int chosen = options.start ? chosen_by(answer) : -1;
  return {std::move(fine.solutions), paired ? std::move(coarse.solutions) : decltype(coarse.solutions){}, chosen};
}

}  // namespace sgdflux::study
