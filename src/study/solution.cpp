#include "solution.hpp"

#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "transfer.hpp"
#include "warm_state.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

/// Cells up to which LU of the full operator is the fastest and most accurate way (docs/benchmarks.md).
Index direct_cells(int dimension) { return dimension == 1 ? Index{1} << 31 : dimension == 2 ? 20000 : 4200; }

/// The same for fluxes whose densities shall have no negative cell: Krylov methods leave some of the size of rounding,
/// inverse iteration with the factors of an M-matrix adds positive numbers only.
Index positive_cells(int dimension, const fv::Scheme& scheme) {
  if (scheme.flux == fv::Flux::limited) {
    return dimension == 2 ? 40000 : direct_cells(dimension);
  }
  return dimension == 2 ? 100000 : dimension == 3 ? 12000 : direct_cells(dimension);
}

/// Rounds of limiting after which every face gets the monotone flux.
constexpr int limiting_rounds = 25;

/// Size of the grid that an iterative solve starts from, relative to direct_cells: its cost should not show.
constexpr double coarse_share = 0.2;

/// Multigrid that works needs 10 to 40 iterations; then it is time for factors.
constexpr int multigrid_iterations = 120;
constexpr int krylov_iterations = 400;

/// With factors of a problem nearby: when to give up, and when the next problem had better have its own.
constexpr int nearby_iterations = 30;
constexpr int worthwhile_iterations = 10;

struct Start {
  Eigen::ArrayXd density;
  double gap = 0;
  bool simple = true;
};

Start coarse_start(const Solution& fine) {
  const double target = coarse_share * static_cast<double>(direct_cells(fine.grid.dimension()));
  const double factor = std::pow(target / static_cast<double>(fine.grid.cells()), 1. / fine.grid.dimension());
  std::vector<mesh::AxisSpec> specs;
  for (const auto& axis : fine.grid.axes()) {
    specs.push_back(axis.spec());
  }
  const auto coarse = solve_on(fine.comm, fine.sde, rescaled(specs, factor), fine.problem.scheme, fine.warm);
  return {transferred(*coarse, coarse->state.density, fine), coarse->result.gap, coarse->result.simple};
}

/// What iterative methods precondition with. Multigrid and incomplete factors need an M-matrix, which central fluxes do
/// not give on coarse grids: they get the fitted flux, correlations of the noise left out. LU takes the second-order
/// generator.
fv::Scheme low_order(la::Method method, const fv::Scheme& scheme) {
  return method == la::Method::preconditioned ? fv::Scheme{fv::Flux::order2, scheme.damping}
                                              : fv::Scheme{fv::Flux::fitted, 0};
}

/// Whether a sequence of problems may use each other's factors: not in one variable, where new ones cost nothing, nor
/// where positivity hangs on inverse iteration with factors of the operator itself.
bool in_sequence(const Solution& solution) {
  return solution.warm != nullptr && solution.grid.dimension() > 1 &&
         !fv::falls_back_on_monotone(solution.problem.scheme.flux);
}

/// From the density and with the factors of the problem before, or with new ones in their place. Whether that was
/// enough.
bool solve_nearby(Solution& solution, const solve::StationaryProblem& problem, const WarmGrid& grid, bool renew) {
  WarmStart::State& state = solution.warm->state();
  solve::StationaryOptions options;
  options.factors = grid.factors;
  options.renew_factors = renew;
  options.iterations = nearby_iterations;
  options.start = grid.predict(state.parameter, grid.degree);
  solution.result = solve::stationary(solution.comm, problem, options);
  state.count.iterations += solution.result.iterations;
  (renew ? state.count.cold : state.count.warm) += 1;
  return solution.result.converged;
}

/// As one of a sequence: with the factors at hand, with new ones where these have worn out, or from scratch.
void solve_next(Solution& solution) {
  WarmStart::State& state = solution.warm->state();
  WarmGrid& grid = state.grid(solution.grid, solution.problem.scheme);
  const solve::StationaryProblem problem{solution.grid, solution.partition, solution.operator_rows};
  const bool solved = grid.factors && ((!grid.worn && solve_nearby(solution, problem, grid, false)) ||
                                       solve_nearby(solution, problem, grid, true));
  if (!solved) {
    solve::StationaryOptions scratch;
    scratch.keep_factors = true;
    solution.result = solve::stationary(solution.comm, problem, scratch);
    state.count.cold += 1;
  }
  grid.factors = solution.result.factors;
  grid.worn = solved && solution.result.iterations > worthwhile_iterations;
  if (solution.result.converged) {
    grid.keep(solution.comm, state.parameter, solution.result.density);
  }
}

void solve_directly(Solution& solution) {
  if (in_sequence(solution)) {
    return solve_next(solution);
  }
  solution.result = solve::stationary(solution.comm, {solution.grid, solution.partition, solution.operator_rows}, {});
}

