#pragma once
/// The unnormalised stationary density of one branch of the diagonal network (Ziyin, Li & Ueda 2023), in closed form.
#include <complex>
#include <vector>

#include "sgdflux/theory/ziyin_2023.hpp"

namespace sgdflux::theory {

/// ln g(e^s) = ln(α₁v² − 2α₂v + α₃), without overflow.
[[nodiscard]] double log_noise(const DataMoments& moments, double s);

/// e^{L(u)} in a variable u ∈ ℝ in which the density decays at least exponentially at both ends:
/// u = s = ln|v| for depth ≥ 1; for depth 0 v = α₂/α₁ + (√Δ/α₁) sinh u, or u = v when α₁ = 0.
/// `moments` are those of the branch with weight decay put in.
class NetworkWeight {
 public:
  NetworkWeight(const DataMoments& moments, int depth, double width, double temperature);

  [[nodiscard]] double log_weight(double u) const;
  /// dL/ds, depth ≥ 1.
  [[nodiscard]] double slope(double s) const;
  /// u of the model's variable x, and ln dx/du.
  [[nodiscard]] double from_variable(double x) const;
  [[nodiscard]] double log_jacobian(double u) const;
  /// A point u where the density is not negligible.
  [[nodiscard]] double guess() const;

 private:
  [[nodiscard]] double neuron(double u) const;
  [[nodiscard]] double shallow(double s) const;
  [[nodiscard]] double deep(double s) const;
  [[nodiscard]] double deep_integral(double q) const;

  DataMoments moments_;
  int depth_;
  double layers_;  ///< m = D + 1
  double factor_;  ///< d^{1−2/m}/(mT), before the integral of f/(v^{2D/m} g)
  double temperature_;
  double root_;                              ///< √Δ
  std::vector<std::complex<double>> poles_;  ///< depth ≥ 2: roots q_j of α₁q^{2m} − 2α₂q^m + α₃, upper zero of g
  std::vector<std::complex<double>> residues_;  ///< of m f/(q^D g) there
};

}  // namespace sgdflux::theory
