#include "sgdflux/la/deflated_solver.hpp"

#include "solve_account.hpp"

namespace sgdflux::la {

struct DeflatedSolver::Context {
  PC factors = nullptr;
  Vec left = nullptr;
  Vec right = nullptr;
  PetscScalar product = 1;  ///< left·right

  /// z ← z − right (left·z)/(left·right)
  PetscErrorCode deflate(Vec z) const {
    PetscScalar part = 0;
    PetscFunctionBegin;
    PetscCall(VecDot(z, left, &part));
    PetscCall(VecAXPY(z, -part / product, right));
    PetscFunctionReturn(0);
  }
  static PetscErrorCode apply(PC shell, Vec x, Vec y) {
    Context* self = nullptr;
    PetscFunctionBegin;
    PetscCall(PCShellGetContext(shell, &self));
    PetscCall(PCApply(self->factors, x, y));
    PetscCall(self->deflate(y));
    PetscFunctionReturn(0);
  }
};

DeflatedSolver::DeflatedSolver(Mat op, const LinearSolver& factors, Vec left, Vec right, const std::string& prefix)
    : context_(std::make_unique<Context>()) {
  context_->factors = factors.preconditioner();
  context_->left = left;
  context_->right = right;
  check(VecDot(left, right, &context_->product));
  MPI_Comm comm = MPI_COMM_NULL;
  check(PetscObjectGetComm(reinterpret_cast<PetscObject>(op), &comm));
  check(KSPCreate(comm, ksp_.out()));
  check(KSPSetOptionsPrefix(ksp_.get(), prefix.c_str()));
  check(KSPSetOperators(ksp_.get(), op, op));
  check(KSPSetType(ksp_.get(), KSPFGMRES));
  check(KSPGMRESSetRestart(ksp_.get(), 60));
  PC shell = nullptr;
  check(KSPGetPC(ksp_.get(), &shell));
  check(PCSetType(shell, PCSHELL));
  check(PCShellSetContext(shell, context_.get()));
  check(PCShellSetApply(shell, Context::apply));
  set_tolerance({});
}

DeflatedSolver::~DeflatedSolver() = default;

void DeflatedSolver::set_tolerance(const LinearTolerance& tolerance) {
  check(KSPSetTolerances(ksp_.get(), tolerance.relative, tolerance.absolute, 1e10, tolerance.iterations));
  check(KSPSetFromOptions(ksp_.get()));
}

bool DeflatedSolver::solve(Vec b, Vec x) {
  check(KSPSolve(ksp_.get(), b, x));
  const SolveAccount account = account_of(ksp_.get());
  iterations_ = account.iterations;
  reason_ = account.reason;
  return account.solved;
}

}  // namespace sgdflux::la
