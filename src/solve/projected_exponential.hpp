#pragma once
/// Exponentials of the small matrices that Krylov spaces project a generator to.
#include <Eigen/Core>

namespace sgdflux::solve {

/// Coefficients in the basis of a Krylov space of e^{tA}g and tφ₁(tA)g = ∫₀ᵗ e^{sA}g ds, g = `norm` e₁.
struct Integrals {
  Eigen::VectorXd rate;    ///< e^{tA}g
  Eigen::VectorXd change;  ///< tφ₁(tA)g
};

/// For A = (1 − H^{-1})/σ, H square. Scaling and squaring of the matrix augmented by g. Where t‖A‖ is large, A as a
/// full matrix no longer knows its slow eigenvalues (error ε‖A‖); then the Schur form of H is inverted instead, whose
/// diagonal is exact, and the diagonal and first superdiagonal are set anew after each squaring (Al-Mohy & Higham 2009,
/// §2).
[[nodiscard]] Integrals projected_integrals(const Eigen::MatrixXd& h, double sigma, double time, double norm);

}  // namespace sgdflux::solve
