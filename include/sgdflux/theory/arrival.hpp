#pragma once
/// Where the mass of a one-dimensional diffusion without a stationary density ends up.
#include <functional>
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// Mass that tends to either end, of what lies between two points beyond which its fate is certain to 3e−20.
struct Arrivals {
  double first = 0;  ///< what starts below ends at the lower end
  double last = 0;   ///< what starts above ends at the upper end
  double lower = 0;
  double upper = 0;
};

/// ∫ρ(1 − h) and ∫ρh between `first` and `last`, with h = ∫_lower^x s'/∫s' the probability to end at the upper end of
/// the natural domain (docs/theory.md Eq. 5.17); the scale must converge at both ends. ρ takes n points and need not be
/// normalised; `stops` are points that the panels of integration shall respect.
/// @throws SettingsError where drift or noise are not finite, ConvergenceError when the integrals do not settle to
/// 1e−9.
[[nodiscard]] Arrivals arrivals(const model::Sde& sde,
                                const std::function<Eigen::ArrayXd(const Eigen::ArrayXd&)>& density,
                                const std::vector<double>& stops);

}  // namespace sgdflux::theory
