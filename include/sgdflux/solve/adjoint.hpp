#pragma once
/// Adjoint functions of stationary averages: from one of them follows the change of its average under any small change
/// of the generator.
#include <mpi.h>

#include <string>
#include <vector>

#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::solve {

struct AdjointOptions {
  la::Method method = la::Method::direct;
  int iterations = 400;  ///< limit of the Krylov method in each pass
};

/// ψ of one function f, and how well it is known.
struct Adjoint {
  Eigen::ArrayXd values;      ///< ψ at the owned cells, ∫ψ P = 0, time × unit of f
  Eigen::ArrayXd correction;  ///< what the last pass of refinement changed: an estimate of what is still missing
  double residual = 0;  ///< backward error ∫|Lᵀψ + f − ⟨f⟩| P / ∫(|f − ⟨f⟩| + D|ψ|) P, D_c = Σ_k |L_ck|
  bool converged = false;
  int iterations = 0;
  std::string reason;  ///< why not converged, in the solver's own words
};

/// Lᵀψ = −(f − ⟨f⟩) for every column of `functions` (f at the owned cells, finite), where L P = 0, ∫P = 1: for a
/// generator L + ε·K without loss of mass d⟨f⟩/dε = ∫ψ K P. The columns of Lᵀ are scaled to order 1 as those of the
/// stationary problem; all right-hand sides share one factorisation (`direct`) or one preconditioner of
/// `problem.low_order`, and are refined until a pass changes less than 1e−13. The true residual decides: converged up
/// to 1e−11. The same on every number of ranks up to rounding (direct) or `correction` (iterative). Collective over
/// `comm`.
[[nodiscard]] std::vector<Adjoint> adjoint(MPI_Comm comm, const StationaryProblem& problem,
                                           const Eigen::ArrayXd& density, const core::Batch& functions,
                                           const AdjointOptions& options = {});

}  // namespace sgdflux::solve
