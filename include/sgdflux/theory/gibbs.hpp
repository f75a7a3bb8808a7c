#pragma once
/// Gibbs laws: noise and friction in balance. Kramers 1940; Pavliotis, *Stochastic Processes and Applications* (2014),
/// ch. 4, 6.
#include <functional>

namespace sgdflux::theory {

/// V(x) of one degree of freedom, confining: V grows at least linearly towards ±∞.
using Potential = std::function<double(double)>;

/// Overdamped dx = −V'(x) dt + √(2Θ) dW: p(x) = exp(−V(x)/Θ)/Z.
class GibbsLaw {
 public:
  /// `guess` lies near the bottom of V. @throws SettingsError for Θ ≤ 0, ConvergenceError when exp(−V/Θ) is not
  /// integrable.
  GibbsLaw(Potential potential, double temperature, double guess = 0);
  [[nodiscard]] double log_density(double x) const;
  /// E[f(x)] for f that grows slower than exp(V/Θ) falls.
  [[nodiscard]] double mean(const std::function<double(double)>& f) const;

 private:
  Potential potential_;
  double temperature_;
  double guess_;
  double log_norm_;
};

/// Kinetic dx = v dt, dv = −V'(x) dt − Γv dt + √(2ΓΘ) dW: p(x, v) ∝ exp(−(v²/2 + V(x))/Θ), whatever Γ > 0.
class KineticGibbsLaw {
 public:
  KineticGibbsLaw(Potential potential, double temperature, double guess = 0);
  [[nodiscard]] double log_density(double x, double v) const;
  /// The position is distributed as in the overdamped law, independently of the velocity, which is N(0, Θ).
  [[nodiscard]] const GibbsLaw& position() const { return position_; }

 private:
  GibbsLaw position_;
  double temperature_;
};

}  // namespace sgdflux::theory
