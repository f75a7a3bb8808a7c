#include "sgdflux/la/linear_solver.hpp"

#include <cmath>

#include "factorization.hpp"
#include "sgdflux/core/errors.hpp"
#include "solve_account.hpp"

namespace sgdflux::la {
namespace {

void use_multigrid(PC pc) {
  check(PCSetType(pc, PCHYPRE));
  check(PCHYPRESetType(pc, "boomeramg"));
}

void configure(KSP ksp, Method method) {
  PC pc = nullptr;
  check(KSPGetPC(ksp, &pc));
  if (method == Method::direct) {
    check(KSPSetType(ksp, KSPPREONLY));
    use_lu(ksp);
    return;
  }
  check(KSPSetType(ksp, KSPFGMRES));
  check(KSPGMRESSetRestart(ksp, 60));
  switch (method) {
    case Method::multigrid:
      return use_multigrid(pc);
    case Method::incomplete:
      return check(PCSetType(pc, PCBJACOBI));  // ILU(0) is its default inside a block
    default:
      return use_lu(ksp);
  }
}

/// "fgmres with lu".
std::string types(KSP ksp) {
  PC pc = nullptr;
  KSPType krylov = nullptr;
  PCType preconditioner = nullptr;
  check(KSPGetPC(ksp, &pc));
  check(KSPGetType(ksp, &krylov));
  check(PCGetType(pc, &preconditioner));
  return std::string(krylov) + " with " + preconditioner;
}

/// Factors that did not fit are no singular matrix. The same on every rank.
void require_factors(KSP ksp) {
  PC pc = nullptr;
  PCFailedReason failure = PC_NOERROR;
  check(KSPGetPC(ksp, &pc));
  check(PCGetFailedReason(pc, &failure));
  if (failure == PC_FACTOR_OUTMEMORY) {
    throw core::SettingsError(memory_words);
  }
}

/// UMFPACK's factors of a singular matrix leave infinite numbers without a word. Others notice by themselves.
bool finite(KSP ksp, Vec x) {
  PetscBool direct = PETSC_FALSE;
  PetscReal norm = 0;
  check(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(ksp), KSPPREONLY, &direct));
  if (direct == PETSC_TRUE) {
    check(VecNorm(x, NORM_1, &norm));
  }
  return std::isfinite(norm);
}

}  // namespace

std::string to_string(Method method) {
  switch (method) {
    case Method::direct:
      return "LU";
    case Method::preconditioned:
      return "FGMRES with LU of the order-2 generator";
    case Method::multigrid:
      return "FGMRES with algebraic multigrid (BoomerAMG)";
    case Method::incomplete:
      return "FGMRES with ILU(0) of the fitted generator";
  }
  return "?";
}

std::string to_string(Krylov krylov) { return krylov == Krylov::fgmres ? "FGMRES" : "BiCGStab"; }

std::string to_string(KSPConvergedReason reason) {
  switch (reason) {
    case KSP_DIVERGED_ITS:
      return "the iteration limit was reached";
    case KSP_DIVERGED_DTOL:
      return "the residual grew";
    case KSP_DIVERGED_BREAKDOWN:
    case KSP_DIVERGED_BREAKDOWN_BICG:
      return "the Krylov method broke down";
    case KSP_DIVERGED_NANORINF:
      return "NaN or infinity appeared";
    case KSP_DIVERGED_PC_FAILED:
      return "the factorisation or preconditioner failed (singular matrix)";
    default:
      return reason > 0 ? "converged" : std::string("PETSc's reason ") + KSPConvergedReasons[reason];
  }
}

SolveAccount account_of(KSP ksp) {
  KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
  PetscInt count = 0;
  check(KSPGetConvergedReason(ksp, &reason));
  check(KSPGetIterationNumber(ksp, &count));
  return {reason > 0, static_cast<int>(count), to_string(reason)};
}

/// PETSc's view of a preconditioner.
struct LinearSolver::Shell {
  Preconditioning with;
  Eigen::ArrayXd scaled;  ///< of the transpose
  std::exception_ptr error;

  /// Runs `work` on the entries of r and z; an exception is kept until PETSc has returned, and becomes an error code.
  template <class Work>
  static PetscErrorCode run(PC pc, Vec r, Vec z, const Work& work) noexcept {
    Shell* self = nullptr;
    const PetscScalar* from = nullptr;
    PetscScalar* to = nullptr;
    PetscInt count = 0;
    PetscFunctionBegin;
    PetscCall(PCShellGetContext(pc, &self));
    PetscCall(VecGetLocalSize(r, &count));
    PetscCall(VecGetArrayRead(r, &from));
    PetscCall(VecGetArrayWrite(z, &to));
    try {
      work(*self, from, to, count);
    } catch (...) {
      self->error = std::current_exception();
    }
    PetscCall(VecRestoreArrayWrite(z, &to));
    PetscCall(VecRestoreArrayRead(r, &from));
    PetscFunctionReturn(self->error ? PETSC_ERR_USER : 0);
  }
  static PetscErrorCode apply(PC pc, Vec r, Vec z) noexcept {
    return run(pc, r, z, [](Shell& self, const double* from, double* to, PetscInt count) {
      self.with.approximate.apply(from, to);
      if (self.with.rates.size() > 0) {
        Eigen::Map<Eigen::ArrayXd>(to, count) *= self.with.rates;
      }
    });
  }
  static PetscErrorCode apply_transpose(PC pc, Vec r, Vec z) noexcept {
    return run(pc, r, z, [](Shell& self, const double* from, double* to, PetscInt count) {
      self.scaled = Eigen::Map<const Eigen::ArrayXd>(from, count);
      if (self.with.rates.size() > 0) {
        self.scaled *= self.with.rates;
      }
      self.with.approximate.apply_transpose(self.scaled.data(), to);
    });
  }
};

