#pragma once
/// How large a step is for an explicit method, and bounded increments where it is too large.
#include "sample/stepper.hpp"

namespace sgdflux::sample {

/// The size τ of a step in units of the time over which coefficients change along the path, for explicit steps, which
/// explode where coefficients grow faster than linearly (Hutzenthaler, Jentzen & Kloeden 2011).
///   Growth::exponential: coefficients change over lengths of 1, τ = dt·max_i(|b_i|, Σ_k s_ik²).
///   Growth::unknown: τ = dt·max(√|∂_j b_i ∂_i b_j|, |∂_j s_ik ∂_i s_jk|) over i ≤ j and k: rates that do not depend on
///   the
///     units of the variables; derivatives are differences. τ = 0 where the coefficients are found to be affine.
///   Growth::linear: τ = 0.
class StepSize {
 public:
  explicit StepSize(const model::Sde& sde);
  /// Whether τ is more than 0 anywhere.
  [[nodiscard]] bool matters() const { return growth_ != model::Growth::linear; }
  [[nodiscard]] model::Growth growth() const { return growth_; }
  /// τ into lanes.tau from x, drift and noise; `trial` batches are overwritten where growth is unknown.
  void measure(Lanes& lanes, double dt) const;
  /// Raises lanes.tau to that of coefficients at points that the step looks at besides x, where growth is exponential:
  /// those may be far larger. The points must not depend on the step's noise: a method that is right only on average
  /// over the noise must not be replaced by another for some of it.
  void look_ahead(Lanes& lanes, const Batch& drift, const Batch& noise, double dt) const;

 private:
  void measure_slopes(Lanes& lanes, double dt) const;

  const model::Sde& sde_;
  model::Growth growth_;
};

/// Larger steps are not good enough: they are divided.
inline constexpr double largest_step = 0.4;

/// Factor φ of increments that bounds them by the local length: τφ < 1, φ = 1 − O(τ⁴) (at τ = 0.1: 1 − 10⁻⁴). NaN when
/// τ⁴ overflows, so that a path so far out is lost and not stuck.
inline double tamed(double tau) {
  const double cube = tau * tau * tau;
  const double fourth = cube * tau;
  return (1.0 + cube + 0.0 * fourth) / (1.0 + cube + fourth);
}

/// The larger one; `b` when `a` is NaN.
[[gnu::always_inline]] inline double larger(double a, double b) { return a > b ? a : b; }

[[gnu::always_inline]] inline double size(double a) { return a < 0.0 ? -a : a; }

}  // namespace sgdflux::sample
