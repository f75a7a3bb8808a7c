#pragma once
/// Boundaries of one-dimensional diffusions (Feller 1952; Karlin & Taylor 1981, §15.6): scale s' = exp(−∫2b/a),
/// speed m = 2/(a s'). The speed density is the unnormalised stationary density at zero current.
#include <optional>
#include <string>
#include <vector>

#include "sgdflux/model/sde.hpp"

namespace sgdflux::theory {

/// Behaviour of a 1-D diffusion at one end of its natural domain, found by evaluating 2b/a and a along
/// a sequence that tends to the end (as far as doubles reach).
struct End {
  bool integrable = false;   ///< ∫ of the speed density converges here
  bool unreachable = false;  ///< the scale function diverges here: the end is not reached in finite time
  bool unbounded = false;    ///< the end is ±∞ in the variable
  /// d ln p / dx in the limit where p decays or grows exponentially towards ±∞ (e^{rate·x}); 0 for algebraic ends.
  double rate = 0;
  /// Exponent κ of p ~ |x|^κ (algebraic, ±∞) or p ~ distance^κ (finite end); ±inf when p is exponential.
  double exponent = 0;
  /// Positive where the speed density is integrable, negative where it is not, and continuous in the parameters of the
  /// model: −1 − κ, κ + 1, the rate of decay towards the end, or the factor of what decays faster. Zeros are exact to
  /// about 1e−12 of the coefficients.
  double margin = 0;
  /// Likewise: positive where the end is out of reach.
  double reach_margin = 0;
  std::string where;  ///< "s → −∞ (v = 0)": the end in words, with the limits of derived quantities
  std::string decay;  ///< "p(s) ~ exp(0.0005·s), p(v) ~ v^-0.9995": for reasons and reports
};

struct Classification {
  End lower;
  End upper;
  bool normalisable() const { return lower.integrable && upper.integrable; }
  /// True when the speed density has an interior bulge separated by a barrier from a non-integrable end, so
  /// that mass is trapped for long; `barrier` is ln of the density ratio between bulge and barrier.
  bool trapped = false;
  double barrier = 0;
};

/// Classifies both ends of the natural domain of a 1-D model. @throws SettingsError when b or a is NaN
/// or a vanishes at interior probe points (the point is named).
[[nodiscard]] Classification classify(const model::Sde& sde);

/// ln of the (unnormalised) speed density 1/a·exp(∫2b/a) at increasing points x (shape n), zero at its
/// maximum over the points; integrals between points by adaptive Gauss quadrature.
[[nodiscard]] Eigen::ArrayXd log_speed_density(const model::Sde& sde, const Eigen::ArrayXd& x);

/// Limit of d ln(|f|·p)/d ln|x| (unbounded end) or d ln(|f|·p)/d ln(distance) (finite end) for f = q^power, q the
/// variable (which = −1) or a derived quantity; ±inf for exponential behaviour. ∫ f p is finite at that end iff the
/// result is < −1 (unbounded) or > −1 (finite end). `upper` selects the end.
[[nodiscard]] double moment_exponent(const model::Sde& sde, int which, double power, bool upper);

/// p(q) ~ |q − limit|^exponent next to a finite limit of q; ±inf where p vanishes or grows faster than every power.
struct EdgeExponent {
  double limit = 0;
  double exponent = 0;
};
/// That law of the density of q (which = −1: the variable at a finite end of its natural domain; else a derived
/// quantity that tends to 0) at one end. Empty where q tends elsewhere or its law is not known.
[[nodiscard]] std::optional<EdgeExponent> edge_exponent(const model::Sde& sde, int which, bool upper);

}  // namespace sgdflux::theory
