#pragma once
/// What explicit integrators share: tamed increments, and division of the steps in which taming is not enough.
#include "sample/stepper.hpp"
#include "sample/taming.hpp"

namespace sgdflux::sample {

/// A step with φ < 0.9 is an event. It is made again in parts of τ ≤ 0.1, at least dt/4096 long, along the same Wiener
/// path (sequential Brownian bridge with numbers of Purpose::division), and each part is tamed. Without the division
/// the mean of a heavy tail converges slowly: where the noise of s = ln v is 4√(2T)v, the law is wrong beyond v ~
/// dt^{−½}, and with it E[v] of a tail v^{−7/2} by dt^{3/4}.
class ExplicitStepper : public Stepper {
 public:
  ExplicitStepper(const model::Sde& sde, double dt) : Stepper(sde), dt_(dt), taming_(sde) {}
  [[nodiscard]] bool counts_events() const final { return taming_.active(); }
  void step(Lanes& lanes) const final;

 protected:
  [[nodiscard]] const Taming& taming() const { return taming_; }

 private:
  /// x ← x + φ·increment over dt; drift and noise are those at x, damping is φ.
  virtual void move(Lanes& lanes, double dt) const = 0;
  /// Makes the step again, from lanes.before, where lanes.divided, which is φ, is too small.
  void divide(Lanes& lanes) const;
  void divide(Lanes& lanes, Index lane) const;
  /// φ for the next part into few.damping; returns the length of the part.
  double next_part(Lanes& few, double remaining) const;

  double dt_;
  Taming taming_;
};

}  // namespace sgdflux::sample
