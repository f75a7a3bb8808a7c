#pragma once
/// How far the next step goes.
#include "sgdflux/continuation/branch.hpp"

namespace sgdflux::continuation {

/// Distance of two stationary answers in [0, 1]: the largest total variation ½Σ|m − m'| between the marginal masses of
/// a variable in twenty bins of about equal mass; 1 between a density and none, 0 between none and none. Not
/// collective.
[[nodiscard]] double distance(Probe& a, Probe& b);

/// Steps that keep the distance of neighbours near a target. Factors are quarter powers of two, so that rounding, which
/// differs between numbers of ranks, moves no point.
class StepControl {
 public:
  /// `first` > 0: the step to begin with, instead of the options'.
  StepControl(const Options& options, double first);

  [[nodiscard]] double step() const { return step_; }
  /// Whether a step of this length that led that far away is small enough; the next step, or the repeated one, follows.
  [[nodiscard]] bool accept(double length, double distance);
  /// Half of a step that failed for another reason; false when it was the least one already.
  [[nodiscard]] bool halve(double length);

 private:
  double target_;
  double least_;
  double largest_;
  double step_;
};

}  // namespace sgdflux::continuation
