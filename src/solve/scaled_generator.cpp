#include "scaled_generator.hpp"

#include "sgdflux/la/halo.hpp"

namespace sgdflux::solve {

ScaledGenerator::ScaledGenerator(MPI_Comm comm, const mesh::Partition& partition, Mat generator, double shift,
                                 const Eigen::ArrayXd& rates)
    : generator_(generator),
      shift_(shift),
      inverse_rates_(la::create_vector(comm, partition)),
      scratch_(la::create_vector(comm, partition)) {
  la::set_values(inverse_rates_.get(), 1 / rates);
  const auto local = static_cast<PetscInt>(rates.size());
  la::check(MatCreateShell(comm, local, local, PETSC_DETERMINE, PETSC_DETERMINE, this, matrix_.out()));
  la::check(MatShellSetOperation(matrix_.get(), MATOP_MULT, reinterpret_cast<void (*)()>(multiply)));
  la::check(
      MatShellSetOperation(matrix_.get(), MATOP_MULT_TRANSPOSE, reinterpret_cast<void (*)()>(multiply_transpose)));
}

/// y = σ D⁻¹x − L D⁻¹x
PetscErrorCode ScaledGenerator::multiply(Mat shell, Vec x, Vec y) {
  ScaledGenerator* self = nullptr;
  PetscFunctionBegin;
  PetscCall(MatShellGetContext(shell, &self));
  PetscCall(VecPointwiseMult(self->scratch_.get(), x, self->inverse_rates_.get()));
  PetscCall(MatMult(self->generator_, self->scratch_.get(), y));
  PetscCall(VecAXPBY(y, self->shift_, -1, self->scratch_.get()));
  PetscFunctionReturn(0);
}

/// y = D⁻¹(σx − Lᵀx)
PetscErrorCode ScaledGenerator::multiply_transpose(Mat shell, Vec x, Vec y) {
  ScaledGenerator* self = nullptr;
  PetscFunctionBegin;
  PetscCall(MatShellGetContext(shell, &self));
  PetscCall(MatMultTranspose(self->generator_, x, y));
  PetscCall(VecAXPBY(y, self->shift_, -1, x));
  PetscCall(VecPointwiseMult(y, y, self->inverse_rates_.get()));
  PetscFunctionReturn(0);
}

}  // namespace sgdflux::solve
