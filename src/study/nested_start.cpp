#include "nested_start.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/session.hpp"
#include "solver_choice.hpp"
#include "transfer.hpp"

namespace sgdflux::study {
namespace {

/// Size of the coarsest grid relative to what the direct solver is good for: its cost should not show.
constexpr double coarse_share = 0.2;
/// Of a density that only starts the next finer solve.
constexpr double start_residual = 1e-8;
constexpr double start_noise = 1e-7;   ///< that such a residual leaves, relative to the largest density
constexpr core::Index resolving = 24;  ///< cells per axis

struct Coarsening {
  double factor;  ///< cells per axis relative to the fine grid
  bool last;      ///< whether it leads to the coarsest grid
};

/// Half the cells per axis, or what leads to the coarsest grid at once when that is near.
Coarsening coarsening(const mesh::Grid& fine, const fv::Scheme& scheme, bool at_once) {
  const double target = coarse_share * static_cast<double>(direct_cells(fine.dimension(), scheme));
  const double factor = std::pow(target / static_cast<double>(fine.cells()), 1. / fine.dimension());
  const bool last = factor >= 0.2 || at_once;
  return {last ? factor : 0.5, last};
}

/// The density, nowhere below the size of what is noise of the solver where it is negative: its logarithm can be
/// interpolated.
Eigen::ArrayXd raised(const Solution& coarse) {
  const Eigen::ArrayXd& density = coarse.state.density;
  const double least = la::minimum(coarse.comm, density.size() > 0 ? density.minCoeff() : 0);
  const double largest = la::maximum(coarse.comm, density.size() > 0 ? density.maxCoeff() : 0);
  return least < -start_noise * largest ? density : density.max(-least);
}

/// Of all ranks, as in other records.
void count_memory(MPI_Comm comm, Solution& alone) {
  const double bytes = alone.solves.empty() ? 0 : alone.solves.back().bytes;
  const double all = la::sum(comm, bytes);
  for (SolveRecord& record : alone.solves) {
    record.bytes = all;
  }
}

/// The coarsest grid is solved by every rank alone: together they would wait for one another longer than that takes.
std::unique_ptr<Solution> solve_coarser(const Solution& fine, const std::vector<mesh::AxisSpec>& mesh, bool coarsest) {
  const bool alone = coarsest && la::size(fine.comm) > 1;
  SolveOptions options;
  options.warm = alone ? nullptr : fine.warm;  // what it holds belongs to all ranks
  options.accepted = start_residual;
  std::unique_ptr<Solution> coarse;
  const auto solve = [&](MPI_Comm comm) { coarse = solve_on(comm, fine.sde, mesh, fine.problem.scheme, options); };
  if (alone) {
    la::guard(fine.comm, [&] { solve(MPI_COMM_SELF); });
    count_memory(fine.comm, *coarse);
  } else {
    solve(fine.comm);
  }
  return coarse;
}

/// Ranks that have solved alone may differ by rounding, but not in what they go by from here.
void agree(MPI_Comm comm, Start& start) {
  std::array<double, 2> told{start.gap, start.simple ? 1. : 0.};
  MPI_Bcast(told.data(), 2, MPI_DOUBLE, 0, comm);
  start.gap = told[0];
  start.simple = told[1] != 0;
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
  const auto [factor, last] = coarsening(fine.grid, fine.problem.scheme, !density);
  const auto coarse = solve_coarser(fine, rescaled(specs, factor), last);
  Start start{{}, coarse->result.gap, coarse->result.simple, coarse->solves};
  agree(fine.comm, start);
  if (density) {
    start.density = transferred(*coarse, raised(*coarse), fine, nodes(coarse->grid));
  }
  return start;
}

}  // namespace sgdflux::study
