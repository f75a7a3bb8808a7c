#pragma once
/// Bounded increments of explicit steps where coefficients grow faster than linearly.
#include "sample/stepper.hpp"

namespace sgdflux::sample {

/// Explicit steps explode with such coefficients (Hutzenthaler, Jentzen & Kloeden 2011); increments are therefore
/// multiplied by φ = (1 + τ)/(1 + τ + τ²). τ is the step in units of the time over which coefficients change along the
/// path: φ = 1 − O(dt²) leaves orders up to 2 as they are, and τφ < 1 bounds the increment by the local length.
///   Growth::exponential: the length is 1, τ = dt·max_i(|b_i|, Σ_k s_ik²).
///   Growth::unknown: τ = dt·max(√|∂_j b_i ∂_i b_j|, |∂_j s_ik ∂_i s_jk|) over i ≤ j and k: rates that do not depend on
///   the
///     units of the variables; derivatives are differences. φ = 1 where the coefficients are found to be affine.
///   Growth::linear: φ = 1.
class Taming {
 public:
  explicit Taming(const model::Sde& sde);
  [[nodiscard]] bool active() const { return growth_ != model::Growth::linear; }
  [[nodiscard]] model::Growth growth() const { return growth_; }
  /// φ into lanes.damping from x, drift and noise for a step dt; whether some lane has φ < strongest. `trial` batches
  /// are overwritten where growth is unknown.
  bool damp(Lanes& lanes, double dt) const;

 private:
  void measure(Lanes& lanes, double dt) const;

  const model::Sde& sde_;
  model::Growth growth_;
};

/// Steps with a smaller φ are not good enough: they are events.
inline constexpr double strongest = 0.9;

/// φ(τ); NaN when τ² overflows, so that a path so far out is lost and not stuck.
[[gnu::always_inline]] inline double tamed(double tau) {
  const double square = tau * tau;
  return (1.0 + tau + 0.0 * square) / (1.0 + tau + square);
}

/// The larger one; `b` when `a` is NaN.
[[gnu::always_inline]] inline double larger(double a, double b) { return a > b ? a : b; }

[[gnu::always_inline]] inline double size(double a) { return a < 0.0 ? -a : a; }

}  // namespace sgdflux::sample
