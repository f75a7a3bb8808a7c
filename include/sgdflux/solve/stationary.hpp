#pragma once
/// The stationary density of a generator: L P = 0, Σ P · (cell volume) = 1.
#include <mpi.h>

#include <memory>
#include <optional>
#include <string>

#include "sgdflux/fv/generator.hpp"
#include "sgdflux/solve/applied_generator.hpp"

namespace sgdflux::solve {

struct StationaryProblem {
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  const fv::Generator& generator;
  /// Generator of a lower-order scheme on the same cells (second order for factors, fitted for multigrid and incomplete
  /// factors), from which iterative methods precondition; null: `generator` itself.
  const fv::Generator* low_order = nullptr;
};

/// LU factors of a scaled generator and its slowest mode, kept for problems on grids of the same shape; opaque.
class Factors;

struct StationaryOptions {
  la::Method method = la::Method::direct;
  /// Density to start from (owned cells); empty: uniform. Iterative methods need a smooth one near the answer.
  Eigen::ArrayXd start;
  /// |λ₂| from a coarser grid, for methods that cannot measure it; 0: measure it here if the method can.
  double known_gap = 0;
  int iterations = 400;     ///< limit of the Krylov method
  double accepted = 1e-12;  ///< relative residual of an iterative answer; more for one that only starts another solve
  /// L¹ error that residual/known_gap should not exceed: corrections go on as long as it does and they help. 0: any.
  double wanted_error = 0;
  /// Of a problem nearby, from which `start` should be near: FGMRES preconditioned by them takes the place of new
  /// factors, and the slowest mode is followed. With `direct` only.
  std::shared_ptr<Factors> factors;
  bool renew_factors = false;  ///< compute new ones in the place of `factors`, which only follow the slowest mode
  bool keep_factors = false;   ///< return new factors, with `direct`
};

/// The same problem without rows.
struct AppliedProblem {
  const mesh::Grid& grid;
  const mesh::Partition& partition;
  const AppliedGenerator& generator;
};

struct StationaryResult {
  Eigen::ArrayXd density;        ///< P per unit ξ-volume at the owned cells, mass 1; may have negative entries
  double residual = 0;           ///< Σ|L P| · (cell volume), per unit time
  double relative_residual = 0;  ///< ‖L P‖₂ / ‖D P‖₂, D_c = Σ_k |L_ck|
  double conservation = 0;       ///< largest |column sum of L D⁻¹|: share of a jump's mass that is lost
  double gap = 0;                ///< estimate of |λ₂|, the slowest decay; 0 when not measured
  bool simple = true;            ///< zero is a simple eigenvalue to working precision
  bool converged = false;
  bool nearby = false;  ///< with the factors of another problem
  int iterations = 0;
  std::string by_options;            ///< Krylov method and preconditioner where options of PETSc changed them
  std::string reason;                ///< why not converged, or the solver's own words
  std::shared_ptr<Factors> factors;  ///< those that were used, if they are kept
};

/// direct: inverse iteration on L D⁻¹ (the jump chain) with the shift 1e−14 until the density stands still; then the
/// same factors measure |λ₂| on a random vector of zero mass. Iterative: the correction δ of the start solves L δ = −L
/// P₀ on the consistent singular system; the true residual decides. Collective over `comm`; results are the same on
/// every number of ranks up to rounding (direct) or to `residual`/`gap` (iterative).
[[nodiscard]] StationaryResult stationary(MPI_Comm comm, const StationaryProblem& problem,
                                          const StationaryOptions& options);

/// Iterative as above; `method` and the factors of the options say nothing here. The unknown is P itself: scaled
/// columns would change nothing, as it is preconditioned from the right.
[[nodiscard]] StationaryResult stationary(MPI_Comm comm, const AppliedProblem& problem, StationaryOptions options);

}  // namespace sgdflux::solve
