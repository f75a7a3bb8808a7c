#pragma once
/// The data of a linear teacher-student problem with loss (f − y)² as its five moments (Ziyin, Li & Ueda,
/// arXiv 2308.06671), and the temperature of SGD.
#include <vector>

#include "sgdflux/core/parameters.hpp"
#include "sgdflux/core/types.hpp"

namespace sgdflux::model {

/// g(v) = a(v − c)² + d: the completed square cannot become negative by rounding, where the polynomial can.
struct SquareForm {
  double a = 0;
  double c = 0;
  double d = 0;
  [[nodiscard]] double operator()(double v) const { return a * ((v - c) * (v - c)) + d; }
};

/// β₁ = E[x²], β₂ = E[xy], α₁ = Var[x²], α₂ = Cov[x², xy], α₃ = Var[xy]; T = η/S; weight decay γ.
struct Moments {
  double beta1 = 0;
  double beta2 = 0;
  double alpha1 = 0;
  double alpha2 = 0;
  double alpha3 = 0;
  double temperature = 0;
  double gamma = 0;

  /// Δ = α₁α₃ − α₂², zero where it is zero to rounding.
  [[nodiscard]] double delta() const;
  /// f = β₁v − β₂, half the slope of the mean loss in v; shape n.
  [[nodiscard]] Eigen::ArrayXd slope(const Eigen::ArrayXd& v) const { return beta1 * v - beta2; }
  /// g = α₁v² − 2α₂v + α₃ = Var[x(vx − y)] ≥ 0; shape n.
  [[nodiscard]] Eigen::ArrayXd variance(const Eigen::ArrayXd& v) const;
  /// The same function for loops.
  [[nodiscard]] SquareForm square_form() const;
  /// The same data seen from v < 0: |v| obeys the equations with β₂ and α₂ reversed.
  [[nodiscard]] Moments mirrored() const;
};

/// Rows of the parameter table: beta1 … alpha3, T, eta, batch, gamma.
[[nodiscard]] std::vector<core::ParameterInfo> moment_parameters();
/// T from T or from eta and batch; sets "T" of the table. @throws SettingsError when both or half are given.
void resolve_temperature(core::Parameters& parameters);
/// The moments of a table that was read. @throws SettingsError when Δ < 0: no data have such moments.
[[nodiscard]] Moments moments_of(const core::Parameters& parameters);

}  // namespace sgdflux::model
