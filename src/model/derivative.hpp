#pragma once
/// Partial derivatives of formulas.
#include "sgdflux/core/formula.hpp"

namespace sgdflux::model {

/// ∂f/∂x_j at n points (n × symbols), shape n: eighth-order central differences at four step widths, of which
/// every point takes the one with the smallest estimated error; about 1e-11 relative for a smooth f. A width that
/// leaves the domain of f (NaN) is passed over; NaN only where every width fails.
[[nodiscard]] Eigen::ArrayXd partial_derivative(const core::Formula& f, Eigen::Index j, core::BatchView x);

}  // namespace sgdflux::model
