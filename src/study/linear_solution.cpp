#include "linear_solution.hpp"

#include <petscsys.h>

#include <optional>

#include "applied_operator.hpp"
#include "kronecker_split.hpp"
#include "memory.hpp"
#include "nested_start.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "warm_solve.hpp"

namespace sgdflux::study {
namespace {

/// Multigrid and Kronecker sums that work need 5 to 40 iterations; then it is time for something else.
constexpr int fast_iterations = 120;
constexpr int krylov_iterations = 400;

/// L¹ error by the residual of an answer, asked for beyond the accepted residual where it can be had: of low orders the
/// grid's own error is far above.
double wanted_error(const fv::Scheme& scheme) {
  const int order = fv::order(scheme.flux);
  return order > 4 ? 1e-11 : order > 2 ? 1e-9 : 1e-8;
}
constexpr double full_accuracy = 1e-12;  ///< accepted residual of an answer; starts have a larger one

int iteration_limit(Way way) {
  const bool few = way == Way::geometric || way == Way::kronecker || way == Way::algebraic;
  return few ? fast_iterations : krylov_iterations;
}

/// One way after the other for one grid.
class LinearSolution {
 public:
  explicit LinearSolution(Solution& solution) : solution_(solution), traits_(traits(solution)) {}

  void run() {
    bool tried = false;
    const std::vector<Way> list = ways(solution_.grid, solution_.problem.scheme, traits_);
    for (const Way way : list) {
      if (possible(way) && (way == list.front() || fits(way))) {
        attempt(way);
        tried = true;
      }
      if (solution_.result.converged) {
        break;
      }
    }
    solution_.solver = words();
    if (!tried) {
      throw core::SettingsError("mesh: no solver for " + std::to_string(solution_.grid.cells()) +
                                " cells: " + solution_.solver + "; use fewer cells");
    }
  }

 private:
  /// PETSc's own preconditioners need rows: whoever asks for one is served by a way that has them.
  [[nodiscard]] bool possible(Way way) {
    if (!without_matrix(way)) {
      return true;
    }
    if (la::option_given("-stationary_pc_")) {
      leave_out(way, "options of PETSc's preconditioners (-stationary_pc_...) were given, which need a matrix");
      return false;
    }
    if (way == Way::kronecker && !has_split()) {
      leave_out(way, "no two groups of variables have at most " + std::to_string(most_group_cells) + " cells");
      return false;
    }
    return true;
  }

  [[nodiscard]] bool has_split() const {
    bool found = false;
    la::guard(solution_.comm, [&] { found = kronecker_split(solution_).has_value(); });
    return found;
  }

  void leave_out(Way way, const std::string& reason) {
    SolveRecord record = blank(way);
    record.tried = false;
    record.reason = reason;
    solution_.solves.push_back(record);
  }

  [[nodiscard]] bool fits(Way way) {
    const double needed = bytes(way, solution_.grid, solution_.problem.scheme, traits_, la::size(solution_.comm));
    if (needed <= usable_memory(solution_.comm, 0).bytes) {
      return true;
    }
    leave_out(way, "it would need " + in_gigabytes(needed) + " of memory");
    return false;
  }

  [[nodiscard]] SolveRecord blank(Way way) const {
    SolveRecord record;
    record.solver = to_string(way);
    record.cells = solution_.grid.cells();
    return record;
  }

  void attempt(Way way) {
    if (iterative(way)) {
      find_start(!starts_by_itself(way));
    }
    const double began = MPI_Wtime();
    record_ = blank(way);
    by(way);
    solution_.direct = way == Way::direct && !solution_.result.nearby;
    finish(began);
  }

  void find_start(bool density) {
    if (!start_ || (density && !has_density_)) {
      start_ = nested_start(solution_, density);
      solution_.solves.insert(solution_.solves.end(), start_->solves.begin(), start_->solves.end());
      has_density_ = density;
    }
  }

  /// Whether the preconditioner's own density is the best start: its fluxes are those of the scheme.
  [[nodiscard]] bool starts_by_itself(Way way) const {
    return way == Way::geometric && solution_.problem.scheme.flux == fv::Flux::order2;
  }

  void by(Way way) {
    if (way == Way::direct) {
      return directly();
    }
    without_matrix(way) ? applied(way) : assembled(way);
  }

