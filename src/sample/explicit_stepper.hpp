#pragma once
/// What explicit integrators share: the division of steps that are too large.
#include "sample/step_size.hpp"
#include "sample/stepper.hpp"

namespace sgdflux::sample {

/// A step of size τ > 0.4 (StepSize) is an event: it is made in parts of τ ≤ 0.1, but at least dt/4096 long, along the
/// same Wiener path (sequential Brownian bridge with numbers of Purpose::division), and the increments of the parts are
/// tamed. All other steps are those of the plain method. Without the division the mean of a heavy tail converges
/// slowly: where the noise of s = ln v is 4√(2T)v, the law is wrong beyond v ~ dt^{−½}, and with it E[v] of a tail
/// v^{−7/2} by dt^{3/4}. A path whose τ is beyond 10⁴ after its step, or 10⁶ in it, while the drift grows along itself
/// has exploded in finite time and becomes NaN: taming would make slow growth of it.
class ExplicitStepper : public Stepper {
 public:
  ExplicitStepper(const model::Sde& sde, double dt) : Stepper(sde), dt_(dt), size_(sde) {}
  [[nodiscard]] bool counts_events() const final { return size_.matters(); }
  void step(Lanes& lanes) const final;

 protected:
  [[nodiscard]] const StepSize& size() const { return size_; }

 private:
  /// x ← x + φ·increment over dt; drift and noise are those at x. Raises lanes.tau where the step turns out too large.
  virtual void move(Lanes& lanes, double dt, double phi) const = 0;
  /// Makes the step again, from lanes.before, where lanes.tau is too large.
  void divide(Lanes& lanes) const;
  void divide(Lanes& lanes, Index lane) const;
  /// Whether the drift at few.x (with coefficients and τ measured there) grows along itself: an explosion in finite
  /// time.
  bool runs_away(Lanes& few) const;

  double dt_;
  StepSize size_;
};

}  // namespace sgdflux::sample
