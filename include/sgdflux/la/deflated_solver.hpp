#pragma once
/// Singular systems nearby a factorised one.
#include <memory>
#include <string>

#include "sgdflux/la/linear_solver.hpp"

namespace sgdflux::la {

/// FGMRES on a singular, consistent system A x = b, preconditioned by the factors of a regularised matrix nearby. Those
/// amplify the null vector of their own by the inverse of their shift: its part is taken out of every application,
/// z ← z − right (left·z)/(left·right), or the Krylov space would be full of it.
class DeflatedSolver {
 public:
  /// @param factors whose preconditioner is applied; it, `left` and `right` must outlive the solver.
  /// @param left,right null vectors of A, at least nearly: leftᵀA ≈ 0, A right ≈ 0, left·right ≠ 0. Collective.
  DeflatedSolver(Mat op, const LinearSolver& factors, Vec left, Vec right, const std::string& prefix);
  DeflatedSolver(const DeflatedSolver&) = delete;
  DeflatedSolver& operator=(const DeflatedSolver&) = delete;
  ~DeflatedSolver();

  void set_tolerance(const LinearTolerance& tolerance);
  /// Solves A x = b from zero; false when PETSc says it diverged. Collective.
  bool solve(Vec b, Vec x);
  [[nodiscard]] int iterations() const { return iterations_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  struct Context;

  std::unique_ptr<Context> context_;
  Solver ksp_;
  int iterations_ = 0;
  std::string reason_;
};

}  // namespace sgdflux::la
