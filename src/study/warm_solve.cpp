#include "warm_solve.hpp"

#include "warm_state.hpp"

namespace sgdflux::study {
namespace {

/// With factors of a problem nearby: when to give up, and when the next problem had better have its own.
constexpr int nearby_iterations = 30;
constexpr int worthwhile_iterations = 10;

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

}  // namespace

bool in_sequence(const Solution& solution) {
  return solution.warm != nullptr && solution.grid.dimension() > 1 &&
         !fv::falls_back_on_monotone(solution.problem.scheme.flux);
}

void solve_next(Solution& solution, const fv::Generator& rows) {
  WarmStart::State& state = solution.warm->state();
  WarmGrid& grid = state.grid(solution.grid, solution.problem.scheme);
  const solve::StationaryProblem problem{solution.grid, solution.partition, rows};
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

}  // namespace sgdflux::study
