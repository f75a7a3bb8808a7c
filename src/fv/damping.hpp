#pragma once
/// Where the damping flux acts.
#include <algorithm>

namespace sgdflux::fv {

/// Péclet number Pe = |B|h/A of a face from which on the damping flux acts.
inline constexpr double damped_peclet = 10;

/// The share 1 − 10/Pe, at least 0.
inline double damping_share(double speed, double noise, double spacing) {
  const double push = speed * spacing;
  return push > 0 ? std::clamp(1 - damped_peclet * noise / push, 0., 1.) : 0;
}

}  // namespace sgdflux::fv
