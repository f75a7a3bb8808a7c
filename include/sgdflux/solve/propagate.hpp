#pragma once
/// e^{tL}b for a constant generator by rational Krylov (shift-and-invert Arnoldi) subspaces.
#include <mpi.h>

#include <functional>
#include <string>
#include <vector>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/solve/applied_generator.hpp"

namespace sgdflux::solve {

struct PropagateProblem {
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  const fv::Generator& generator;
  /// Instead of rows and LU: every vector of a space is then solved for by a Krylov method. Null: rows and LU.
  const AppliedGenerator* applied = nullptr;
};

struct PropagateOptions {
  double tolerance = 1e-13;  ///< error allowed per requested time, ‖error‖₂ / ‖b‖₂, from the residual of u' = L u
  int largest_space = 90;  ///< vectors of a Krylov space before the time is cut into steps
  /// With `stepwise`, each time starts from the state at the one before (restarts are exact); without, spaces are built
  /// from b itself for groups of times within one decade, and `change` has no cancellation at short times.
  bool stepwise = true;
};

/// e^{tL}b at one time, at the owned cells.
struct Propagated {
  double time = 0;
  Eigen::ArrayXd state;   ///< e^{tL}b
  Eigen::ArrayXd change;  ///< (e^{tL} − 1)b, computed as tφ₁(tL)Lb
  Eigen::ArrayXd rate;    ///< L e^{tL}b
  double error = 0;       ///< estimate of ‖error‖₂ / ‖b‖₂ up to this time
};

struct PropagateResult {
  bool converged = true;
  std::string reason;
  int factorisations = 0;  ///< poles, with Krylov methods in the place of LU
  int vectors = 0;         ///< Krylov vectors in all: solves with (1 − σL)
  double error = 0;
};

/// For increasing times ≥ 0, calls observe(…) in their order (time 0 gives b itself). A Krylov space of (1 − σL)^{-1},
/// σ a fraction of the time, one LU per distinct σ (kept while σ stays), is extended until its residual says that the
/// tolerance is met; else the time is halved (van den Eshof & Hochbruck 2006; Botchev, Grimm & Hochbruck 2013).
/// PETSc options prefix: "evolve_". Collective over `comm`.
[[nodiscard]] PropagateResult propagate(MPI_Comm comm, const PropagateProblem& problem, const Eigen::ArrayXd& b,
                                        const std::vector<double>& times, const PropagateOptions& options,
                                        const std::function<void(const Propagated&)>& observe);

/// (iω − L)^{-1}b for frequencies ω > 0 (radians per unit time): b of zero sum.
struct Resolved {
  double frequency = 0;
  Eigen::ArrayXd real;
  Eigen::ArrayXd imaginary;
  double residual = 0;  ///< ‖b − (iω − L)x‖₂ / ‖b‖₂, measured with L itself
};

/// For increasing frequencies, from rational Krylov spaces with shifts near them, extended until the measured residual
/// is ≤ tolerance. Collective over `comm`.
[[nodiscard]] PropagateResult resolvent(MPI_Comm comm, const PropagateProblem& problem, const Eigen::ArrayXd& b,
                                        const std::vector<double>& frequencies, double tolerance,
                                        const std::function<void(const Resolved&)>& observe);

}  // namespace sgdflux::solve
