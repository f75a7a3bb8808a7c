#pragma once
/// Factors that outlive the problem they were computed for.
#include "stationary_work.hpp"

namespace sgdflux::solve {

/// The shifted scaled generator of one problem with its LU factors, and the slowest mode as last seen.
class Factors {
 public:
  /// Factorises. Collective.
  Factors(const Work& work, const StationaryProblem& problem)
      : offsets_(problem.generator.offsets),
        matrix_(work.matrix(problem.generator, direct_shift)),
        solver_(matrix_.get(), matrix_.get(), la::Method::direct, "stationary_") {}

  /// Factorises another problem on a grid of the same shape; the order of elimination is kept where the pattern is the
  /// same on every rank. Collective.
  void renew(const Work& work, const StationaryProblem& problem) {
    used_ = 0;
    if (fits(work.comm(), problem)) {
      work.refill(matrix_.get(), problem.generator, direct_shift);
      solver_.refactor();
      return;
    }
    offsets_ = problem.generator.offsets;
    matrix_ = work.matrix(problem.generator, direct_shift);
    solver_ = la::LinearSolver(matrix_.get(), matrix_.get(), la::Method::direct, "stationary_");
  }

  /// The operator of the problem before, if its pattern is that of this one too; else nothing. Collective.
  [[nodiscard]] la::Matrix lend(MPI_Comm comm, const StationaryProblem& problem) {
    return fits(comm, problem) ? std::move(operator_) : la::Matrix{};
  }
  /// Takes the operator of a problem back for the next one, unless its pattern is another one. Collective.
  void keep(MPI_Comm comm, const StationaryProblem& problem, la::Matrix op) {
    operator_ = fits(comm, problem) ? std::move(op) : la::Matrix{};
  }

  [[nodiscard]] la::LinearSolver& solver() { return solver_; }
  /// Whether the slowest mode is to be looked at again, after the next problem: with new factors, every fourth time,
  /// and always while its rate falls fast.
  [[nodiscard]] bool look_at_slowest() { return used_++ % 4 == 0 || falling; }

  Eigen::ArrayXd slowest;  ///< vector of the slowest mode on the owned cells
  double gap = 0;          ///< its rate, per unit time; 0: unknown
  bool falling = false;    ///< to less than half from one look to the next

 private:
  [[nodiscard]] bool fits(MPI_Comm comm, const StationaryProblem& problem) const {
    return la::minimum(comm, offsets_ == problem.generator.offsets ? 1 : 0) > 0;
  }

  std::vector<mesh::Cell> offsets_;
  la::Matrix operator_;
  la::Matrix matrix_;
  la::LinearSolver solver_;
  int used_ = 0;
};

}  // namespace sgdflux::solve
