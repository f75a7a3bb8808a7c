#pragma once
/// Where iterative solves start from.
#include "solution.hpp"

namespace sgdflux::study {

struct Start {
  Eigen::ArrayXd density;  ///< owned cells of the fine grid, per unit ξ-volume; may be empty
  double gap = 0;          ///< slowest decay, from a grid small enough for the direct solver
  bool simple = true;      ///< whether zero is a simple eigenvalue there
  std::vector<SolveRecord> solves;
};

/// The density of a grid with half the cells per axis, which starts in the same way, down to one that is solved
/// directly (nested iteration).
/// @param density whether it is wanted; otherwise the last grid tells the gap at once. Collective.
[[nodiscard]] Start nested_start(const Solution& fine, bool density);

}  // namespace sgdflux::study
