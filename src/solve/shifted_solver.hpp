#pragma once
/// (σ − L)⁻¹ by Krylov methods.
#include <memory>
#include <string>

#include "scaled_generator.hpp"
#include "sgdflux/solve/applied_generator.hpp"

namespace sgdflux::solve {

/// x = (σ − L)⁻¹ b and the transpose for one σ ≥ 0 after the other, each to a relative residual in the norm of vectors
/// whose columns are scaled by σ + D: rates may differ by many decades. All members are collective.
class ShiftedSolver {
 public:
  /// @param prefix of PETSc's options.
  ShiftedSolver(MPI_Comm comm, const mesh::Partition& partition, const AppliedGenerator& generator, double shift,
                double tolerance, const std::string& prefix);
  ShiftedSolver(const ShiftedSolver&) = delete;
  ShiftedSolver& operator=(const ShiftedSolver&) = delete;
  ~ShiftedSolver();

  /// Of the solves from now on.
  void set_tolerance(double tolerance);
  /// b and x differ. False when the residual was not reached; reason() says why.
  [[nodiscard]] bool solve(Vec b, Vec x);
  [[nodiscard]] bool solve_transpose(Vec b, Vec x);
  [[nodiscard]] const std::string& reason() const { return solver_->reason(); }
  [[nodiscard]] long iterations() const { return iterations_; }  ///< of all solves

 private:
  std::unique_ptr<ScaledGenerator> scaled_;
  la::Vector right_;
  std::unique_ptr<la::LinearSolver> solver_;
  AppliedGenerator generator_;
  double shift_;
  long iterations_ = 0;
};

}  // namespace sgdflux::solve
