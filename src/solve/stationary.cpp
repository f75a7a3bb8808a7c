#include "sgdflux/solve/stationary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"

namespace sgdflux::solve {
namespace {

using core::Index;
using Array = Eigen::ArrayXd;

/// Shifts of the scaled generator, whose columns are of order 1: far below any gap that doubles resolve, above the
/// rounding of the factors.
constexpr double direct_shift = 1e-14;
constexpr double preconditioner_shift = 1e-12;
constexpr double standstill = 1e-13;  ///< relative L¹ change at which inverse iteration ends
constexpr double accepted_residual = 1e-12;
constexpr int inverse_iterations = 12;
constexpr int gap_iterations = 8;

/// The generator with its columns scaled by the rates D of their cells: −L D⁻¹ q = 0 with q = D P. Rates may differ by
/// 60 orders of magnitude (the far tail of a multiplicative noise); the scaled generator is that of the jump chain, of
/// order 1.
class Work {
 public:
  Work(MPI_Comm comm, const StationaryProblem& problem)
      : comm_(comm),
        problem_(problem),
        volume_(problem.grid.cell_volume()),
        rates_(rates(problem.generator)),
        x_(la::create_vector(comm, problem.partition)),
        y_(la::create_vector(comm, problem.partition)),
        operator_(matrix(problem.generator, 0)) {}

  [[nodiscard]] MPI_Comm comm() const { return comm_; }
  [[nodiscard]] const Array& rates() const { return rates_; }
  [[nodiscard]] Mat op() const { return operator_.get(); }
  [[nodiscard]] double integral(const Array& p) const { return la::sum(comm_, p.sum()) * volume_; }
  [[nodiscard]] double norm1(const Array& p) const { return la::sum(comm_, p.abs().sum()) * volume_; }
  [[nodiscard]] double norm2(const Array& p) const { return std::sqrt(la::sum(comm_, p.square().sum())); }

  /// −L D⁻¹ + shift: positive diagonal, as multigrid expects.
  [[nodiscard]] la::Matrix matrix(const fv::Generator& generator, double shift) const {
    la::Matrix result = la::create_matrix(comm_, problem_.grid, problem_.partition,
                                          {generator.cells, generator.offsets, generator.values, -1, 0});
    la::set_values(x_.get(), 1 / rates_);
    la::check(MatDiagonalScale(result.get(), nullptr, x_.get()));
    la::check(MatShift(result.get(), shift));
    return result;
  }
  /// −L P for q = D P.
  [[nodiscard]] Array apply(const Array& q) const {
    la::set_values(x_.get(), q);
    la::check(MatMult(operator_.get(), x_.get(), y_.get()));
    return la::values(y_.get());
  }
  /// Largest column sum of the scaled generator: mass that one jump loses.
  [[nodiscard]] double conservation() const {
    la::check(VecSet(x_.get(), 1));
    la::check(MatMultTranspose(operator_.get(), x_.get(), y_.get()));
    const Array sums = la::values(y_.get()).abs();
    return la::maximum(comm_, sums.size() > 0 ? sums.maxCoeff() : 0);
  }
  /// Solution of the solver's system; nothing, on every rank, when it failed.
  [[nodiscard]] std::optional<Array> solve(la::LinearSolver& solver, const Array& right) const {
    la::set_values(x_.get(), right);
    return solver.solve(x_.get(), y_.get()) ? std::optional(la::values(y_.get())) : std::nullopt;
  }
  [[nodiscard]] Array precondition(const la::LinearSolver& solver, const Array& right) const {
    la::set_values(x_.get(), right);
    solver.precondition(x_.get(), y_.get());
    return la::values(y_.get());
  }

 private:
  /// Σ_k |L_ck| of each row; 1 for a cell where nothing happens.
  static Array rates(const fv::Generator& generator) {
    const Array sums = generator.values.abs().rowwise().sum();
    return (sums > 0).select(sums, Array::Ones(sums.size()));
  }

