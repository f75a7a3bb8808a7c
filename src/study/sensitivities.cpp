#include "sensitivities.hpp"
#include "solver_choice.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "averages.hpp"
#include "parameter_change.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/observe/sampling.hpp"
#include "sgdflux/solve/adjoint.hpp"

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;
using core::Batch;
using core::Index;

constexpr double rounding = 2e-13;       ///< of sums and factors, relative to the sum of absolute contributions
constexpr double flux_rounding = 1e-15;  ///< of a flux, relative to its parts; differences by the parameter amplify it
constexpr double seen_by_grid = 1e-6;  ///< of E|f − ⟨f⟩|: sampling error of a formula from which on it has edges

/// An average with its adjoint function, or why it has no derivative.
struct Sought {
  Average average;
  Array psi;          ///< at the owned cells
  Batch gradient;     ///< ψ(c) − ψ(c − e_d) of the owned cells over the spacing: cells × dimension
  Batch correction;   ///< of the solver's last correction of ψ
  double missed = 0;  ///< of a formula: what the cells do not see of it
  std::string undefined;
};

/// (ψ(c) − ψ(c − e_d))/h_d; 0 at walls, which no flux crosses.
Batch gradient(const Solution& solution, const Array& psi) {
  const la::Halo halo(solution.comm, solution.partition, 1);
  const Array around = halo.exchange(psi);
  Batch result = Batch::Zero(psi.size(), solution.grid.dimension());
  for (Index i = 0; i < psi.size(); ++i) {
    for (int d = 0; d < solution.grid.dimension(); ++d) {
      mesh::Cell below = solution.owned.cell(i);
      below[static_cast<std::size_t>(d)] -= 1;
      if (halo.box().contains(below)) {
        result(i, d) = (psi(i) - around(halo.box().position(below))) / solution.grid.axis(d).spacing();
      }
    }
  }
  return result;
}

/// All adjoint functions by one factorisation; multigrid that stalls is followed by factors.
std::vector<solve::Adjoint> adjoints(const Solution& solution, const Batch& functions) {
  const fv::Generator rows = solution.generator();
  const auto by = [&](Way way) {
    const bool direct = way == Way::direct;
    const fv::Generator low =
        direct ? fv::Generator{} : solution.generator(preconditioning_scheme(way, solution.problem.scheme));
    return solve::adjoint(solution.comm, {solution.grid, solution.partition, rows, direct ? nullptr : &low},
                          solution.state.density, functions, {assembled_method(way)});
  };
  const Way first = ways(solution.grid, solution.problem.scheme, traits(solution)).front();
  std::vector<solve::Adjoint> list = by(first);
  const bool stalled = std::any_of(list.begin(), list.end(), [](const auto& one) { return !one.converged; });
  return stalled && assembled_method(first) == la::Method::multigrid ? by(Way::factored) : list;
}

/// Those averages that have a value, with their adjoint functions, and those that have none, with the reason.
std::vector<Sought> sought_averages(const Solution& solution, const std::vector<model::Observable>& observables,
                                    const Quantities& averages, const Batch& base, const Array& means) {
  std::vector<Sought> list;
  std::vector<std::size_t> solvable;
  for (const Average& average : list_averages(solution.sde, observables)) {
    const core::Estimate& estimate = averages.at(average.name).estimate;
    list.push_back({average, {}, {}, {}, 0, estimate.value ? "" : "there is no average to vary: " + estimate.reason});
    if (estimate.value) {
      solvable.push_back(list.size() - 1);
    }
  }
  Batch functions(base.rows(), static_cast<Eigen::Index>(solvable.size()));
  for (std::size_t k = 0; k < solvable.size(); ++k) {
    functions.col(static_cast<Eigen::Index>(k)) = list[solvable[k]].average.values(base, means);
  }
  const std::vector<solve::Adjoint> solved = adjoints(solution, functions);
  for (std::size_t k = 0; k < solvable.size(); ++k) {
    Sought& one = list[solvable[k]];
    one.undefined = solved[k].converged ? "" : solved[k].reason;
    one.psi = solved[k].values;
    one.gradient = gradient(solution, one.psi);
    one.correction = gradient(solution, solved[k].correction);
  }
  return list;
}

/// Error of fourth-order differences of an analytic function, from their distance to those of second order: about its
/// square, relatively; where it is no small part of the whole (kinks), the distance itself.
Array step_error(const Array& fourth, const Array& second) {
  const Array distance = (fourth - second).abs();
  return distance * (2 * distance / fourth.abs().max(1e-300)).min(1.);
}

class Derivatives {
 public:
  Derivatives(const Solution& solution, const std::vector<model::Observable>& observables, const Quantities& averages)
      : solution_(solution),
        observables_(observables),
        averages_(averages),
        volume_(solution.grid.cell_volume()),
        base_(base_functions(solution.sde, observables, solution.state.points())),
        means_(base_.cols()) {
    for (Eigen::Index k = 0; k < base_.cols(); ++k) {
      means_(k) = observe::mean(solution.state, base_.col(k));
    }
    sought_ = sought_averages(solution, observables, averages, base_, means_);
    for (Sought& one : sought_) {
      one.missed = one.undefined.empty() && one.average.formula >= 0 ? missed(one.average) : 0;
    }
    one_way_ = one_way_fluxes(solution);
  }

  [[nodiscard]] Quantities by(const Variation& variation) const {
    const ParameterChange change = parameter_change(solution_, variation);
    Quantities result;
    for (const Sought& one : sought_) {
      result[one.average.name] = derivative(one, change, variation.step);
    }
    return result;
  }

