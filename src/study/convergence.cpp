#include "convergence.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "refinement.hpp"
#include "sgdflux/la/halo.hpp"
#include "transfer.hpp"

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;

constexpr double safety = 3;
constexpr double slowest = 0.8;       ///< ratio of a sequence that hardly converges; beyond, it is not believed to
constexpr double acceleration = 1.2;  ///< exponential convergence would be 1/0.7, convergence at any order 1
constexpr double mistrust = 0.5;      ///< where the order of the scheme waits below
constexpr double fastest = 1e-5;      ///< ratio that three grids are trusted with

/// Ratio of successive differences, between `fastest` and `slowest`.
double ratio_of(double change, double before) {
  return before > 0 ? std::clamp(change / before, fastest, slowest) : slowest;
}

/// Of those quantities that have a value on three grids: their differences.
struct Differences {
  double change;
  double before;
};

std::optional<Differences> differences(const std::string& name, const Quantity& fine, const Quantities& second,
                                       const Quantities& third) {
  const auto b = second.find(name);
  const auto c = third.find(name);
  if (!fine.estimate.value || b == second.end() || c == third.end() || !b->second.estimate.value ||
      !c->second.estimate.value) {
    return std::nullopt;
  }
  return Differences{std::abs(*fine.estimate.value - *b->second.estimate.value),
                     std::abs(*b->second.estimate.value - *c->second.estimate.value)};
}

/// The middle one of the ratios: what one quantity does by accident the others do not.
double common_ratio(const Quantities& fine, const Quantities& second, const Quantities& third) {
  std::vector<double> ratios;
  for (const auto& [name, quantity] : fine) {
    const auto d = differences(name, quantity, second, third);
    if (d && quantity.smooth && d->before > 1e-12 * quantity.scale) {
      ratios.push_back(ratio_of(d->change, d->before));
    }
  }
  if (ratios.empty()) {
    return slowest;
  }
  std::sort(ratios.begin(), ratios.end());
  return ratios[ratios.size() / 2];
}

}  // namespace

bool exact_at_nodes(const Assembly& assembly) {
  return assembly.grid.dimension() == 1 && fv::two_point(assembly.problem.scheme.flux);
}

double density_change(const Solution& fine, const Solution& coarse) {
  const int nodes = exact_at_nodes(fine) ? 14 : 8;
  const Array difference =
      (transferred(coarse, coarse.state.density, fine, nodes) - fine.state.density) * fine.grid.cell_volume();
  return exact_at_nodes(fine) ? std::abs(la::sum(fine.comm, difference.sum()))
                              : la::sum(fine.comm, difference.abs().sum());
}

double next_ratio(double ratio, double order_ratio, bool exponential) {
  if (ratio >= order_ratio) {
    return ratio;
  }
  const double excess = std::max(ratio, fastest) / order_ratio;
  return order_ratio * std::pow(excess, exponential ? acceleration : mistrust);
}

double sequence_error(double change, double before, double ratio) {
  const double believed = std::clamp(ratio, fastest, slowest);
  return safety * believed / (1 - believed) * std::max(change, believed * before);
}

double density_ratio(const Convergence& densities) {
  const double ratio = ratio_of(densities.change, *densities.before);
  return densities.exact_nodes ? next_ratio(ratio, densities.order_ratio, true)
                               : std::max(ratio, densities.order_ratio);
}

double density_error(const Convergence& densities) {
  return densities.before ? sequence_error(densities.change, *densities.before, density_ratio(densities))
                          : densities.order_factor * densities.change;
}

void add_errors(Quantities& fine, const Quantities& second, const Quantities* third, const Convergence& densities) {
  if (third == nullptr) {
    add_discretisation_error(fine, second, densities.order_factor, densities.rough_factor);
    return;
  }
  const double of_densities = density_ratio(densities);
  const double common = std::min(of_densities, common_ratio(fine, second, *third));
  for (auto& [name, quantity] : fine) {
    if (!quantity.estimate.value) {
      continue;
    }
    const auto d = differences(name, quantity, second, *third);
    if (!d) {
      Quantities one{{name, quantity}};
      add_discretisation_error(one, second, 1 / (1 - slowest), 1 / (1 - slowest));
      quantity = one.at(name);
      continue;
    }
    if (quantity.position) {
      *quantity.estimate.error += safety * std::max(d->change, of_densities * d->before);
      continue;
    }
    // What a formula's kinks do to its sums is known already and does not converge from grid to grid.
    const double ratio = quantity.smooth ? std::max(common, ratio_of(d->change, d->before)) : of_densities;
    *quantity.estimate.error +=
        sequence_error(d->change, d->before, next_ratio(ratio, densities.order_ratio, densities.exponential));
  }
}

}  // namespace sgdflux::study
