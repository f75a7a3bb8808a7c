#pragma once
/// How a positive function behaves towards an end of its domain, from its logarithm at distances in octaves.
#include <Eigen/Core>

namespace sgdflux::theory {

enum class Growth {
  algebraic,           ///< f ~ x^κ
  exponential,         ///< f ~ e^{rate·x}
  power_exponential,   ///< ln f ~ factor·|x|^power, power ≠ 1
  double_exponential,  ///< ln f ~ factor·e^{rate·x}
  other                ///< faster or slower than every power, and nothing of the above
};

struct Trend {
  Growth growth = Growth::algebraic;
  double exponent = 0;  ///< lim d ln f/d ln(distance); ±inf unless algebraic
  double rate = 0;      ///< d ln f/dx when exponential; rate inside when doubly exponential
  double factor = 0;
  double power = 0;
};

/// `x`, `distance` and `log_value` (shape n ≥ 5) along a sequence that doubles or halves the distance at every step.
/// An algebraic limit is accelerated (Aitken) where corrections still decay.
[[nodiscard]] Trend trend(const Eigen::ArrayXd& x, const Eigen::ArrayXd& distance, const Eigen::ArrayXd& log_value);

/// Whether ∫ f converges at the end: κ < −1 where the distance grows, κ > −1 where it shrinks, the borderline excluded.
[[nodiscard]] bool integrable(const Trend& of, bool unbounded);

/// Positive where ∫ f converges at the end, negative where it diverges, continuous in whatever f depends on as long as
/// its kind of growth stays: −1 − κ or κ + 1; −rate towards the end; −factor; ±1 for Growth::other.
/// `direction` is 1 at an upper end and −1 at a lower one.
[[nodiscard]] double margin(const Trend& of, bool unbounded, double direction);

}  // namespace sgdflux::theory
