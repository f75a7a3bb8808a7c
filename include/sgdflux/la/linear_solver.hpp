#pragma once
/// Linear systems with the generator.
#include <string>

#include "sgdflux/la/handle.hpp"

namespace sgdflux::la {

/// How a system is solved. PETSc options with the prefix override it.
enum class Method {
  direct,          ///< LU of the operator by MUMPS
  preconditioned,  ///< restarted FGMRES, LU of a second (lower-order) matrix by MUMPS as right preconditioner
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

/// One factorised or preconditioned operator; repeated solves reuse it.
class LinearSolver {
 public:
  /// @param preconditioner matrix that the preconditioner is built from (the operator itself for `direct`).
  /// @param prefix of PETSc's options, e.g. "stationary_". Collective.
  LinearSolver(Mat op, Mat preconditioner, Method method, const std::string& prefix);
  void set_tolerance(const LinearTolerance& tolerance);
  /// Factorises anew after the values of its matrix, not the pattern, have changed. Collective.
  void refactor();
  /// Solves A x = b, starting from zero. Returns false when PETSc says it diverged; reason() has its words. Collective.
  bool solve(Vec b, Vec x);
  /// Solves Aᵀ x = b with the same factors or preconditioner. Collective.
  bool solve_transpose(Vec b, Vec x);
  /// x = M⁻¹ b, one application of the preconditioner. Collective.
  void precondition(Vec b, Vec x) const;
  [[nodiscard]] PC preconditioner() const;                             ///< PETSc's object, for solvers that wrap it
  [[nodiscard]] int iterations() const { return iterations_; }         ///< of the last solve
  [[nodiscard]] const std::string& reason() const { return reason_; }  ///< of the last solve, in words

 private:
  bool finish();

  Solver ksp_;
  int iterations_ = 0;
  std::string reason_;
};

}  // namespace sgdflux::la