 private:
  /// What the owned cells add to a derivative.
  struct Terms {
    Array cells;   ///< ∂f P + ∇ψ·∂F, differences of fourth order
    Array second;  ///< the same by differences of second order
    Array rates;   ///< ∂f P + ψ (∂L/∂p) P: the same sum by parts
    Array solver;  ///< the first one by the last correction of ψ
  };

  [[nodiscard]] Terms terms(const Sought& one, const ParameterChange& change) const {
    const auto own = [&](const Batch& slopes) -> Array {
      return one.average.change(base_, means_, slopes) * solution_.state.mass;
    };
    const auto through = [&](const Batch& gradient, const Batch& flux) -> Array {
      return volume_ * (gradient * flux).rowwise().sum();
    };
    const Array direct = own(change.functions.fourth);
    return {direct + through(one.gradient, change.flux.fourth),
            own(change.functions.second) + through(one.gradient, change.flux.second),
            direct + volume_ * one.psi * change.rate.fourth.col(0), through(one.correction, change.flux.fourth)};
  }

  [[nodiscard]] Quantity derivative(const Sought& one, const ParameterChange& change, double step) const {
    const bool smooth = averages_.at(one.average.name).smooth;
    if (const std::string why = undefined(one, change); !why.empty()) {
      return {core::undefined(why), 0, smooth};
    }
    const Terms sum = terms(one, change);
    if (const std::string why = undefined_sum(solution_.state, sum.cells); !why.empty()) {
      return {core::undefined(why), 0, smooth};
    }
    const double scale = total(sum.cells.abs());
    double error = (solution_.law().solver_error + rounding) * scale + total(sum.solver.abs()) + truncation(sum) +
                   total(step_error(sum.cells, sum.second)) + difference_rounding(one, step);
    error += one.average.formula >= 0 ? sampling(one, change, step, scale) : 0;
    return {{total(sum.cells), error, {}}, scale, smooth};
  }

  /// The terms of the two sums fall off differently: what lies beyond the ends, and what the cut moves inside them, are
  /// of the size of the larger ones.
  [[nodiscard]] double truncation(const Terms& sum) const {
    return tail_safety * std::max(truncated_sum(solution_.state, sum.cells), truncated_sum(solution_.state, sum.rates));
  }

  [[nodiscard]] double total(const Array& cells) const { return la::sum(solution_.comm, cells.sum()); }

  /// Rounding errors of different cells are independent.
  [[nodiscard]] double difference_rounding(const Sought& one, double step) const {
    const Array fluxes = (one.gradient * one_way_).rowwise().sum() * volume_;
    const Array functions = one.average.values(base_, means_) * solution_.state.mass;
    return flux_rounding / step * std::sqrt(total(fluxes.square() + functions.square()));
  }

  [[nodiscard]] std::string undefined(const Sought& one, const ParameterChange& change) const {
    if (!one.undefined.empty()) {
      return one.undefined;
    }
    const Array direct = one.average.change(base_, means_, change.functions.fourth);
    if (la::maximum(solution_.comm, direct.allFinite() && change.flux.fourth.allFinite() ? 0 : 1) > 0) {
      return "its derivative by the parameter is NaN or infinite at some cells";
    }
    if (one.average.formula >= 0) {
      const auto& formula = observables_[static_cast<std::size_t>(one.average.formula)];
      const bool edges = one.missed > seen_by_grid * averages_.at(one.average.name).scale;
      if (edges && may_change(formula, solution_, change)) {
        return "the formula jumps or bends between the cells, perhaps at a place that moves with the parameter";
      }
    }
    return {};
  }

  [[nodiscard]] double missed(const Average& average) const {
    const auto& formula = observables_[static_cast<std::size_t>(average.formula)];
    return observe::sampling_error(solution_.state, means_(average.first),
                                   [&](const Batch& points) { return formula(points); });
  }

  /// What the cells do not see of ∂f, and of f, relative to E|f − ⟨f⟩|, in the change of the density.
  [[nodiscard]] double sampling(const Sought& one, const ParameterChange& change, double step, double scale) const {
    const auto k = static_cast<std::size_t>(one.average.formula);
    const auto slope_at = [&](const Batch& points) {
      std::array<Batch, 4> values;
      for (std::size_t at = 0; at < values.size(); ++at) {
        values[at] = change.neighbours[at]->observables[k](points);
      }
      return Array(slope(values, step).fourth.col(0));
    };
    const double of_slope = observe::sampling_error(
        solution_.state, observe::mean(solution_.state, change.functions.fourth.col(one.average.first)), slope_at);
    const double spread = averages_.at(one.average.name).scale;
    return of_slope + (spread > 0 ? one.missed / spread * scale : 0);
  }

  const Solution& solution_;
  const std::vector<model::Observable>& observables_;
  const Quantities& averages_;
  double volume_;
  Batch base_;
  Array means_;
  Batch one_way_;
  std::vector<Sought> sought_;
};

}  // namespace

Sensitivities sensitivities(const Solution& solution, const std::vector<Variation>& variations,
                            const std::vector<model::Observable>& observables, const Quantities& averages) {
  Sensitivities result;
  if (variations.empty() || !solution.result.converged || !solution.result.simple) {
    return result;
  }
  const Derivatives derivatives(solution, observables, averages);
  for (const Variation& variation : variations) {
    result[variation.parameter] = derivatives.by(variation);
  }
  return result;
}

}  // namespace sgdflux::study
