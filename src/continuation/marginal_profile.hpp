#pragma once
/// Marginal densities of a probe, as far as they are above noise, and the extrema of their logarithmic slopes.
#include <optional>
#include <string>
#include <vector>

#include "continuation/log_slope.hpp"
#include "sgdflux/continuation/probe.hpp"

namespace sgdflux::continuation {

/// Neighbouring nodes whose density is above noise.
struct Stretch {
  Eigen::Index first = 0;
  Eigen::Index last = 0;
  /// Whether a maximum can leave through this end: a wall, or a finite limit of q.
  bool open_first = false;
  bool open_last = false;
};

struct Profile {
  std::string quantity;
  Eigen::ArrayXd values;  ///< of the quantity at the nodes, monotone
  std::vector<Stretch> stretches;
  std::vector<Extremum> extrema;  ///< of d ln p/dindex on all stretches, in order
  std::vector<double> ends;       ///< d ln p/dindex at both ends of every stretch; empty on a ring
  double error = 0;               ///< of the density, which decides what is above noise
  double noise = 0;               ///< below it a slope has no sign
  [[nodiscard]] int maxima() const { return count_maxima(extrema, noise); }
  /// Whether q lies on a stretch.
  [[nodiscard]] bool covers(double q) const;
  /// q between nodes, linear.
  [[nodiscard]] double value_at(double position) const;
};

/// Variables and derived quantities of one variable, in the order of the answer. Collective.
[[nodiscard]] std::vector<Profile> profiles(Probe& probe);
/// That of one quantity; empty without a density. `error` is that of the density where the answer claims less (probes
/// between points have no estimate of their own). Collective.
[[nodiscard]] std::optional<Profile> profile(Probe& probe, const std::string& quantity, double error);

}  // namespace sgdflux::continuation
