#pragma once
/// The operator of one level of a multigrid hierarchy, row by row, in half the memory of its rates.
#include <limits>
#include <vector>

#include "la/multigrid_lattice.hpp"

namespace sgdflux::la::multigrid {

/// a/b, and 0 for b = 0; without a branch.
inline double quotient(double a, double b) { return a / (b > 0 ? b : std::numeric_limits<double>::infinity()); }

/// Position in a row whose even columns come before the odd ones.
inline Index split(Index column, Index columns) { return column / 2 + (column % 2 == 1 ? (columns + 1) / 2 : 0); }

/// Rows of an operator on the owned cells: (L u)_c = scale_c Σ_axes (below_c u_{c−1} + above_c u_{c+1}) − diagonal_c
/// u_c. All arrays are rows along the last axis in which even columns come before odd ones (split()): what a half sweep
/// of red–black smoothing needs is contiguous.
struct Coefficients {
  struct Shares {
    std::vector<float> below;
    std::vector<float> above;
  };
  std::vector<Shares> shares;  ///< one per axis
  std::vector<float> scale;
  std::vector<double> diagonal;

  [[nodiscard]] double bytes() const;
};

/// Of L with given rates. Rates are rounded to single precision relative to the scale, the diagonal then is the exact
/// sum of its column: rounding must not create mass, which on fine lattices would outweigh σ. Collective.
[[nodiscard]] Coefficients coefficients(Ghosts& ghosts, int dimension, const std::vector<FaceRates>& faces_of_axes);
/// Of the transposed operator, whose rows have sum zero as exactly: it keeps constants. Collective.
[[nodiscard]] Coefficients transposed(Ghosts& ghosts, int dimension, const Coefficients& forward);

}  // namespace sgdflux::la::multigrid
