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
  double inside = 0;
  la::guard(solution.comm, [&] {
    for (const observe::Slab& slab : observe::slabs(state.owned)) {
      Eigen::ArrayXd exact = reference.log_density(fv::points(state.grid, slab.cells)).exp();
      fv::multiply_slopes(state.grid, slab.cells, exact);
      inside += (state.mass.segment(slab.begin, exact.size()) - exact * state.grid.cell_volume()).abs().sum();
    }
  });
  const double outside =
      reference.outside_mass ? reference.outside_mass(bounds(solution.grid, false), bounds(solution.grid, true)) : 0;
  return la::sum(solution.comm, inside) + outside;
}

/// Relative L² distance of the currents at cell centres in physical volume; empty when the exact one vanishes.
std::optional<double> current_distance(const Solution& solution, const theory::Reference& reference,
                                       const observe::Current& current) {
  if (!reference.current) {
    return std::nullopt;
  }
  double difference = 0;
  double norm = 0;
  la::guard(solution.comm, [&] {
    for (const observe::Slab& slab : observe::slabs(solution.owned)) {
      const core::Batch exact = reference.current(fv::points(solution.grid, slab.cells));
      const Eigen::ArrayXd volume = fv::jacobian(solution.grid, slab.cells);
      const auto found = current.cells.middleRows(slab.begin, exact.rows());
      difference += ((found - exact).square().rowwise().sum() * volume).sum();
      norm += (exact.square().rowwise().sum() * volume).sum();
    }
  });
  difference = la::sum(solution.comm, difference);
  norm = la::sum(solution.comm, norm);
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
