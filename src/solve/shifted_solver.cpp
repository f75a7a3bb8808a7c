#include "shifted_solver.hpp"

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {
namespace {

constexpr int most_iterations = 300;

}  // namespace

/// (σ − L) D⁻¹ as a matrix of PETSc.
struct ShiftedSolver::Scaled {
  Mat generator;
  double shift;
  la::Vector inverse_rates;
  la::Vector scratch;
  la::Matrix matrix;

  Scaled(MPI_Comm comm, const mesh::Partition& partition, Mat op, double sigma, const Eigen::ArrayXd& rates)
      : generator(op),
        shift(sigma),
        inverse_rates(la::create_vector(comm, partition)),
        scratch(la::create_vector(comm, partition)) {
    la::set_values(inverse_rates.get(), 1 / rates);
    const auto local = static_cast<PetscInt>(rates.size());
    la::check(MatCreateShell(comm, local, local, PETSC_DETERMINE, PETSC_DETERMINE, this, matrix.out()));
    la::check(MatShellSetOperation(matrix.get(), MATOP_MULT, reinterpret_cast<void (*)()>(multiply)));
    la::check(
        MatShellSetOperation(matrix.get(), MATOP_MULT_TRANSPOSE, reinterpret_cast<void (*)()>(multiply_transpose)));
  }

  /// y = σ D⁻¹x − L D⁻¹x
  static PetscErrorCode multiply(Mat shell, Vec x, Vec y) {
    Scaled* self = nullptr;
    PetscFunctionBegin;
    PetscCall(MatShellGetContext(shell, &self));
    PetscCall(VecPointwiseMult(self->scratch.get(), x, self->inverse_rates.get()));
    PetscCall(MatMult(self->generator, self->scratch.get(), y));
    PetscCall(VecAXPBY(y, self->shift, -1, self->scratch.get()));
    PetscFunctionReturn(0);
  }
  /// y = D⁻¹(σx − Lᵀx)
  static PetscErrorCode multiply_transpose(Mat shell, Vec x, Vec y) {
    Scaled* self = nullptr;
    PetscFunctionBegin;
    PetscCall(MatShellGetContext(shell, &self));
    PetscCall(MatMultTranspose(self->generator, x, y));
    PetscCall(VecAXPBY(y, self->shift, -1, x));
    PetscCall(VecPointwiseMult(y, y, self->inverse_rates.get()));
    PetscFunctionReturn(0);
  }
};

ShiftedSolver::ShiftedSolver(MPI_Comm comm, const mesh::Partition& partition, const AppliedGenerator& generator,
                             double shift, double tolerance, const std::string& prefix)
    : scaled_(std::make_unique<Scaled>(comm, partition, generator.matrix, shift, shift + generator.rates)),
      right_(la::create_vector(comm, partition)),
      solver_(std::make_unique<la::LinearSolver>(
          scaled_->matrix.get(),
          la::Preconditioning{generator.preconditioner, shift + generator.rates, generator.krylov, generator.restart},
          prefix)),
      generator_(generator),
      shift_(shift) {
  solver_->set_tolerance({tolerance, 0, most_iterations});
}

ShiftedSolver::~ShiftedSolver() = default;

bool ShiftedSolver::solve(Vec b, Vec x) {
  generator_.preconditioner.set_shift(shift_);
  const bool solved = solver_->solve(b, x);
  la::check(VecPointwiseMult(x, x, scaled_->inverse_rates.get()));
  iterations_ += solver_->iterations();
  return solved;
}

bool ShiftedSolver::solve_transpose(Vec b, Vec x) {
  generator_.preconditioner.set_shift(shift_);
  la::check(VecPointwiseMult(right_.get(), b, scaled_->inverse_rates.get()));
  const bool solved = solver_->solve_transpose(right_.get(), x);
  iterations_ += solver_->iterations();
  return solved;
}

}  // namespace sgdflux::solve
