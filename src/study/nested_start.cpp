#include "nested_start.hpp"

#include <algorithm>
#include <cmath>

#include "solver_choice.hpp"
#include "transfer.hpp"

namespace sgdflux::study {
namespace {

/// Size of the coarsest grid relative to what the direct solver is good for: its cost should not show.
constexpr double coarse_share = 0.2;
/// Of a density that only starts the next finer solve.
constexpr double start_residual = 1e-8;
constexpr core::Index resolving = 24;  ///< cells per axis

/// Cells per axis relative to the fine grid: half of them, or what leads to the coarsest grid at once when that is
/// near.
double coarsening(const mesh::Grid& fine, const fv::Scheme& scheme, bool at_once) {
  const double target = coarse_share * static_cast<double>(direct_cells(fine.dimension(), scheme));
  const double factor = std::pow(target / static_cast<double>(fine.cells()), 1. / fine.dimension());
  return factor < 0.2 && !at_once ? 0.5 : factor;
}

/// Nodes of the interpolation. High orders save iterations where the coarse grid resolves the density, and cost as many
/// where it does not (9³, say).
int nodes(const mesh::Grid& coarse) {
  const auto& axes = coarse.axes();
  const bool fine = std::all_of(axes.begin(), axes.end(), [](const auto& axis) { return axis.cells() >= resolving; });
  return fine ? 6 : 2;
}

}  // namespace

Start nested_start(const Solution& fine, bool density) {
  std::vector<mesh::AxisSpec> specs;
  for (const auto& axis : fine.grid.axes()) {
    specs.push_back(axis.spec());
  }
  const fv::Scheme& scheme = fine.problem.scheme;
  SolveOptions options;
  options.warm = fine.warm;
  options.accepted = start_residual;
  const auto mesh = rescaled(specs, coarsening(fine.grid, scheme, !density));
  const auto coarse = solve_on(fine.comm, fine.sde, mesh, scheme, options);
  Start start{{}, coarse->result.gap, coarse->result.simple, coarse->solves};
  if (density) {
    start.density = transferred(*coarse, coarse->state.density, fine, nodes(coarse->grid));
  }
  return start;
}

}  // namespace sgdflux::study
