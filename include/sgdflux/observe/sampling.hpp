#pragma once
/// What the cells of a grid cannot see of a function.
#include <functional>

#include "sgdflux/observe/state.hpp"

namespace sgdflux::observe {

/// Estimate of the error of Σ f·mass that comes from f itself: kinks, jumps, oscillations within a cell. The sums over
/// points a quarter of a cell to either side of the centres, along each axis, are compared with the sum over the
/// centres; for functions that the grid resolves midpoint sums do not depend on where in the cells they sample. Between
/// centres the density is interpolated. Two variants that fail for different reasons, and the smaller one counts: f
/// less its own interpolant (a resolved f leaves nothing, next to walls too), and f times the interpolated logarithm of
/// the density (steep f in tails leaves nothing). @param centre the mean of f. @param f at physical points, n ×
/// dimension → n; asked for part by part. Collective.
[[nodiscard]] double sampling_error(const State& state, double centre,
                                    const std::function<Eigen::ArrayXd(const Batch&)>& f);

}  // namespace sgdflux::observe
