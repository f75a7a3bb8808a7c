#include "sgdflux/solve/stationary.hpp"

#include <algorithm>
#include <cmath>

#include "factors.hpp"
#include "krylov_passes.hpp"
#include "sgdflux/la/deflated_solver.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;

constexpr double preconditioner_shift = 1e-12;
constexpr double standstill = 1e-13;  ///< relative L¹ change at which inverse iteration ends
constexpr int inverse_iterations = 12;
constexpr double trusted_gap = 0.05;  ///< of the gap nearby: below, a solve with its factors is not believed

/// Turns q = D P into the density and judges it.
void assess(const ScaledOperator& work, const Array& q, double accepted, StationaryResult& result) {
  const Array p = q / work.rates();
  const double mass = work.integral(p);
  result.density = p / mass;
  const Array residual = work.apply(q);
  result.residual = work.norm1(residual) / std::abs(mass);
  result.relative_residual = work.norm2(residual) / work.norm2(q);
  result.converged = std::isfinite(result.relative_residual) && result.relative_residual <= accepted;
}

Array start(const ScaledOperator& work, const StationaryOptions& options) {
  const Array p = options.start.size() > 0 ? options.start : Array(Array::Ones(work.rates().size()));
  const Array q = work.rates() * p;
  return q / work.integral(q);
}

/// Until q stands still. In one dimension, where it is cheap, always to the limit: each step takes another 13 decades
/// off what the start left in the far tail, and a tail of 1e−60 matters to moments of variables that reach 1e23.
void inverse_iteration(const Work& work, la::LinearSolver& solver, bool to_the_limit, Array& q,
                       StationaryResult& result) {
  double change = 1;
  for (int step = 0; step < inverse_iterations && (to_the_limit || change > standstill); ++step) {
    const std::optional<Array> next = work.solve(solver, q);
    const double mass = next ? work.integral(*next) : 0;
    if (!(std::abs(mass) > 0 && std::isfinite(mass))) {
      result.reason = solver.reason();
      return;
    }
    change = work.norm1(*next / mass - q);
    q = *next / mass;
    ++result.iterations;
  }
}

void solve_direct(const Work& work, const StationaryProblem& problem, const StationaryOptions& options, Array q,
                  StationaryResult& result) {
  const auto factors = std::make_shared<Factors>(work, problem);
  la::LinearSolver& solver = factors->solver();
  result.by_options = solver.by_options();
  inverse_iteration(work, solver, problem.grid.dimension() == 1, q, result);
  if (!result.reason.empty()) {
    result.density = q;
    return;
  }
  assess(work, q, options.accepted, result);
  const Array everywhere = Array::Ones(q.size());
  const Array start = scrambled(problem);
  result.simple = slowest(work, work.inverse(solver), start, q, everywhere, everywhere).rate > simple_above;
  Slowest slow = slowest(work, work.inverse(solver), start, result.density, 1 / work.rates(), everywhere);
  result.gap = slow.rate;
  if (options.keep_factors) {
    factors->gap = slow.rate;
    factors->slowest = std::move(slow.vector);
    result.factors = factors;
  }
  result.reason = result.converged
                      ? "converged"
                      : "inverse iteration left a relative residual of " + scientific(result.relative_residual);
}

/// A null vector of the preconditioning generator by two inverse iterations with the preconditioner's own factors.
void improve_start(const Work& work, const la::LinearSolver& solver, Array& q) {
  for (int step = 0; step < 2; ++step) {
    const Array next = work.precondition(solver, q);
    q = next / work.integral(next);
  }
}

/// q = D P with its corrections.
template <class KrylovSolver>
class ScaledIterate {
 public:
  ScaledIterate(const ScaledOperator& work, KrylovSolver& solver, const mesh::Partition& partition, double accepted,
                Array& q)
      : work_(work),
        solver_(solver),
        accepted_(accepted),
        q_(q),
        b_(la::create_vector(work.comm(), partition)),
        x_(la::create_vector(work.comm(), partition)) {}

