/// The last steps of a box search: exact ends, heavy tails, maps.
#include <algorithm>
#include <array>
#include <cmath>

#include "domain_search.hpp"
#include "tails.hpp"

namespace sgdflux::study {
namespace {

using core::Index;

constexpr double reliable_depth = 10;     ///< depth to which a coarse marginal is trusted
constexpr double least_depth = 4;         ///< with less, rounding or noise hides the shape of the ends
constexpr double heavy_power = 1.35;      ///< of ln p: exponential tails and heavier ones are followed
constexpr double wide_box = 30;           ///< widths of the core (2σ of a Gaussian, whose box has 7) that need a map
constexpr double first_tail_reach = 100;  ///< of a heavy tail, in scales of the core
constexpr double farthest = 1e8;
constexpr double negligible_tail = 1e-8;  ///< what a moment that exists may lose beyond the end
constexpr double rounding_of_mass = 1e-13;
constexpr double spare_depth = 2;    ///< of ln p, which costs little on a bent axis
constexpr double moved_core = 0.25;  ///< of its scale: then the map follows
constexpr int tail_rounds = 8;

Index fine_cells(int dimension) {
  constexpr std::array<Index, core::max_dimension> cells{0, 72, 20, 10};
  return cells.at(static_cast<std::size_t>(dimension) - 1);
}

/// Distance in scales of the core beyond which a tail p ~ |x|^{−k} loses less than `negligible_tail` of the highest of
/// mass, mean and second moment that exists, and not farther than cell masses stand out from rounding.
double tail_reach(double k) {
  double reach = farthest;
  for (const double moment : {2., 1., 0.}) {
    if (const double gap = k - 1 - moment; gap > 0.05) {
      reach = std::pow(negligible_tail, -1 / gap);
      break;
    }
  }
  return std::clamp(std::min(reach, std::pow(rounding_of_mass, -1 / std::max(k - 1, 0.1))), 30., farthest);
}

/// Puts the map's centre on the peak, its scale to the half-width of the core. @return whether that changed it.
bool centre_bend(const Profile& profile, Bend& bend) {
  const double centre = profile.position(profile.peak);
  const double scale = 0.6 * width_at(profile, 1);
  const bool moved = std::abs(centre - bend.centre) > moved_core * scale || scale < bend.scale / (1 + moved_core) ||
                     scale > bend.scale * (1 + moved_core);
  if (moved) {
    bend.centre = centre;
    bend.scale = scale;
  }
  return moved;
}

}  // namespace

Look BoxSearch::sharp_look() {
  const Index cells = fine_cells(sde_.dimension());
  Look result = solve(cells, fv::Flux::order6);
  if (!result.sharp && sde_.dimension() < 4) {
    result = solve(cells + 3 * cells / 5, fv::Flux::order6);
  }
  return result;
}

void BoxSearch::sharpen(double depth) {
  for (int pass = 0; pass < 2; ++pass) {
    const Look seen = sharp_look();
    if (!seen.sharp) {
      return;
    }
    for (int d = 0; d < sde_.dimension(); ++d) {
      const Profile profile = profile_of(seen.solution->state, d);
      const double reliable = std::min(reliable_depth, -std::log(30 * profile.noise + 1e-16));
      if (automatic(d) && reliable > least_depth) {
        extent_.lower(d) = flank(profile, reliable, depth, false).end;
        extent_.upper(d) = flank(profile, reliable, depth, true).end;
      }
    }
    clip();
  }
}

/// One step along a tail. @return whether the end moved and wants another look.
bool BoxSearch::follow_tail(const Look& look, int d, bool upper, double depth) {
  const auto& axis = look.solution->grid.axis(d);
  const Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
  double& end = upper ? extent_.upper(d) : extent_.lower(d);
  const double side = upper ? 1 : -1;
  const double reach = std::abs(end - bend.centre) / bend.scale;
  const PowerFit fit = fit_power(axis, observe::marginal(look.solution->state, d), upper);
  if (fit.algebraic) {
    const double wanted = tail_reach(-fit.exponent);
    end = bend.centre + side * wanted * bend.scale;
    return wanted > 1.5 * reach || wanted < reach / 1.5;
  }
  const Profile profile = profile_of(look.solution->state, d);
  const Stretch held = occupied(profile, std::exp(-depth - spare_depth));
  const Eigen::Index last = profile.depth.size() - 1;
  if (upper ? held.last < last : held.first > 0) {
    end = profile.position(upper ? std::min(held.last + 1, last) : std::max<Eigen::Index>(held.first - 1, 0));
    return false;
  }
  if (reach >= farthest) {
    return false;
  }
  end = bend.centre + side * 10 * reach * bend.scale;
  return true;
}

/// Bends the axes that need it and takes the ends of heavy tails far out. @return whether there is anything to follow.
bool BoxSearch::begin_bends(const Look& look, double depth) {
  bool any = false;
  for (int d = 0; d < sde_.dimension(); ++d) {
    if (!automatic(d)) {
      continue;
    }
    const Profile profile = profile_of(look.solution->state, d);
    const model::Interval domain = sde_.natural_domain(d);
    Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
    for (const bool upper : {false, true}) {
      const bool open = !wall(d, upper) && std::isinf(upper ? domain.upper : domain.lower);
      bend.heavy[upper ? 1 : 0] = open && flank(profile, reliable_depth, depth, upper).power < heavy_power;
    }
    const double width = extent_.upper(d) - extent_.lower(d);
    bend.curved = bend.heavy[0] || bend.heavy[1] || width > wide_box * width_at(profile, 0.5);
    if (bend.curved) {
      centre_bend(profile, bend);
      const double far = first_tail_reach * bend.scale;
      extent_.lower(d) = bend.heavy[0] ? std::min(extent_.lower(d), bend.centre - far) : extent_.lower(d);
      extent_.upper(d) = bend.heavy[1] ? std::max(extent_.upper(d), bend.centre + far) : extent_.upper(d);
      any = true;
    }
  }
  clip();
  return any;
}

/// @return whether an end or a core moved.
bool BoxSearch::follow_bends(const Look& look, double depth) {
  bool moved = false;
  for (int d = 0; d < sde_.dimension(); ++d) {
    Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
    if (!bend.curved) {
      continue;
    }
    for (const bool upper : {false, true}) {
      moved = (bend.heavy[upper ? 1 : 0] && follow_tail(look, d, upper, depth)) || moved;
    }
    moved = centre_bend(profile_of(look.solution->state, d), bend) || moved;
  }
  clip();
  return moved;
}

void BoxSearch::bend(double depth) {
  if (sde_.dimension() > 3) {
    return;
  }
  const Look straight = sharp_look();
  Extent good = extent_;
  bool moving = straight.sharp && begin_bends(straight, depth);
  for (int round = 0; round < tail_rounds && moving; ++round) {
    const Look look = sharp_look();
    if (!look.sharp) {  // the maps suit this density no further
      extent_ = good;
      return;
    }
    good = extent_;
    moving = follow_bends(look, depth);
  }
}

}  // namespace sgdflux::study
