#include "shifted_solver.hpp"

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

constexpr int most_iterations = 300;

}  // namespace

ShiftedSolver::ShiftedSolver(MPI_Comm comm, const mesh::Partition& partition, const AppliedGenerator& generator,
                             double shift, double tolerance, const std::string& prefix)
    : scaled_(std::make_unique<ScaledGenerator>(comm, partition, generator.matrix, shift, shift + generator.rates)),
      right_(la::create_vector(comm, partition)),
      solver_(std::make_unique<la::LinearSolver>(
          scaled_->matrix(),
          la::Preconditioning{generator.preconditioner, shift + generator.rates, generator.krylov, generator.restart},
          prefix)),
      generator_(generator),
      shift_(shift) {
  set_tolerance(tolerance);
}

void ShiftedSolver::set_tolerance(double tolerance) { solver_->set_tolerance({tolerance, 0, most_iterations}); }

ShiftedSolver::~ShiftedSolver() = default;

bool ShiftedSolver::solve(Vec b, Vec x) {
  generator_.preconditioner.set_shift(shift_);
  const bool solved = solver_->solve(b, x);
  la::check(VecPointwiseMult(x, x, scaled_->inverse_rates()));
  iterations_ += solver_->iterations();
  return solved;
}

bool ShiftedSolver::solve_transpose(Vec b, Vec x) {
  generator_.preconditioner.set_shift(shift_);
  la::check(VecPointwiseMult(right_.get(), b, scaled_->inverse_rates()));
  const bool solved = solver_->solve_transpose(right_.get(), x);
  iterations_ += solver_->iterations();
  return solved;
}

}  // namespace sgdflux::solve
