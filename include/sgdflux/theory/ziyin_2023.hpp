#pragma once
/// Stationary laws of the diagonal linear network: L. Ziyin, H. Li, M. Ueda, *Law of Balance and Stationary
/// Distribution of SGD*, arXiv 2308.06671 (*Noise Balance …*, Phys. Rev. E 111, 065303). Loss (f − y)² without ½;
/// docs/theory.md §2.
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sgdflux::theory {

/// The five moments of the data that enter: β₁ = E[x²], β₂ = E[xy], α₁ = Var[x²], α₂ = Cov[x², xy], α₃ = Var[xy].
struct DataMoments {
  double beta1 = 1;
  double beta2 = 1;
  double alpha1 = 2;
  double alpha2 = 2;
  double alpha3 = 3;
  /// Δ = α₁α₃ − α₂² ≥ 0; it vanishes for noiseless data, and then no density exists.
  [[nodiscard]] double delta() const { return alpha1 * alpha3 - alpha2 * alpha2; }
  /// Moments that the branch v < 0 sees in |v|: β₂ and α₂ change sign.
  [[nodiscard]] DataMoments mirrored() const { return {beta1, -beta2, alpha1, -alpha2, alpha3}; }
  /// Those of y = kx + ε, x ~ N(0,1), ε ~ N(0,σ²): β = (1, k), α = (2, 2k, 2k² + σ²).
  [[nodiscard]] static DataMoments linear_teacher(double k, double sigma) {
    return {1, k, 2, 2 * k, 2 * k * k + sigma * sigma};
  }
};

/// One network at one temperature T = η/S. `depth` D counts hidden layers, `width` d living channels of one sign;
/// depth 0 has width 1 and a variable v ∈ ℝ of either sign.
struct DiagonalNetwork {
  DataMoments moments;
  int depth = 1;
  double width = 1;
  double temperature = 0.1;
  double gamma = 0;  ///< weight decay, loss + γ‖θ‖²
  int sign = 1;      ///< the branch, depth ≥ 1
};

/// T_c = (β₂ − γ)/α₃ of depth 1: above it all mass collapses on v = 0 and there is no density.
[[nodiscard]] double critical_temperature(const DataMoments& moments, double gamma = 0);
/// T_c/3 of depth 1: above it the density of v diverges at v = 0.
[[nodiscard]] double origin_temperature(const DataMoments& moments, double gamma = 0);
/// T_c = β₂/(α₃ + β₂²) of depth 1 with the second-order correction of the loss (γ = 0).
[[nodiscard]] double critical_temperature_second_order(const DataMoments& moments);
/// T* of depth 1, where the mode of v meets the minimum beside it and both vanish; empty unless 21α₁α₃ > 25α₂²,
/// β₁ < 10α₂β₂/(3α₃) (else the mode reaches v = 0 at T_c/3 already) and T* < T_c (else it lives up to T_c).
[[nodiscard]] std::optional<double> mode_vanishing_temperature(const DataMoments& moments, double gamma = 0);
/// Mode of the density of v > 0 at depth 1 in closed form; empty when there is none.
[[nodiscard]] std::optional<double> shallow_mode(const DataMoments& moments, double temperature, double gamma = 0);
/// Exponent κ of p(v) ~ |v|^κ as |v| → ∞: −5 + 3/(D+1) for D ≥ 1, −2 − (β₁+γ)/(Tα₁) for D = 0 (−inf when α₁ = 0
/// makes the tail exponential).
[[nodiscard]] double tail_exponent(const DiagonalNetwork& network);

/// The stationary law of one branch.
class DiagonalNetworkLaw {
 public:
  /// Whether the branch has a stationary density: D = 0 always; D = 1 for T < T_c; D ≥ 2 for γ = 0 and sign·β₂ > 0;
  /// never when Δ = 0 with α₁ > 0 or α₃ = 0 (noiseless data end on one point).
  [[nodiscard]] static bool exists(const DiagonalNetwork& network);
  /// @throws SettingsError when the branch has no density.
  explicit DiagonalNetworkLaw(const DiagonalNetwork& network);
  ~DiagonalNetworkLaw();
  DiagonalNetworkLaw(DiagonalNetworkLaw&&) noexcept;
  DiagonalNetworkLaw& operator=(DiagonalNetworkLaw&&) noexcept;

  /// ln p of the model's variable: s = ln|v| for depth ≥ 1, v for depth 0; normalised, −inf allowed.
  [[nodiscard]] double log_density(double x) const;
  /// ln p of v at v (0 < sign·v for depth ≥ 1).
  [[nodiscard]] double log_density_of_v(double v) const;
  /// E[v]; E[v] and Var[v] are finite at every depth ≥ 1.
  [[nodiscard]] double mean_v() const;
  /// Var[v]; +inf for depth 0 from T = (β₁+γ)/α₁ on.
  [[nodiscard]] double variance_v() const;
  /// E[s], Var[s], Cov[s, v]; depth ≥ 1 only.
  [[nodiscard]] double mean_s() const;
  [[nodiscard]] double variance_s() const;
  [[nodiscard]] double covariance_s_v() const;
  /// Highest interior maximum of the density of v, or of s; empty when there is none.
  [[nodiscard]] std::optional<double> mode_v() const;
  [[nodiscard]] std::optional<double> mode_s() const;
  /// Probability of x < lower or x > upper in the model's variable.
  [[nodiscard]] double outside_mass(double lower, double upper) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// Limit D → ∞ with d/D fixed on v > 0; `ratio` = d/D.
/// p ∝ v^{−3−k₁} g^{−1+k₁/2} exp(−(ratio/T)[β₂/(α₃v) + (α₂α₃β₁ − 2α₂²β₂ + α₁α₃β₂)/(α₃²√Δ)·arctan((α₁v−α₂)/√Δ)]),
/// k₁ = ratio(α₃β₁ − 2α₂β₂)/(Tα₃²). @throws SettingsError unless β₂ > 0, α₁ > 0 and Δ > 0.
class InfiniteDepthLaw {
 public:
  InfiniteDepthLaw(const DataMoments& moments, double ratio, double temperature);
  ~InfiniteDepthLaw();
  InfiniteDepthLaw(InfiniteDepthLaw&&) noexcept;
  InfiniteDepthLaw& operator=(InfiniteDepthLaw&&) noexcept;
  [[nodiscard]] double log_density(double s) const;  ///< of s = ln v, normalised
  [[nodiscard]] double mean_v() const;
  [[nodiscard]] double variance_v() const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace sgdflux::theory
