#pragma once
/// Linear drift, constant noise: the Gaussian stationary law of dx = −A(x − c) dt + s dW and its current.
/// Uhlenbeck & Ornstein 1930; C. Gardiner, *Handbook of Stochastic Methods*, §4.4.6; Kunin et al. 2021, §4.
#include <Eigen/Core>
#include <optional>

#include "sgdflux/core/types.hpp"

namespace sgdflux::theory {

/// Σ with AΣ + ΣAᵀ = a, from the n² × n² linear system (n ≤ 4). A and a are n × n, a symmetric.
/// @throws SettingsError when A has an eigenvalue with non-positive real part (then no stationary law exists), or a is
/// not symmetric positive semi-definite.
[[nodiscard]] Eigen::MatrixXd solve_lyapunov(const Eigen::MatrixXd& a_drift, const Eigen::MatrixXd& a_noise);

/// Whether every eigenvalue of A has a positive real part (beyond rounding).
[[nodiscard]] bool is_stable(const Eigen::MatrixXd& drift_matrix);

/// A normal law N(c, Σ) with a linear velocity field.
class GaussianLaw {
 public:
  /// Stationary law of dx = −A(x − c) dt + s dW; A n × n, s n × k, c of n.
  /// @throws SettingsError when A is not stable or Σ is singular (a direction that no noise reaches).
  static GaussianLaw stationary(const Eigen::MatrixXd& drift_matrix, const Eigen::MatrixXd& noise_matrix,
                                const Eigen::VectorXd& center);
  /// Whether `stationary` has an answer.
  static bool exists(const Eigen::MatrixXd& drift_matrix, const Eigen::MatrixXd& noise_matrix);
  /// A law whose covariance Σ and velocity matrix M are known in closed form: J = M(x − c) p.
  /// `diffusion` a = s sᵀ is for the entropy production. @throws SettingsError when Σ is not positive definite.
  GaussianLaw(Eigen::VectorXd mean, Eigen::MatrixXd covariance, Eigen::MatrixXd velocity, Eigen::MatrixXd diffusion);

  [[nodiscard]] const Eigen::VectorXd& mean() const { return mean_; }
  [[nodiscard]] const Eigen::MatrixXd& covariance() const { return covariance_; }
  /// M of the current J = b p − ½∇·(a p) = M(x − c) p, M = −A + ½aΣ^{-1}; MΣ is antisymmetric.
  [[nodiscard]] const Eigen::MatrixXd& velocity() const { return velocity_; }
  /// ln p at N points, N × n → N.
  [[nodiscard]] Eigen::ArrayXd log_density(core::BatchView x) const;
  /// J at N points, N × n → N × n.
  [[nodiscard]] core::Batch current(core::BatchView x) const;
  /// ∫(x_i J_j − x_j J_i) dV about the mean: 2(MΣ)_ji.
  [[nodiscard]] double circulation(int i, int j) const;
  /// ∫ 2 Jᵀa^{-1}J/p dV = 2 tr(Mᵀa^{-1}MΣ), per unit time; empty when a is singular.
  [[nodiscard]] std::optional<double> entropy_production() const;
  /// An upper bound of the probability outside the box, the sum over variables of both tails (erfc): exact in 1-D.
  [[nodiscard]] double outside_mass(const Eigen::VectorXd& lower, const Eigen::VectorXd& upper) const;

 private:
  Eigen::VectorXd mean_;
  Eigen::MatrixXd covariance_;
  Eigen::MatrixXd velocity_;
  Eigen::MatrixXd diffusion_;
  Eigen::MatrixXd inverse_root_;  ///< L^{-1} with Σ = L Lᵀ
  double log_norm_ = 0;           ///< ln of the density at the mean
};

}  // namespace sgdflux::theory
