#include "comparison.hpp"

#include <cmath>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::study {
namespace {

Eigen::VectorXd bounds(const mesh::Grid& grid, bool upper) {
  Eigen::VectorXd corner(grid.dimension());
  for (int d = 0; d < grid.dimension(); ++d) {
    corner(d) = upper ? grid.axis(d).upper() : grid.axis(d).lower();
  }
  return corner;
}

double density_distance(const Solution& solution, const theory::Reference& reference) {
  const auto& state = solution.state;
  const Eigen::ArrayXd exact = reference.log_density(state.points()).exp() * fv::jacobian(solution.grid, state.owned) *
                               solution.grid.cell_volume();
  const double inside = la::sum(solution.comm, (state.mass - exact).abs().sum());
  const double outside =
      reference.outside_mass ? reference.outside_mass(bounds(solution.grid, false), bounds(solution.grid, true)) : 0;
  return inside + outside;
}

/// Relative L² distance of the currents at cell centres in physical volume; empty when the exact one vanishes.
std::optional<double> current_distance(const Solution& solution, const theory::Reference& reference,
                                       const observe::Current& current) {
  if (!reference.current) {
    return std::nullopt;
  }
  const core::Batch exact = reference.current(solution.state.points());
  const Eigen::ArrayXd volume = fv::jacobian(solution.grid, solution.state.owned);
  const double difference = la::sum(solution.comm, ((current.cells - exact).square().rowwise().sum() * volume).sum());
  const double norm = la::sum(solution.comm, (exact.square().rowwise().sum() * volume).sum());
  return norm > 0 ? std::optional(std::sqrt(difference / norm)) : std::nullopt;
}

}  // namespace

std::optional<ReferenceComparison> compare(const Solution& solution, const observe::Current& current) {
  const auto reference = theory::reference(solution.sde);
  if (!reference) {
    return std::nullopt;
  }
  ReferenceComparison result;
  result.source = reference->source;
  result.observables = reference->observables;
  if (reference->log_density) {
    result.l1 = density_distance(solution, *reference);
  }
  result.current_l2 = current_distance(solution, *reference, current);
  return result;
}

}  // namespace sgdflux::study
