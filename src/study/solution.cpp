#include "solution.hpp"

#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "linear_solution.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

/// Rounds of limiting after which every face gets the monotone flux.
constexpr int limiting_rounds = 25;

}  // namespace

Solution::Solution(MPI_Comm communicator, const model::Sde& model, std::vector<mesh::Axis> axes,
                   const fv::Scheme& scheme)
    : Assembly(communicator, model, std::move(axes), scheme),
      state(observe::make_state(comm, grid, partition, Eigen::ArrayXd::Zero(owned.cells()))) {}

Law Solution::law() const {
  const double error = result.gap > 0 ? std::min(1., result.residual / result.gap) : result.residual;
  return {sde, state, error, true};
}

namespace {

/// Solves with the scheme as it stands and takes the density over into the state.
void solve_once(Solution& solution) {
  const double began = MPI_Wtime();
  solve_linear(solution);
  observe::replace_density(solution.state, solution.result.density);
  solution.solve_seconds += MPI_Wtime() - began;
}

/// Positions in the lattice of the owned cells that are marked, those of all ranks: few as a rule.
std::vector<Index> everywhere(const Solution& solution, const Eigen::Array<bool, Eigen::Dynamic, 1>& marked) {
  mesh::Box lattice;
  lattice.upper = solution.grid.shape();
  std::vector<Index> mine;
  for (Index i = 0; i < marked.size(); ++i) {
    if (marked(i)) {
      mine.push_back(lattice.position(solution.owned.cell(i)));
    }
  }
  std::vector<int> counts(static_cast<std::size_t>(la::size(solution.comm)));
  const int count = static_cast<int>(mine.size());
  MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, solution.comm);
  std::vector<int> begins(counts.size(), 0);
  std::partial_sum(counts.begin(), counts.end() - 1, begins.begin() + 1);
  std::vector<Index> all(static_cast<std::size_t>(begins.back() + counts.back()));
  MPI_Allgatherv(mine.data(), count, MPI_INT64_T, all.data(), counts.data(), begins.data(), MPI_INT64_T, solution.comm);
  return all;
}

/// Marks the cells that are negative by more than the solver's own error, besides those that are marked already.
/// Returns how many are new.
Index mark_negative(const Solution& solution, fv::TroubledCells& troubled) {
  const auto& density = solution.state.density;
  const double largest = la::maximum(solution.comm, density.size() > 0 ? density.maxCoeff() : 0);
  const double rounding = solution.direct ? 0 : 10 * solution.result.relative_residual * largest;
  Index fresh = 0;
  for (const Index cell : everywhere(solution, density < -rounding)) {
    if (!troubled[static_cast<std::size_t>(cell)]) {
      troubled[static_cast<std::size_t>(cell)] = true;
      ++fresh;
    }
  }
  return fresh;
}

/// Drops the faces of negative cells to the monotone flux, never back, and solves again until none is left
/// (a-posteriori limiting: Clain, Diot & Loubère 2011). It ends: in the last round every face is monotone.
void limit(Solution& solution) {
  fv::TroubledCells troubled(static_cast<std::size_t>(solution.grid.cells()), false);
  solution.unlimited = solution.state.density;
  int rounds = 0;
  while (solution.result.converged && mark_negative(solution, troubled) > 0 && rounds <= limiting_rounds) {
    if (++rounds > limiting_rounds) {
      troubled.assign(troubled.size(), true);
    }
    solution.problem.troubled = std::make_shared<const fv::TroubledCells>(troubled);
    solve_once(solution);
  }
  solution.limited = static_cast<Index>(std::count(troubled.begin(), troubled.end(), true));
  solution.solver += rounds == 0 ? "; nothing was negative" : "; " + std::to_string(rounds) + " rounds of limiting";
}

}  // namespace

std::unique_ptr<Solution> solve_on(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh,
                                   const fv::Scheme& scheme, const SolveOptions& options) {
  auto solution = std::make_unique<Solution>(comm, sde, make_axes(mesh), scheme);
  solution->warm = options.warm;
  solution->accepted = options.accepted;
  solve_once(*solution);
  if (scheme.flux == fv::Flux::limited) {
    limit(*solution);
  }
  return solution;
}

}  // namespace sgdflux::study
