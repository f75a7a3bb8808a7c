#pragma once
/// Means, covariances and modes of a solution, with what is known of their truncation and solver errors.
#include <map>
#include <string>
#include <vector>

#include "law.hpp"
#include "sgdflux/core/estimate.hpp"
#include "sgdflux/model/observable.hpp"

namespace sgdflux::study {

/// A number before its discretisation error is known.
struct Quantity {
  core::Estimate estimate;  ///< error: truncation + solver + rounding; without a value, the reason
  double scale = 0;         ///< spread of the averaged function: what relative errors of the density multiply
  bool smooth = true;       ///< false for formulas of a user, which may have kinks: taken to converge at first order
  bool position = false;    ///< of a point: its error depends on where between the cells it falls
};

/// Tail estimates assume that the decay over the last cells goes on; this covers their own error.
inline constexpr double tail_safety = 3;

using Quantities = std::map<std::string, Quantity>;

/// mean.<q>, cov.<a>.<b>, mode.<q> of variables and derived quantities, and the means of `observables` under their
/// names. Collective.
[[nodiscard]] Quantities quantities(const Law& law, const std::vector<model::Observable>& observables);

/// Marginal density of the variable or derived quantity of one variable on its own axis, for output and modes.
struct Marginal {
  std::string name;
  Eigen::ArrayXd position;  ///< value of the quantity at the cell centres of its axis
  Eigen::ArrayXd density;   ///< probability per unit of the quantity
};
/// The marginals of all variables, then of those derived quantities that are monotone functions of one variable.
/// Collective.
[[nodiscard]] std::vector<Marginal> marginals(const Law& law);

/// Estimate of Σ|contributions| beyond the truncated ends, from the decay of their profiles. Collective.
[[nodiscard]] double truncated_sum(const observe::State& state, const Eigen::ArrayXd& contributions);
[[nodiscard]] double truncated_sum(const observe::State& state, const observe::Profiles& contributions);

/// Why the contributions have no finite sum: they grow towards a truncated end and matter there; empty if they do not.
/// Collective.
[[nodiscard]] std::string undefined_sum(const observe::State& state, const Eigen::ArrayXd& contributions);

/// Estimate of the probability outside the mesh, beyond truncated ends. Collective.
[[nodiscard]] double outside_mass(const observe::State& state);

/// |value − coarse| added to the error of every quantity. With no coarse value the reason says so.
/// @param factor from the difference of the grids to the error of the fine one.
/// `smooth` and `rough` are the factors of quantities that converge at the scheme's order and of those that may not.
void add_discretisation_error(Quantities& fine, const Quantities& coarse, double smooth, double rough);

[[nodiscard]] std::map<std::string, core::Estimate> estimates(const Quantities& quantities);

}  // namespace sgdflux::study
