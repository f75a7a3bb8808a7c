#include "domain_profile.hpp"

#include <algorithm>
#include <cmath>

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;
using Eigen::Index;

constexpr double equally_high = 1e-6;  ///< relative difference of peaks that count as equal
constexpr Index spoilt_cells = 3;
constexpr double least_drop = 1;  ///< of ln p, from which a power law is continued
constexpr double dip = 0.7;       ///< a hill ends where ln p has risen by this much again

/// Where the profile crosses −depth between two cells.
double crossing(const Profile& profile, Index inner, Index outer, double depth) {
  const double drop = profile.depth(inner) - profile.depth(outer);
  const double share = drop > 0 ? std::clamp((profile.depth(inner) + depth) / drop, 0., 1.) : 0;
  return profile.position(inner) + share * (profile.position(outer) - profile.position(inner));
}

/// Outermost cell above −depth.
Index outermost(const Profile& profile, double depth, bool upper) {
  const Stretch stretch = occupied(profile, std::exp(-depth));
  return upper ? stretch.last : stretch.first;
}

/// Top of the hill that one climbs from `cell` inwards.
Index hill(const Profile& profile, Index cell, bool upper) {
  const Index inwards = upper ? -1 : 1;
  Index top = cell;
  for (Index i = cell; i >= 0 && i < profile.depth.size() && profile.depth(i) > profile.depth(top) - dip;
       i += inwards) {
    top = profile.depth(i) > profile.depth(top) + equally_high ? i : top;
  }
  return top;
}

}  // namespace

Profile profile_of(const observe::State& state, int d) {
  const mesh::Axis& axis = state.grid.axis(d);
  const Array xi = Array::NullaryExpr(axis.cells(), [&](Index i) { return axis.centre(i); });
  const Array density = observe::marginal(state, d) / axis.map().slope(xi);
  Profile profile;
  profile.position = axis.centres();
  const double top = density.maxCoeff();
  // The first of peaks that are equally high: which one rounding favours depends on the number of ranks.
  while (density(profile.peak) < (1 - equally_high) * top) {
    ++profile.peak;
  }
  profile.depth = (density / top).max(1e-16).log();
  profile.noise = std::max(0., -density.minCoeff() / top);
  return profile;
}

Stretch occupied(const Profile& profile, double share) {
  const double floor = std::log(share);
  Stretch stretch{profile.peak, profile.peak};
  for (Index i = 0; i < profile.depth.size(); ++i) {
    if (profile.depth(i) >= floor) {
      stretch.first = std::min(stretch.first, i);
      stretch.last = std::max(stretch.last, i);
    }
  }
  return stretch;
}

double width_at(const Profile& profile, double depth) {
  const Index low = outermost(profile, depth, false);
  const Index high = outermost(profile, depth, true);
  const double lower = crossing(profile, low, std::max<Index>(low - 1, 0), depth);
  const double upper = crossing(profile, high, std::min(high + 1, profile.depth.size() - 1), depth);
  return upper - lower;
}

Flank flank(const Profile& profile, double reliable, double depth, bool upper) {
  const Index n = profile.depth.size();
  const Index step = upper ? 1 : -1;
  const auto point = [&](Index cell, double at) {
    return crossing(profile, cell, std::clamp<Index>(cell + step, 0, n - 1), at);
  };
  // Cells next to an end feel that it is there.
  const Index seen = std::clamp<Index>(outermost(profile, reliable, upper), spoilt_cells, n - 1 - spoilt_cells);
  const Index far_cell = upper ? std::max(seen, profile.peak) : std::min(seen, profile.peak);
  if (far_cell == profile.peak) {  // the peak stands at the end: how it falls is not seen, and there may be no beyond
    return {profile.position(profile.peak) + static_cast<double>(step) * width_at(profile, 1), 2};
  }
  const double reached = std::min(reliable, std::max(-profile.depth(far_cell), -profile.depth(far_cell + step)));
  const Index top = hill(profile, far_cell, upper);
  const double summit = -profile.depth(top);
  Index near_cell = top;
  const double half = 0.5 * (summit + reached);
  while (near_cell != far_cell && profile.depth(near_cell + step) > -half) {
    near_cell += step;
  }
  const double far = std::abs(point(far_cell, reached) - profile.position(top));
  const double near = std::abs(point(near_cell, half) - profile.position(top));
  Flank result;
  result.power = far > near && near > 0 ? std::clamp(std::log(2.) / std::log(far / near), 0.5, 8.) : 2;
  const double reach = far * std::pow((depth - summit) / std::max(reached - summit, least_drop), 1 / result.power);
  result.end = profile.position(top) + static_cast<double>(step) * reach;
  return result;
}

}  // namespace sgdflux::study
