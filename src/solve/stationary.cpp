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

/// Shifts relative to max |L_jj|: far below any gap that doubles resolve, above the rounding of the factors.
constexpr double direct_shift = 1e-14;
constexpr double preconditioner_shift = 1e-12;
constexpr double standstill = 1e-13;     ///< relative L¹ change at which inverse iteration ends
constexpr double accepted_residual = 1e-12;
constexpr int inverse_iterations = 12;
constexpr int gap_iterations = 8;

class Work {
 public:
  Work(MPI_Comm comm, const StationaryProblem& problem)
      : comm_(comm), problem_(problem), volume_(problem.grid.cell_volume()), scale_(la::maximum(comm, fv::audit(problem.generator).largest_diagonal)),
        operator_(matrix(problem.generator, 0)), x_(la::create_vector(comm, problem.partition)), y_(la::create_vector(comm, problem.partition)) {}

  [[nodiscard]] MPI_Comm comm() const { return comm_; }
  [[nodiscard]] double scale() const { return scale_; }
  [[nodiscard]] Mat op() const { return operator_.get(); }
  [[nodiscard]] double mass(const Array& p) const { return la::sum(comm_, p.sum()) * volume_; }
  [[nodiscard]] double norm1(const Array& p) const { return la::sum(comm_, p.abs().sum()) * volume_; }

  /// −L + shift: positive diagonal, as multigrid expects.
  [[nodiscard]] la::Matrix matrix(const fv::Generator& generator, double shift) const {
    return la::create_matrix(comm_, problem_.grid, problem_.partition,
                             {generator.cells, generator.offsets, generator.values, -1, shift * scale_});
  }
  [[nodiscard]] Array apply(const Array& p) const {
    la::set_values(x_.get(), p);
    la::check(MatMult(operator_.get(), x_.get(), y_.get()));
    return la::values(y_.get());
  }
  [[nodiscard]] double conservation() const {
    la::check(VecSet(x_.get(), 1));
    la::check(MatMultTranspose(operator_.get(), x_.get(), y_.get()));
    const Array sums = la::values(y_.get()).abs();
    return la::maximum(comm_, sums.size() > 0 ? sums.maxCoeff() : 0) / std::max(scale_, 1e-300);
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
  /// ‖diag(L) p‖₂: what a residual is measured against.
  [[nodiscard]] double weight(const Array& p) const {
    const Array diagonal = problem_.generator.values.size() > 0 ? Array(problem_.generator.values.col(0)) : Array();
    return std::sqrt(la::sum(comm_, (diagonal * p).square().sum()));
  }
  [[nodiscard]] double norm2(const Array& p) const { return std::sqrt(la::sum(comm_, p.square().sum())); }

 private:
  MPI_Comm comm_;
  const StationaryProblem& problem_;
  double volume_;
  double scale_;
  la::Matrix operator_;
  la::Vector x_;
  la::Vector y_;
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

/// |λ₂| from the growth of a vector of zero mass under (L − σ)⁻¹; the geometric mean averages over rotating pairs.
double measure_gap(const Work& work, la::LinearSolver& solver, const StationaryProblem& problem, const Array& density) {
  Array y = scrambled(problem);
  double growth = 0;
  int counted = 0;
  for (int step = 0; step < gap_iterations; ++step) {
    y -= work.mass(y) * density;
    y /= work.norm1(y);
    const std::optional<Array> next = work.solve(solver, y);
    if (!next) {
      return 0;
    }
    y = *next - work.mass(*next) * density;
    if (2 * step >= gap_iterations) {
      growth += std::log(work.norm1(y));
      ++counted;
    }
  }
  return std::exp(-growth / counted);
}

void assess(const Work& work, StationaryResult& result) {
  result.density /= work.mass(result.density);
  const Array residual = work.apply(result.density);
  result.residual = work.norm1(residual);
  result.relative_residual = work.norm2(residual) / work.weight(result.density);
  result.converged = std::isfinite(result.relative_residual) && result.relative_residual <= accepted_residual;
}

Array start(const StationaryProblem& problem, const StationaryOptions& options) {
  return options.start.size() > 0 ? options.start : Array(Array::Ones(problem.generator.cells.cells()));
}

void inverse_iteration(const Work& work, la::LinearSolver& solver, StationaryResult& result) {
  result.density /= work.mass(result.density);
  double change = 1;
  for (int step = 0; step < inverse_iterations && change > standstill; ++step) {
    const std::optional<Array> next = work.solve(solver, result.density);
    const double mass = next ? work.mass(*next) : 0;
    if (!(std::abs(mass) > 0 && std::isfinite(mass))) {
      result.reason = solver.reason();
      return;
    }
    change = work.norm1(*next / mass - result.density);
    result.density = *next / mass;
    ++result.iterations;
  }
}

void solve_direct(const Work& work, const StationaryProblem& problem, StationaryResult& result) {
  const la::Matrix shifted = work.matrix(problem.generator, direct_shift);
  la::LinearSolver solver(shifted.get(), shifted.get(), la::Method::direct, "stationary_");
  inverse_iteration(work, solver, result);
  if (!result.reason.empty()) {
    return;
  }
  assess(work, result);
  result.gap = measure_gap(work, solver, problem, result.density);
  result.simple = result.gap > 10 * direct_shift * work.scale();
  result.reason = result.converged ? "converged" : "inverse iteration left a relative residual of " + std::to_string(result.relative_residual);
}

/// A density of the preconditioning generator by two inverse iterations with the preconditioner's own factors.
void improve_start(const Work& work, const la::LinearSolver& solver, StationaryResult& result) {
  for (int step = 0; step < 2; ++step) {
    const Array next = work.precondition(solver, result.density);
    result.density = next / work.mass(next);
  }
}

void solve_iteratively(const Work& work, const StationaryProblem& problem, const StationaryOptions& options, StationaryResult& result) {
  const fv::Generator& low = problem.low_order != nullptr ? *problem.low_order : problem.generator;
  const la::Matrix preconditioner = work.matrix(low, preconditioner_shift);
  result.density /= work.mass(result.density);
  la::LinearSolver solver(work.op(), preconditioner.get(), options.method, "stationary_");
  if (options.method == la::Method::preconditioned) {
    improve_start(work, solver, result);
  }
  for (int pass = 0; pass < 4 && !result.converged; ++pass) {
    const double target = 0.1 * accepted_residual * work.weight(result.density);
    solver.set_tolerance({1e-16, target, options.iterations});
    const Array right = -work.apply(result.density);
    la::Vector b = la::create_vector(work.comm(), problem.partition);
    la::Vector x = la::create_vector(work.comm(), problem.partition);
    la::set_values(b.get(), right);
    const bool solved = solver.solve(b.get(), x.get());
    result.iterations += solver.iterations();
    result.reason = solver.reason();
    result.density += la::values(x.get());
    const double before = result.relative_residual;
    assess(work, result);
    if (!solved || (pass > 0 && result.relative_residual > 0.5 * before)) {
      break;
    }
  }
  result.gap = options.known_gap;
}

}  // namespace

StationaryResult stationary(MPI_Comm comm, const StationaryProblem& problem, const StationaryOptions& options) {
  const Work work(comm, problem);
  StationaryResult result;
  result.density = start(problem, options);
  if (options.method == la::Method::direct) {
    solve_direct(work, problem, result);
  } else {
    solve_iteratively(work, problem, options, result);
  }
  result.conservation = work.conservation();
  return result;
}

}  // namespace sgdflux::solve
