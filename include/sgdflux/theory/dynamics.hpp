#pragma once
/// What is known exactly about the dynamics of a model: linear drift with constant noise. docs/theory.md §3.
#include <Eigen/Core>
#include <complex>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/model/sde.hpp"
#include "sgdflux/theory/linear_moments.hpp"

namespace sgdflux::theory {

/// dx = −A(x − c) dt + s dW in the model's variables. Linear observables are f = w·x, `weights` w of n (a single
/// variable is Eigen::VectorXd::Unit(n, i)). Functions of the stationary state throw SettingsError when A is not
/// stable.
class LinearDynamics {
 public:
  /// `rates` are the eigenvalues of A where they are known in closed form; empty: computed.
  LinearDynamics(LinearCoefficients coefficients, std::string source, std::vector<std::complex<double>> rates = {});

  /// Author, year, equation number.
  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] const LinearCoefficients& coefficients() const { return coefficients_; }
  /// Eigenvalues λ_i of A.
  [[nodiscard]] const std::vector<std::complex<double>>& rates() const { return rates_; }
  /// Whether every rate has a positive real part, so that a stationary law exists (perhaps without a density).
  [[nodiscard]] bool stable() const { return stationary_.has_value(); }
  /// N(c, Σ).
  [[nodiscard]] const Moments& stationary() const;

  /// The `count` slowest eigenvalues of the generator, a pair never cut (see generator_eigenvalues).
  [[nodiscard]] std::vector<std::complex<double>> eigenvalues(int count) const;
  /// Mean and covariance at time t from those at time 0, also when A is not stable.
  [[nodiscard]] Moments moments(double time, const Moments& initial) const;

  /// C(t) = wᵀe^{−At}Σw, the stationary autocovariance of f, t ≥ 0.
  [[nodiscard]] double autocovariance(const Eigen::VectorXd& weights, double time) const;
  /// S(ω) = 2 Re∫₀^∞ C(t)e^{−iωt}dt = 2 Re wᵀ(A + iω)^{-1}Σw, computed as |sᵀ(A + iω)^{−T}w|², which stays positive.
  [[nodiscard]] double power_spectrum(const Eigen::VectorXd& weights, double frequency) const;
  /// E(f(x_t) − f(x₀))² = 2(C(0) − C(t)), without cancellation at short times.
  [[nodiscard]] double displacement(const Eigen::VectorXd& weights, double time) const;
  /// c(t) = d ln displacement/d ln t, t > 0: 2 ballistic, 1 Brownian, 0 saturated.
  [[nodiscard]] double displacement_exponent(const Eigen::VectorXd& weights, double time) const;

 private:
  LinearCoefficients coefficients_;
  std::string source_;
  std::vector<std::complex<double>> rates_;
  std::optional<Moments> stationary_;
};

/// The exact dynamics of a model, or null when none are known. One explicit table by model name.
[[nodiscard]] std::shared_ptr<const LinearDynamics> linear_dynamics(const model::Sde& sde);

}  // namespace sgdflux::theory
