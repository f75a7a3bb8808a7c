#pragma once
/// What explicit integrators share: tamed increments, and division of the steps in which taming is not enough.
#include "sample/stepper.hpp"
#include "sample/taming.hpp"

namespace sgdflux::sample {

/// A step with φ < 0.9 is an event. It is made again in 2^k parts along the same Wiener path (sequential Brownian
/// bridge, numbers of Purpose::division), such that τ/2^k ≤ 0.1 with k ≤ 12, and each part is tamed. Without the
/// division the mean of a heavy tail converges slowly: where the noise of s = ln v is 4√(2T)v, the law is wrong beyond
/// v ~ dt^{−½}, and E[v] of a tail v^{−7/2} as dt^{3/4}.
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
  /// Makes the step again, from lanes.before, for the lanes with φ < 0.9.
  void divide(Lanes& lanes) const;
  /// The same for up to lane_multiple lanes with the same number of parts.
  void divide(Lanes& lanes, const Index* which, Index count, int halvings) const;

  double dt_;
  Taming taming_;
};

}  // namespace sgdflux::sample
