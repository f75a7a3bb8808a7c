#pragma once
/// First-passage times and quasi-stationary densities on one grid.
#include <memory>

#include "assembly.hpp"
#include "sgdflux/observe/state.hpp"

namespace sgdflux::study {

/// Moments of the time T(x) until a path from x is absorbed: L*τ = −1, L*τ₂ = −2τ (Gardiner, Handbook of Stochastic
/// Methods, §5.5), and their values at the start.
struct PassageTimes {
  Eigen::ArrayXd mean;      ///< τ at the owned cells, 0 in the absorbing set
  Eigen::ArrayXd variance;  ///< τ₂ − τ²
  double start_mean = 0;
  double start_variance = 0;
  double residual = 0;
  /// Relative error of τ by rounding: rows that sum to ε·(largest rate) instead of 0 kill or breed paths at that rate.
  double rounding = 0;
};

/// @param problem with an absorbing set or wall. Collective. @throws SettingsError when the absorbing set is empty on
/// the mesh or holds the start, or the start is outside the mesh; ConvergenceError when some cell cannot be left for
/// ever.
[[nodiscard]] PassageTimes passage_times(const Assembly& problem, const Eigen::VectorXd& start);

/// The density that is left after long survival, p with L p = −κ p, and κ, the rate at which it is lost.
struct QuasiStationary {
  Eigen::ArrayXd density;    ///< P(ξ) at the owned cells, mass 1
  double rate = 0;           ///< κ from the forward operator
  double rate_backward = 0;  ///< the same from the backward operator, another discretisation
  double next = 0;           ///< the next decay rate: the quasi-stationary regime sets in after 1/(next − rate)
  double next_error = 0;
  double residual = 0;
  bool converged = false;
};

/// Collective. @throws SettingsError when nothing is left of the mesh, ConvergenceError.
[[nodiscard]] QuasiStationary quasi_stationary(const Assembly& problem);

/// Whether some end of the mesh absorbs.
[[nodiscard]] bool has_absorbing_wall(const std::vector<mesh::AxisSpec>& mesh);

}  // namespace sgdflux::study
