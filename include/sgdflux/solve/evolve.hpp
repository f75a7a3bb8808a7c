#pragma once
/// dP/dt = L(t)P by PETSc's time steppers.
#include <mpi.h>

#include <functional>
#include <memory>
#include <string>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/la/preconditioner.hpp"
#include "sgdflux/solve/matrix_free.hpp"

namespace sgdflux::solve {

/// Generators that change with time, without rows and factors. Both are called on every rank with the same t, and are
/// collective.
struct AppliedSchedule {
  /// L(t); what it refers to lives as long as it.
  std::function<std::shared_ptr<const MatrixFree>(double time)> matrix;
  /// What approximates (a − L(t))⁻¹, the shift a being set as needed; it serves later times, too.
  std::function<std::unique_ptr<la::Preconditioner>(double time)> preconditioner;
};

struct EvolveProblem {
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  /// Generator at time t for this rank's owned box; offsets may differ between times. Called on every rank with the
  /// same t; may throw on some ranks only.
  std::function<fv::Generator(double time)> generator;
  /// Instead of rows and LU; null: rows and LU.
  const AppliedSchedule* applied = nullptr;
};

struct EvolveOptions {
  std::string stepper =
      "bdf";                ///< bdf | arkimex | rosw | cn | beuler; `-evolve_ts_type` and all of PETSc's options win
  double tolerance = 1e-9;  ///< of a step, relative to ‖P‖₂ (adaptive steppers)
  double step = 0;          ///< first step, and every step of a stepper that does not adapt; 0: until / 1000
  bool adaptive = true;     ///< false: fixed steps of `step`
  double largest_step = 0;  ///< of adaptive steppers, so that no feature of a schedule is stepped over; 0: any
};

struct EvolveStep {
  double time = 0;
  double step = 0;  ///< the step size that the stepper would take next: what a checkpoint stores
  int steps = 0;    ///< steps accepted in this interval
  int rejections = 0;
  int factorisations = 0;     ///< preconditioners made, where there are no factors
  long inner_iterations = 0;  ///< of the Krylov method, over all steps
  bool converged = true;
  std::string reason;  ///< PETSc's reason in words when it failed
};

/// Advances `density` (owned cells) from `begin` to `end` with a fresh stepper whose first step is `options.step`: the
/// same call gives the same numbers, so a run that is cut at checkpoints can be resumed from one. The generator is
/// refilled whenever the stepper asks for another time; the factorisation of 1 − aL, or what takes its place, is reused
/// as preconditioner until it needs more than a few iterations more than when it was new. PETSc options prefix:
/// "evolve_", "evolve_lu_" for the factorisation. Collective over `comm`; exceptions of problem.generator come out on
/// every rank.
/// @throws SettingsError for an unknown stepper.
[[nodiscard]] EvolveStep evolve(MPI_Comm comm, const EvolveProblem& problem, double begin, double end,
                                const EvolveOptions& options, Eigen::ArrayXd& density);

}  // namespace sgdflux::solve
