#pragma once
/// First passage in one dimension: C. Gardiner, *Handbook of Stochastic Methods*, §5.2.7; H. Risken, *The Fokker-Planck
/// Equation*, §8; docs/theory.md Eq. 5.8 to 5.11. Everything is by nested quadrature with scale s' = exp(−∫2b/a) and
/// speed m = 2/(a s'), panels being halved until two values agree to 1e-12.
#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// What happens at one end of the interval on which a path is watched.
struct Edge {
  enum class Kind {
    natural,     ///< the end of the model's domain, out of reach
    reflecting,  ///< a wall at `at`
    absorbing    ///< the path is over at `at`
  };
  Kind kind = Kind::natural;
  double at = 0;
  static Edge reflecting(double at) { return {Kind::reflecting, at}; }
  static Edge absorbing(double at) { return {Kind::absorbing, at}; }
};

/// Mean and variance of a first-passage time.
struct PassageTime {
  double mean = 0;
  double variance = 0;
};

/// Time until a path from `start` is absorbed: L*τ = −1, and L*V = −a τ'² for the variance, which needs no difference
/// of large numbers. One edge at least absorbs.
/// @throws SettingsError when no edge absorbs, start is not between the edges, or a natural end is reached or attracts
/// paths for good (the mean is then infinite); ConvergenceError when the time is beyond doubles or quadrature fails.
[[nodiscard]] PassageTime first_passage(const model::Sde& sde, double start, const Edge& lower, const Edge& upper);

/// Forward committor q⁺ = ∫_lower^x s' / ∫_lower^upper s': probability that a path from x reaches `upper` before
/// `lower`.
/// @throws as above.
[[nodiscard]] double committor(const model::Sde& sde, double x, double lower, double upper);

/// Transitions per unit time of the stationary process from (…, lower] to [upper, …), which equals that back:
/// k = 1/(∫m dx · ∫_lower^upper s' dx), m over the whole domain. @throws SettingsError when no stationary density
/// exists.
[[nodiscard]] double transition_rate(const model::Sde& sde, double lower, double upper);

}  // namespace sgdflux::theory
