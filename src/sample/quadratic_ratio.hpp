#pragma once
/// Tails of ratios of quadratic forms of normal values.
#include <Eigen/Core>

namespace sgdflux::sample {

/// P(Σ λ_i z_i² / W > x) of independent standard normal z_i and W = χ²_m / m, by the saddlepoint approximation of
/// Lugannani and Rice (Kuonen 1999; ratios: Lieberman 1994): relative error below 5 % far into the tail (measured
/// against Fisher's F). λ ≥ 0, not all 0; m > 0; x > 0. Equal λ give Fisher's F.
[[nodiscard]] double ratio_tail(const Eigen::ArrayXd& lambda, double m, double x);

}  // namespace sgdflux::sample
