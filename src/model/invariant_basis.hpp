#pragma once
/// Coordinates in which linear drifts fall apart.
#include <Eigen/Core>

namespace sgdflux::model {

/// Columns of a basis of ℝⁿ, n = 1 to 4, in pairs (the last one may be single) that span invariant subspaces of A:
/// B⁻¹AB is block-diagonal. Eigenvalues that are complex conjugates share a pair; of the ways to pair others the one
/// whose basis has the smallest condition number. Within a pair columns are orthonormal and such that the noise of the
/// two coordinates is uncorrelated, the one with less noise first: what has no noise stays a variable of its own. The
/// largest entry of each column is positive.
/// @param drift A. @param noise s, n × k.
/// @throws SettingsError where eigenvectors are so nearly parallel that no such basis has a condition number below 1e6.
[[nodiscard]] Eigen::MatrixXd invariant_basis(const Eigen::MatrixXd& drift, const Eigen::MatrixXd& noise);

/// The matrix without what is below 1e-13 of its largest entry: rounding of a change of basis would pass for noise, or
/// for coupling.
[[nodiscard]] Eigen::MatrixXd without_rounding(const Eigen::MatrixXd& matrix);

}  // namespace sgdflux::model
