#pragma once
/// The shape of one-dimensional densities: mode and tails.
#include <Eigen/Core>
#include <optional>

namespace sgdflux::observe {

/// Position (in units of cells, 0 = first centre) of the highest interior strict local maximum of a positive function
/// given by its logarithm at uniformly spaced nodes, refined by the polynomial through up to nine neighbours; empty if
/// there is none. Only nodes that are `trusted` (same size; above noise, finite) take part.
[[nodiscard]] std::optional<double> mode(const Eigen::ArrayXd& log_density,
                                         const Eigen::Array<bool, Eigen::Dynamic, 1>& trusted);

/// Estimate of the integral of |w| beyond an end of the nodes from the exponential decay over the last cells, in the
/// units of Σ w (sums over cells). `upper` selects the end. With no decay at all: as if the last value went on for all
/// cells.
[[nodiscard]] double tail_sum(const Eigen::ArrayXd& w, bool upper);

}  // namespace sgdflux::observe
