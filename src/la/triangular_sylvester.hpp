#pragma once
/// Sylvester equations with quasi-triangular coefficients, a tile at a time.
#include "single_precision.hpp"

namespace sgdflux::la {

/// σY − TY − YSᵀ = F, or of the transposed map: σY − TᵀY − YS = F.
struct SylvesterKind {
  double sigma = 0;
  bool transposed = false;
};

/// Solves for Y in place of F. T and S are upper quasi-triangular with 2 × 2 blocks as real_schur leaves them, none of
/// them cut at the border. Recursive halving with matrix products, down to 16 × 16. A component that the left side does
/// not see, σ − t − s being exactly 0, becomes 0.
void solve_sylvester(const SylvesterKind& kind, const ConstFloatBlock& t, const ConstFloatBlock& s,
                     const FloatBlock& y);

}  // namespace sgdflux::la
