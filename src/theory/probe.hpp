#pragma once
/// A one-dimensional diffusion seen along sequences of points that tend to the ends of its domain.
#include <Eigen/Core>
#include <string>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// Numbers with six significant digits, for messages.
[[nodiscard]] std::string number_text(double value);

/// b and a of a one-dimensional model at points x (shape n). Everything passes, NaN too.
struct Coefficients {
  Eigen::ArrayXd drift;
  Eigen::ArrayXd diffusion;
};
[[nodiscard]] Coefficients coefficients(const model::Sde& sde, const Eigen::ArrayXd& x);

/// ∫ 2b/a dx over every interval between neighbours of x (shape n − 1), by adaptive Gauss–Kronrod quadrature in at most
/// `budget` pieces an interval; NaN where that is not enough (an oscillation too fast for the interval)
/// or where the integral overflows.
/// @throws SettingsError naming a point where 2b/a is not finite or cannot be integrated.
[[nodiscard]] Eigen::ArrayXd drift_integrals(const model::Sde& sde, const Eigen::ArrayXd& x, int budget);

/// Points from an interior one towards one end, `per_octave` of them while the distance doubles (±∞) or halves (finite
/// end), as far as b and a are representable. Shapes n.
struct Probe {
  static constexpr int per_octave = 8;
  bool upper = false;
  bool unbounded = false;
  double end = 0;            ///< ±inf or the finite end
  double origin = 0;         ///< interior point where the sequence starts
  Eigen::ArrayXd x;          ///< from the origin towards the end
  Eigen::ArrayXd distance;   ///< to the origin (unbounded) or to the end
  Eigen::ArrayXd log_speed;  ///< ln of the speed density, the drift integral being zero at the origin
  Eigen::ArrayXd log_scale;  ///< ln of the scale density s' = exp(−∫2b/a)
  double direction() const { return upper ? 1 : -1; }
};

/// @throws SettingsError when b or a ceases to be finite, or a to be positive, before the density has decayed or the
///         coefficients have left what doubles hold; the point is named.
[[nodiscard]] Probe probe(const model::Sde& sde, bool upper);

}  // namespace sgdflux::theory