  MPI_Comm comm_;
  const StationaryProblem& problem_;
  double volume_;
  Array rates_;
  la::Vector x_;
  la::Vector y_;
  la::Matrix operator_;
};

/// Numbers in (−1, 1) that depend on the cell alone, so that every number of ranks sees the same vector.
Array scrambled(const StationaryProblem& problem) {
  const mesh::Box& box = problem.generator.cells;
  Array values(box.cells());
  for (Index i = 0; i < box.cells(); ++i) {
    std::uint64_t state = 0x9e3779b97f4a7c15ULL;
    for (const Index coordinate : box.cell(i)) {
      state = (state ^ static_cast<std::uint64_t>(coordinate)) * 0xbf58476d1ce4e5b9ULL;
      state ^= state >> 29U;
    }
    values(i) = 2 * static_cast<double>(state >> 11U) * 0x1p-53 - 1;
  }
  return values;
}

/// Decay rate of the slowest mode from the growth of a vector of zero mass under inverse iteration, with the scaled
/// generator
/// (`weights` 1) or L itself (`weights` 1/D); the geometric mean averages over rotating pairs. 0 when a solve failed.
/// @param null right null vector that belongs to the iteration, mass 1.
double slowest_rate(const Work& work, la::LinearSolver& solver, const StationaryProblem& problem, const Array& null,
                    const Array& weights) {
  Array y = scrambled(problem);
  double growth = 0;
  int counted = 0;
  for (int step = 0; step < gap_iterations; ++step) {
    y -= work.integral(y) * null;
    y /= work.norm1(y);
    const std::optional<Array> next = work.solve(solver, y);
    if (!next) {
      return 0;
    }
    y = weights * *next;
    y -= work.integral(y) * null;
    if (2 * step >= gap_iterations) {
      growth += std::log(work.norm1(y));
      ++counted;
    }
  }
  return std::exp(-growth / counted);
}

/// Turns q = D P into the density and judges it.
void assess(const Work& work, const Array& q, StationaryResult& result) {
  const Array p = q / work.rates();
  const double mass = work.integral(p);
  result.density = p / mass;
  const Array residual = work.apply(q);
  result.residual = work.norm1(residual) / std::abs(mass);
  result.relative_residual = work.norm2(residual) / work.norm2(q);
  result.converged = std::isfinite(result.relative_residual) && result.relative_residual <= accepted_residual;
}

Array start(const Work& work, const StationaryProblem& problem, const StationaryOptions& options) {
  const Array p = options.start.size() > 0 ? options.start : Array(Array::Ones(problem.generator.cells.cells()));
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

void solve_direct(const Work& work, const StationaryProblem& problem, Array q, StationaryResult& result) {
  const la::Matrix shifted = work.matrix(problem.generator, direct_shift);
  la::LinearSolver solver(shifted.get(), shifted.get(), la::Method::direct, "stationary_");
  inverse_iteration(work, solver, problem.grid.dimension() == 1, q, result);
  if (!result.reason.empty()) {
    result.density = q;
    return;
  }
  assess(work, q, result);
  result.simple = slowest_rate(work, solver, problem, q, Array::Ones(q.size())) > 10 * direct_shift;
  result.gap = slowest_rate(work, solver, problem, result.density, 1 / work.rates());
  result.reason = result.converged
                      ? "converged"
                      : "inverse iteration left a relative residual of " + std::to_string(result.relative_residual);
}

/// A null vector of the preconditioning generator by two inverse iterations with the preconditioner's own factors.
void improve_start(const Work& work, const la::LinearSolver& solver, Array& q) {
  for (int step = 0; step < 2; ++step) {
    const Array next = work.precondition(solver, q);
    q = next / work.integral(next);
  }
}

void solve_iteratively(const Work& work, const StationaryProblem& problem, const StationaryOptions& options, Array q,
                       StationaryResult& result) {
  const la::Matrix preconditioner =
      work.matrix(problem.low_order != nullptr ? *problem.low_order : problem.generator, preconditioner_shift);
  la::LinearSolver solver(work.op(), preconditioner.get(), options.method, "stationary_");
  if (options.method == la::Method::preconditioned) {
    improve_start(work, solver, q);
  }
  assess(work, q, result);
  for (int pass = 0; pass < 4 && !result.converged; ++pass) {
    solver.set_tolerance({1e-16, 0.1 * accepted_residual * work.norm2(q), options.iterations});
    la::Vector b = la::create_vector(work.comm(), problem.partition);
    la::Vector x = la::create_vector(work.comm(), problem.partition);
    la::set_values(b.get(), -work.apply(q));
    const bool solved = solver.solve(b.get(), x.get());
    result.iterations += solver.iterations();
    result.reason = solver.reason();
    q += la::values(x.get());
    const double before = result.relative_residual;
    assess(work, q, result);
    if (!solved || result.relative_residual > 0.5 * before) {
      break;
    }
  }
  result.gap = options.known_gap;
}

}  // namespace

StationaryResult stationary(MPI_Comm comm, const StationaryProblem& problem, const StationaryOptions& options) {
  const Work work(comm, problem);
  StationaryResult result;
  const Array q = start(work, problem, options);
  if (options.method == la::Method::direct) {
    solve_direct(work, problem, q, result);
  } else {
    solve_iteratively(work, problem, options, q, result);
  }
  result.conservation = work.conservation();
  return result;
}

}  // namespace sgdflux::solve
