#pragma once
/// What a coarse marginal density says of where the mass is, on an axis with any map.
#include "sgdflux/mesh/axis.hpp"
#include "sgdflux/observe/state.hpp"

namespace sgdflux::study {

/// ln of the marginal density of one variable over its peak, at the cell centres.
struct Profile {
  Eigen::ArrayXd position;
  Eigen::ArrayXd depth;   ///< ≤ 0, negative densities and what is below 1e−16 cut off at ln 1e−16
  double noise = 0;       ///< largest negative density over the peak
  Eigen::Index peak = 0;  ///< cell of the largest density
};

/// Collective.
[[nodiscard]] Profile profile_of(const observe::State& state, int d);

/// First and last cell whose density is at least `share` of the peak.
struct Stretch {
  Eigen::Index first;
  Eigen::Index last;
  [[nodiscard]] Eigen::Index cells() const { return last - first + 1; }
};
[[nodiscard]] Stretch occupied(const Profile& profile, double share);

/// Distance between the outermost points where the density is above e^{−depth} of its peak.
[[nodiscard]] double width_at(const Profile& profile, double depth);

/// How the density falls beyond its outermost hill on one side: ln p ~ −distance^power from that hill's top.
struct Flank {
  double end = 0;    ///< where ln(p/peak) reaches −depth if the power law goes on
  double power = 2;  ///< 2 Gaussian, 1 exponential, less for heavy tails; clamped to [½, 8]
};
/// @param depth to which the domain shall go; the profile is trusted to `reliable` (< depth).
[[nodiscard]] Flank flank(const Profile& profile, double reliable, double depth, bool upper);

}  // namespace sgdflux::study
