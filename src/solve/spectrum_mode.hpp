#pragma once
/// The last step from a converged pair to a mode.
#include "spectrum_pairs.hpp"

namespace sgdflux::solve {

/// Normalised, its value refined by both vectors, and measured. Collective.
/// @param left whether left vectors were asked for.
/// @param zero |λ| up to which a mode counts as stationary.
[[nodiscard]] Mode finish(const SpectrumOperator& op, const Pair& pair, bool left, double zero);

}  // namespace sgdflux::solve
