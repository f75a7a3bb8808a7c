#pragma once
/// SGD with momentum on linear regression: D. Kunin, J. Sagastuy-Brena, L. Gillespie, E. Margalit, H. Tanaka,
/// S. Ganguli, D. Yamins, *The Limiting Dynamics of SGD*, arXiv 2107.09133; docs/theory.md §3. Time t = η·steps.
#include <Eigen/Core>
#include <complex>
#include <vector>

#include "sgdflux/theory/ornstein_uhlenbeck.hpp"

namespace sgdflux::theory {

/// How a mode returns to its minimum.
enum class Damping { underdamped, critical, overdamped };

/// Learning rate η, momentum β, batch size S, weight decay λ, residual variance σ².
/// Per Hessian eigenvalue ρ: dθ = v dt, dv = −(2/(η(1+β)))[(ρ+λ)θ + (1−β)v] dt + (2/(√(ηS)(1+β)))√(σ²ρ) dW.
struct MomentumRegression {
  double eta = 0.1;
  double beta = 0.9;
  double batch = 32;
  double weight_decay = 0;
  double sigma2 = 1;

  /// Friction γ = (1−β)/(η(1+β)).
  [[nodiscard]] double friction() const;
  /// ω = √(2(ρ+λ)/(η(1+β))), the frequency without friction.
  [[nodiscard]] double natural_frequency(double rho) const;
  /// δ = √|ω² − γ²|: frequency of an underdamped mode, splitting of the two rates of an overdamped one.
  [[nodiscard]] double detuning(double rho) const;
  [[nodiscard]] Damping damping(double rho) const;
  /// ρ at critical damping, (1−β)²/(2η(1+β)) − λ; not positive when every mode is underdamped.
  [[nodiscard]] double critical_rho() const;
  /// λ± = γ ± iδ (overdamped γ ± δ): the generator's eigenvalues are −(n₁λ₊ + n₂λ₋ + …), n ≥ 0.
  [[nodiscard]] std::complex<double> rate(double rho, int branch) const;
  /// λ₊, λ₋ of every mode in turn.
  [[nodiscard]] std::vector<std::complex<double>> rates(const Eigen::VectorXd& rho) const;
  /// The `count` slowest eigenvalues of the generator of these modes together, a pair never cut.
  [[nodiscard]] std::vector<std::complex<double>> eigenvalues(const Eigen::VectorXd& rho, int count) const;
  /// Quality factor δ/γ of an underdamped mode, 0 of the others.
  [[nodiscard]] double quality(double rho) const;
  /// Cov θ = (ησ²/(2S(1−β)))·ρ/(ρ+λ) and Cov v = σ²ρ/(S(1−β²)) of a mode; Cov(θ, v) = 0.
  [[nodiscard]] double position_variance(double rho) const;
  [[nodiscard]] double velocity_variance(double rho) const;
  /// e^{−At} of a mode in (θ, v).
  [[nodiscard]] Eigen::Matrix2d propagator(double rho, double time) const;
  /// Covariance at time t from Σ₀: Σ_ss + e^{−At}(Σ₀ − Σ_ss)e^{−Aᵀt}.
  [[nodiscard]] Eigen::Matrix2d covariance(double rho, double time, const Eigen::Matrix2d& initial) const;
  /// Stationary law in (θ₁, v₁, θ₂, v₂, …) about the minimum, with the current (v, −(2/(η(1+β)))(ρ+λ)θ)p. All ρ > 0.
  [[nodiscard]] GaussianLaw stationary(const Eigen::VectorXd& rho) const;

  /// κ = S(1−β²)/σ² and p ∝ exp(−κ[(2/(η(1+β)))Ψ(θ) + Φ(v)]).
  [[nodiscard]] double inverse_temperature() const;
  /// Local displacement E‖θ_{k+1} − θ_k‖² = η²σ²Tr(H)/(S(1−β²)).
  [[nodiscard]] double local_displacement(const Eigen::VectorXd& rho) const;
  /// Global displacement E‖θ_{j+k} − θ_j‖² in the stationary state after time τ = ηk.
  [[nodiscard]] double global_displacement(const Eigen::VectorXd& rho, double time) const;
  /// c(t) = d ln E‖Δ‖²/d ln t of the global displacement, t > 0: 2 ballistic, 1 Brownian, 0 saturated. The derivative
  /// is Σ 2·(Var θ)ω²e^{−γt} sin δt/δ.
  [[nodiscard]] double displacement_exponent(const Eigen::VectorXd& rho, double time) const;
  /// S(ν) = 4γω²Var θ/((ω² − ν²)² + 4γ²ν²), the power spectrum of θ, ∫S dν/2π over ℝ being Var θ.
  [[nodiscard]] double power_spectrum(double rho, double frequency) const;
};

/// Training loss about its minimum, ½(θ−μ)ᵀH(θ−μ).
[[nodiscard]] double training_loss(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& deviation);
/// Modified loss Ψ = ½(θ−μ)ᵀH^{-1}(H+λ)(θ−μ); isotropic at λ = 0, whatever H. H positive definite.
[[nodiscard]] double modified_loss(const Eigen::MatrixXd& hessian, double weight_decay,
                                   const Eigen::VectorXd& deviation);
/// Velocity regulariser Φ = ½vᵀH^{-1}v.
[[nodiscard]] double velocity_regulariser(const Eigen::MatrixXd& hessian, const Eigen::VectorXd& velocity);

}  // namespace sgdflux::theory
