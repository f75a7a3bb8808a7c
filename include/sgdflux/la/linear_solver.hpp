#pragma once
/// Linear systems with the generator.
#include <Eigen/Core>
#include <exception>
#include <memory>
#include <string>

#include "sgdflux/la/handle.hpp"
#include "sgdflux/la/preconditioner.hpp"

namespace sgdflux::la {

/// How a system is solved. PETSc options with the prefix override it. Factors are UMFPACK's on one rank where rows
/// have at most nine entries near them (lattices of one or two axes, as a rule), MUMPS's otherwise.
enum class Method {
  direct,          ///< LU of the operator
  preconditioned,  ///< restarted FGMRES, LU of a second (lower-order) matrix as right preconditioner
  multigrid,       ///< restarted FGMRES, BoomerAMG of a second matrix as right preconditioner: noise in every direction
  incomplete,      ///< restarted FGMRES, ILU(0) of each rank's block of a second matrix: four dimensions, few cells per
                   ///< axis
};
[[nodiscard]] std::string to_string(Method method);
/// PETSc's reason for the end of a linear solve, in words.
[[nodiscard]] std::string to_string(KSPConvergedReason reason);

struct LinearTolerance {
  double relative = 1e-14;
  double absolute = 0;
  int iterations = 400;
};

/// Krylov methods for preconditioners of our own; the preconditioner is on the right, so that residuals are true ones.
enum class Krylov {
  bicgstab,  ///< few vectors
  fgmres,    ///< two per iteration, up to the restart; never breaks down
};
[[nodiscard]] std::string to_string(Krylov krylov);

/// A preconditioner M ≈ (σ − L)⁻¹ for an operator whose columns are scaled: (σ − L) diag(1/rates) has the inverse
/// diag(rates) M.
struct Preconditioning {
  Preconditioner& approximate;
  Eigen::ArrayXd rates;  ///< owned cells; empty: 1
  Krylov krylov = Krylov::fgmres;
  int restart = 60;  ///< of fgmres
};

/// One factorised or preconditioned operator; repeated solves reuse it.
class LinearSolver {
 public:
  /// @param preconditioner matrix that the preconditioner is built from (the operator itself for `direct`).
  /// @param prefix of PETSc's options, e.g. "stationary_". Collective.
  LinearSolver(Mat op, Mat preconditioner, Method method, const std::string& prefix);
  /// With a preconditioner that is not PETSc's own; it must outlive the solver. Its exceptions come out of solve().
  /// Collective.
  LinearSolver(Mat op, Preconditioning preconditioning, const std::string& prefix);
  LinearSolver(LinearSolver&&) noexcept;
  LinearSolver& operator=(LinearSolver&&) noexcept;
  ~LinearSolver();
  void set_tolerance(const LinearTolerance& tolerance);
  /// Factorises anew after the values of its matrix, not the pattern, have changed. Collective.
  void refactor();
  /// Solves A x = b, starting from zero. Returns false when PETSc says it diverged, or factors of a singular matrix
  /// left numbers that are not finite; reason() has the words. Collective.
  /// @throws SettingsError, on every rank, when factors do not fit in memory.
  bool solve(Vec b, Vec x);
  /// Solves Aᵀ x = b with the same factors or preconditioner. Collective.
  bool solve_transpose(Vec b, Vec x);
  /// x = M⁻¹ b, one application of the preconditioner. Collective.
  void precondition(Vec b, Vec x) const;
  /// What options of PETSc made of it, in words: "gmres with jacobi"; empty where types are as they were.
  [[nodiscard]] std::string by_options() const;
  /// Iterations after which FGMRES starts afresh; 0 for other methods.
  [[nodiscard]] int restart() const;
  [[nodiscard]] PC preconditioner() const;                             ///< PETSc's object, for solvers that wrap it
  [[nodiscard]] int iterations() const { return iterations_; }         ///< of the last solve
  [[nodiscard]] const std::string& reason() const { return reason_; }  ///< of the last solve, in words

 private:
  struct Shell;

  /// Notes the types, then lets options change them.
  void read_options();
  void finish(PetscErrorCode code, Vec x);

  std::unique_ptr<Shell> shell_;  // outlives what refers to it
  Solver ksp_;
  std::string types_;  ///< of Krylov method and preconditioner, before options
  bool solved_ = false;
  int iterations_ = 0;
  std::string reason_;
};

}  // namespace sgdflux::la