void solve_iteratively(Solution& solution, la::Method method, const Start& start, int iterations) {
  const bool needs_low_order = fv::half_width(solution.problem.scheme.flux) > 1 || fv::monotone_jumps(solution.problem);
  const fv::Generator low =
      needs_low_order ? solution.generator(low_order(method, solution.problem.scheme)) : fv::Generator{};
  solve::StationaryOptions options;
  options.method = method;
  options.start = start.density;
  options.known_gap = start.gap;
  options.iterations = iterations;
  const solve::StationaryProblem problem{solution.grid, solution.partition, solution.operator_rows,
                                         needs_low_order ? &low : nullptr};
  solution.result = solve::stationary(solution.comm, problem, options);
  solution.result.simple = solution.result.simple && start.simple;
}

/// Solves with `method`; multigrid that stalls is followed by factors. Returns the method that was used in the end.
la::Method solve_with(Solution& solution, la::Method method) {
  if (method == la::Method::direct) {
    solve_directly(solution);
    return method;
  }
  const Start start = coarse_start(solution);
  const bool fallback = method == la::Method::multigrid;
  solve_iteratively(solution, method, start, fallback ? multigrid_iterations : krylov_iterations);
  if (solution.result.converged || !fallback) {
    return method;
  }
  solve_iteratively(solution, la::Method::preconditioned, start, krylov_iterations);
  return la::Method::preconditioned;
}

std::string words(la::Method method, const solve::StationaryResult& result) {
  if (result.nearby) {
    return "FGMRES with LU (MUMPS) of a problem nearby, " + std::to_string(result.iterations) + " iterations";
  }
  return la::to_string(method) + ", " + std::to_string(result.iterations) +
         (method == la::Method::direct ? " inverse iterations" : " iterations");
}

}  // namespace

Solution::Solution(MPI_Comm communicator, const model::Sde& model, std::vector<mesh::Axis> axes,
                   const fv::Scheme& scheme)
    : Assembly(communicator, model, std::move(axes), scheme),
      state(observe::make_state(comm, grid, partition, Eigen::ArrayXd::Zero(owned.cells()))) {}

Law Solution::law() const {
  const double error = result.gap > 0 ? std::min(1., result.residual / result.gap) : result.residual;
  return {sde, state, error, true};
}

fv::Scheme preconditioning_scheme(la::Method method, const fv::Scheme& scheme) { return low_order(method, scheme); }

Plan plan(const mesh::Grid& grid, const fv::Scheme& scheme, bool inertial, bool coupled) {
  const int dim = grid.dimension();
  const auto n = static_cast<double>(grid.cells());
  Plan result;
  const bool positive = fv::falls_back_on_monotone(scheme.flux);
  if (grid.cells() > (positive ? positive_cells(dim, scheme) : direct_cells(dim))) {
    result.method = dim == 4 ? la::Method::incomplete : inertial ? la::Method::preconditioned : la::Method::multigrid;
  }
  const double m = fv::half_width(scheme.flux);
  const double entries = 1 + 2 * m * dim + (coupled ? 4 * m * m * dim * (dim - 1) / 2. : 0);
  // Assembly holds stencil values, COO triplets and the matrix at once; factors of nested dissection grow as n log n in
  // the plane and n^{4/3}, n^{3/2} in three and four dimensions; the Krylov basis has 60 vectors.
  const double assembly = n * entries * 52;
  const double fill = dim == 1   ? 4 * n
                      : dim == 2 ? 4 * n * std::log2(n + 2)
                      : dim == 3 ? 6 * std::pow(n, 4. / 3)
                                 : 4 * std::pow(n, 1.5);
  const double wide = result.method == la::Method::direct ? m : 1;
  const bool factorised = result.method == la::Method::direct || result.method == la::Method::preconditioned;
  const double factors = factorised ? fill * wide * wide : n * 40;
  result.bytes = assembly + 8 * factors + (result.method == la::Method::direct ? 0 : 130 * 8 * n);
  return result;
}

namespace {

/// Assembles with the scheme as it stands, solves, and takes the density over into the state.
void solve_once(Solution& solution) {
  const double began = MPI_Wtime();
  solution.operator_rows = solution.generator();
  solution.assemble_seconds += MPI_Wtime() - began;
  const la::Method method =
      plan(solution.grid, solution.problem.scheme, inertial(solution), coupled(solution.problem.coupling)).method;
  solution.largest_rate = la::maximum(solution.comm, fv::audit(solution.operator_rows).largest_diagonal);
  const la::Method used = solve_with(solution, method);
  solution.direct = used == la::Method::direct && !solution.result.nearby;
  solution.solver =
      words(used, solution.result) + (used == method ? "" : ", after " + la::to_string(method) + " stalled");
  observe::replace_density(solution.state, std::move(solution.result.density));
  solution.operator_rows = {};
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
                                   const fv::Scheme& scheme, WarmStart* warm) {
  auto solution = std::make_unique<Solution>(comm, sde, make_axes(mesh), scheme);
  solution->warm = warm;
  solve_once(*solution);
  if (scheme.flux == fv::Flux::limited) {
    limit(*solution);
  }
  return solution;
}

}  // namespace sgdflux::study