  void assess(StationaryResult& result) { solve::assess(work_, q_, accepted_, result); }
  void correct(double aim, int iterations, StationaryResult& result) {
    solver_.set_tolerance({1e-16, aim * work_.norm2(q_), iterations});
    la::set_values(b_.get(), -work_.apply(q_));
    solver_.solve(b_.get(), x_.get());
    result.iterations += solver_.iterations();
    result.reason = solver_.reason();
    q_ += la::values(x_.get());
  }
  void take_back() { q_ -= la::values(x_.get()); }

 private:
  const ScaledOperator& work_;
  KrylovSolver& solver_;
  double accepted_;
  Array& q_;
  la::Vector b_;
  la::Vector x_;
};

void solve_iteratively(const Work& work, const StationaryProblem& problem, const StationaryOptions& options, Array q,
                       StationaryResult& result) {
  const la::Matrix preconditioner =
      work.matrix(problem.low_order != nullptr ? *problem.low_order : problem.generator, preconditioner_shift);
  la::LinearSolver solver(work.op(), preconditioner.get(), options.method, "stationary_");
  result.by_options = solver.by_options();
  if (options.method == la::Method::preconditioned) {
    improve_start(work, solver, q);
  }
  ScaledIterate iterate(work, solver, problem.partition, options.accepted, q);
  correct(iterate, {}, options, result);
  result.gap = options.known_gap;
}

/// Another look at the slowest mode of the factors, from where it was: one loose solve.
double follow_gap(const Work& work, la::DeflatedSolver& solver, const Array& density, Factors& factors) {
  solver.set_tolerance({1e-2, 0, 30});
  const Array everywhere = Array::Ones(density.size());
  Slowest slow = slowest(work, work.inverse(solver), factors.slowest, density, 1 / work.rates(), everywhere, 1);
  if (slow.rate > 0) {
    factors.gap = slow.rate;
    factors.slowest = std::move(slow.vector);
  }
  return slow.rate;
}

/// With the factors of a problem nearby. A slowest mode that has become much slower asks for new ones: a Krylov method
/// would not see what mixes so slowly.
void solve_nearby(const Work& work, const StationaryProblem& problem, const StationaryOptions& options, Array q,
                  StationaryResult& result) {
  result.factors = options.factors;
  Factors& factors = *result.factors;
  if (options.renew_factors) {
    factors.renew(work, problem);
  }
  const double gap_before = factors.gap;
  const la::Vector mass = la::create_vector(work.comm(), problem.partition);
  const la::Vector null = la::create_vector(work.comm(), problem.partition);
  la::check(VecSet(mass.get(), 1));
  la::set_values(null.get(), q);
  la::DeflatedSolver solver(work.op(), factors.solver(), mass.get(), null.get(), "stationary_nearby_");
  ScaledIterate iterate(work, solver, problem.partition, options.accepted, q);
  correct(iterate, {2, 0.5}, options, result);
  result.gap = gap_before;
  if (factors.look_at_slowest() && result.converged) {
    result.gap = follow_gap(work, solver, result.density, factors);
    factors.falling = result.gap < 0.5 * gap_before;
    if (!(result.gap > trusted_gap * gap_before)) {
      result.converged = false;
      result.reason = "the slowest mode is much slower than that of the problem nearby";
    }
  }
  result.nearby = true;
}

}  // namespace

StationaryResult stationary(MPI_Comm comm, const StationaryProblem& problem, const StationaryOptions& options) {
  Work work(comm, problem, options.factors ? options.factors->lend(comm, problem) : la::Matrix{});
  StationaryResult result;
  const Array q = start(work, options);
  if (options.method == la::Method::direct) {
    options.factors ? solve_nearby(work, problem, options, q, result) : solve_direct(work, problem, options, q, result);
  } else {
    solve_iteratively(work, problem, options, q, result);
  }
  result.conservation = work.conservation();
  if (result.factors) {
    result.factors->keep(comm, problem, work.release());
  }
  return result;
}

}  // namespace sgdflux::solve
