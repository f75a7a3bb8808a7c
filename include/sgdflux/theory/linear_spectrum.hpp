#pragma once
/// Eigenvalues of the generator of a linear SDE: G. Metafune, D. Pallara, E. Priola, *Spectrum of Ornstein–Uhlenbeck
/// operators in Lᵖ spaces with respect to invariant measures*, J. Funct. Anal. 196 (2002); docs/theory.md Eq. 3.8.
#include <Eigen/Core>
#include <complex>
#include <vector>

namespace sgdflux::theory {

/// Eigenvalues λ_i of A, by increasing real part, then |Im|; Im > 0 first within a pair.
[[nodiscard]] std::vector<std::complex<double>> drift_rates(const Eigen::MatrixXd& drift_matrix);

/// The `count` slowest of −Σ n_i λ_i, n_i ≥ 0, each as often as it occurs: by decreasing real part (zero first), equal
/// ones (to 1e-10) by |Im|, a pair together, Im > 0 first and never cut: one more then. `rates` are the λ_i, complex
/// ones in pairs next to each other. @throws SettingsError when a rate has no positive real part, or count < 1.
[[nodiscard]] std::vector<std::complex<double>> generator_eigenvalues(const std::vector<std::complex<double>>& rates,
                                                                      int count);

}  // namespace sgdflux::theory