  void finish(double began) {
    const solve::StationaryResult& result = solution_.result;
    if (!result.by_options.empty()) {
      record_.solver = "by PETSc's options " + result.by_options + " in place of " + record_.solver;
    }
    record_.iterations = result.iterations;
    record_.converged = result.converged;
    record_.residual = result.relative_residual;
    record_.reason = result.converged ? "" : result.reason;
    record_.seconds = la::maximum(solution_.comm, MPI_Wtime() - began);
    PetscLogDouble resident = 0;
    la::check(PetscMemoryGetCurrentUsage(&resident));
    record_.bytes = la::sum(solution_.comm, resident);
    solution_.solves.push_back(record_);
  }

  /// The rows of the generator, kept for the next way.
  const fv::Generator& rows() {
    if (!rows_) {
      const double began = MPI_Wtime();
      rows_ = solution_.generator();
      solution_.largest_rate = la::maximum(solution_.comm, fv::audit(*rows_).largest_diagonal);
      solution_.assemble_seconds += MPI_Wtime() - began;
    }
    return *rows_;
  }

  void directly() {
    if (!in_sequence(solution_)) {
      solution_.result = solve::stationary(solution_.comm, {solution_.grid, solution_.partition, rows()}, {});
      return;
    }
    solve_next(solution_, rows());
    if (solution_.result.nearby) {
      record_.solver = "FGMRES with LU of a problem nearby";
    }
  }

  [[nodiscard]] solve::StationaryOptions options(Way way) const {
    solve::StationaryOptions result;
    result.method = assembled_method(way);
    result.start = start_->density;
    result.known_gap = start_->gap;
    result.iterations = iteration_limit(way);
    result.accepted = solution_.accepted;
    result.wanted_error = solution_.accepted <= full_accuracy ? wanted_error(solution_.problem.scheme) : 0;
    return result;
  }

  void accept(solve::StationaryResult result) {
    solution_.result = std::move(result);
    solution_.result.simple = solution_.result.simple && start_->simple;
  }

  void assembled(Way way) {
    const fv::Scheme& scheme = solution_.problem.scheme;
    const bool needs_low_order = fv::half_width(scheme.flux) > 1 || fv::monotone_jumps(solution_.problem);
    const fv::Generator low =
        needs_low_order ? solution_.generator(preconditioning_scheme(way, scheme)) : fv::Generator{};
    accept(solve::stationary(
        solution_.comm, {solution_.grid, solution_.partition, rows(), needs_low_order ? &low : nullptr}, options(way)));
  }

  void applied(Way way) {
    const double began = MPI_Wtime();
    const auto op = AppliedOperator::make(solution_, way);
    solution_.assemble_seconds += MPI_Wtime() - began;
    const auto& rates = op->generator().rates;
    solution_.largest_rate = la::maximum(solution_.comm, rates.size() > 0 ? rates.maxCoeff() : 0);
    record_.solver = op->name();
    solve::StationaryOptions how = options(way);
    if (starts_by_itself(way)) {
      how.start = op->start();
    }
    accept(solve::stationary(
        solution_.comm, solve::AppliedProblem{solution_.grid, solution_.partition, op->generator()}, std::move(how)));
  }

  /// What was done on this grid, in the words of a report.
  [[nodiscard]] std::string words() const {
    std::string text;
    for (std::size_t k = before_; k < solution_.solves.size(); ++k) {
      const SolveRecord& record = solution_.solves[k];
      if (record.cells == solution_.grid.cells()) {
        text += (text.empty() ? "" : "; ") + words(record);
      }
    }
    return text;
  }

  [[nodiscard]] std::string words(const SolveRecord& record) const {
    if (!record.tried) {
      return record.solver + " left out: " + record.reason;
    }
    return record.solver + ", " + std::to_string(record.iterations) +
           (solution_.direct ? " inverse iterations" : " iterations") + (record.converged ? "" : ": did not converge");
  }

  Solution& solution_;
  std::size_t before_ = solution_.solves.size();  ///< records of earlier solves: rounds of limiting
  Traits traits_;
  std::optional<Start> start_;
  bool has_density_ = false;  ///< of the start, on every rank
  std::optional<fv::Generator> rows_;
  SolveRecord record_;
};

}  // namespace

void solve_linear(Solution& solution) { LinearSolution(solution).run(); }

}  // namespace sgdflux::study