LinearSolver::LinearSolver(Mat op, Preconditioning preconditioning, const std::string& prefix)
    : shell_(std::make_unique<Shell>(std::move(preconditioning))) {
  MPI_Comm comm = MPI_COMM_NULL;
  PC pc = nullptr;
  check(PetscObjectGetComm(reinterpret_cast<PetscObject>(op), &comm));
  check(KSPCreate(comm, ksp_.out()));
  check(KSPSetOptionsPrefix(ksp_.get(), prefix.c_str()));
  check(KSPSetOperators(ksp_.get(), op, op));
  check(KSPSetType(ksp_.get(), shell_->with.krylov == Krylov::fgmres ? KSPFGMRES : KSPBCGS));
  check(KSPSetPCSide(ksp_.get(), PC_RIGHT));
  if (shell_->with.krylov == Krylov::fgmres) {
    check(KSPGMRESSetRestart(ksp_.get(), shell_->with.restart));
  }
  check(KSPGetPC(ksp_.get(), &pc));
  check(PCSetType(pc, PCSHELL));
  check(PCShellSetContext(pc, shell_.get()));
  check(PCShellSetApply(pc, Shell::apply));
  check(PCShellSetApplyTranspose(pc, Shell::apply_transpose));
  check(PCShellSetName(pc, shell_->with.approximate.name().c_str()));
  read_options();
  set_tolerance({});
}

LinearSolver::LinearSolver(LinearSolver&&) noexcept = default;
LinearSolver& LinearSolver::operator=(LinearSolver&& other) noexcept {
  ksp_ = std::move(other.ksp_);  // first: the old one may refer to the old shell
  shell_ = std::move(other.shell_);
  iterations_ = other.iterations_;
  reason_ = std::move(other.reason_);
  types_ = std::move(other.types_);
  solved_ = other.solved_;
  return *this;
}
LinearSolver::~LinearSolver() = default;

LinearSolver::LinearSolver(Mat op, Mat preconditioner, Method method, const std::string& prefix) {
  MPI_Comm comm = MPI_COMM_NULL;
  check(PetscObjectGetComm(reinterpret_cast<PetscObject>(op), &comm));
  check(KSPCreate(comm, ksp_.out()));
  check(KSPSetOptionsPrefix(ksp_.get(), prefix.c_str()));
  check(KSPSetOperators(ksp_.get(), op, method == Method::direct ? op : preconditioner));
  configure(ksp_.get(), method);
  read_options();
  order_factors(ksp_.get());
  set_tolerance({});
  check(KSPSetUp(ksp_.get()));
}

void LinearSolver::read_options() {
  types_ = types(ksp_.get());
  check(KSPSetFromOptions(ksp_.get()));
}

std::string LinearSolver::by_options() const {
  const std::string now = types(ksp_.get());
  return now == types_ ? "" : now;
}

int LinearSolver::restart() const {
  PetscBool flexible = PETSC_FALSE;
  check(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(ksp_.get()), KSPFGMRES, &flexible));
  PetscInt restart = 0;
  if (flexible == PETSC_TRUE) {
    check(KSPGMRESGetRestart(ksp_.get(), &restart));
  }
  return static_cast<int>(restart);
}

void LinearSolver::set_tolerance(const LinearTolerance& tolerance) {
  check(KSPSetTolerances(ksp_.get(), tolerance.relative, tolerance.absolute, 1e10, tolerance.iterations));
  check(KSPSetFromOptions(ksp_.get()));
}

bool LinearSolver::solve(Vec b, Vec x) {
  finish(KSPSolve(ksp_.get(), b, x), x);
  return solved_;
}

bool LinearSolver::solve_transpose(Vec b, Vec x) {
  finish(KSPSolveTranspose(ksp_.get(), b, x), x);
  return solved_;
}

void LinearSolver::finish(PetscErrorCode code, Vec x) {
  if (shell_ && shell_->error) {
    std::rethrow_exception(std::exchange(shell_->error, nullptr));
  }
  check(code);
  const SolveAccount account = account_of(ksp_.get());
  if (!account.solved) {
    require_factors(ksp_.get());
  }
  iterations_ = account.iterations;
  reason_ = account.reason;
  solved_ = account.solved;
  if (solved_ && !finite(ksp_.get(), x)) {
    reason_ = to_string(KSP_DIVERGED_PC_FAILED);
    solved_ = false;
  }
}

void LinearSolver::refactor() {
  Mat op = nullptr;
  Mat factored = nullptr;
  check(KSPGetOperators(ksp_.get(), &op, &factored));
  check(KSPSetOperators(ksp_.get(), op, factored));
  check(KSPSetUp(ksp_.get()));
}

PC LinearSolver::preconditioner() const {
  PC pc = nullptr;
  check(KSPGetPC(ksp_.get(), &pc));
  return pc;
}

void LinearSolver::precondition(Vec b, Vec x) const { check(PCApply(preconditioner(), b, x)); }

}  // namespace sgdflux::la
