#include <cmath>

#include "fv/jump_process.hpp"
#include "sgdflux/fv/generator.hpp"

namespace sgdflux::fv {
namespace {

/// Fitted fluxes along the axes: A Pe/2 coth(Pe/2) instead of A, and |B|h where there is no noise.
Eigen::ArrayXd added_along_axes(const Discretisation& problem, const mesh::Box& cells) {
  const Coefficients at = cell_coefficients(problem.sde, problem.grid, cells);
  Eigen::ArrayXd added = Eigen::ArrayXd::Zero(cells.cells());
  Eigen::ArrayXd trace = Eigen::ArrayXd::Zero(cells.cells());
  for (int d = 0; d < problem.grid.dimension(); ++d) {
    const double h = problem.grid.axis(d).spacing();
    const Eigen::ArrayXd noise = at.diffusion.col(model::pair_index(d, d, problem.grid.dimension())) / (h * h);
    const Eigen::ArrayXd push = at.drift.col(d).abs() / h;
    const Eigen::ArrayXd fitted = (push > 0).select(push / (push / noise).tanh() - noise, 0);
    added += (noise > 0).select(fitted, push);
    trace += noise;
  }
  return (trace > 0).select(added / trace, Eigen::ArrayXd::Zero(cells.cells()));
}

}  // namespace

Eigen::ArrayXd added_diffusion(const Discretisation& problem, const mesh::Box& cells) {
  if (!jumps_along_offsets(problem)) {
    return problem.noise.balanced ? Eigen::ArrayXd::Zero(cells.cells()) : added_along_axes(problem, cells);
  }
  const JumpProcess jumps(problem, cells);
  Eigen::ArrayXd added(cells.cells());
  for (Index row = 0; row < cells.cells(); ++row) {
    added(row) = jumps.added_diffusion(jumps.box().position(cells.cell(row)));
  }
  return added;
}

}  // namespace sgdflux::fv
