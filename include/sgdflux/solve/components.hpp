#pragma once
/// Ergodic components of a generator whose eigenvalue zero is not simple to working precision: densities p_k with L p_k
/// = 0 and disjoint supports, and the probabilities u_k to end in each of them, L*u_k = 0, ∫u_k p_j = δ_kj.
#include <mpi.h>

#include <string>
#include <vector>

#include "sgdflux/solve/stationary.hpp"

namespace sgdflux::solve {

struct ErgodicComponent {
  Eigen::ArrayXd density;        ///< P per unit ξ-volume at the owned cells, mass 1
  Eigen::ArrayXd arrival;        ///< u: probability to end here, at the owned cells
  double residual = 0;           ///< Σ|L P| · (cell volume), per unit time
  double relative_residual = 0;  ///< ‖L P‖₂/‖D P‖₂
  double gap = 0;                ///< slowest decay inside the component
};

struct Components {
  std::vector<ErgodicComponent> list;  ///< in no particular order
  std::string trouble;                 ///< why they could not be told apart; empty if they were
};

/// Splits the null vector of inverse iteration by the signs of its slowest companion, which is constant on every
/// component, and goes on with the parts until each has a gap that doubles resolve; 16 components at most. Direct
/// solver only. Collective; the same on every number of ranks up to rounding.
[[nodiscard]] Components components(MPI_Comm comm, const StationaryProblem& problem);

}  // namespace sgdflux::solve
