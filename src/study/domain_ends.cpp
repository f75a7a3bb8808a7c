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

/// Distance in scales that the cells of an axis cover without becoming too wide for a power law on a sinh map. Fewer
/// cells per axis, as in three dimensions, also mean a second grid that must resolve it with 0.7 times as many.
double resolved_reach(const mesh::AxisSpec& axis, std::size_t dimension) {
  const double widest_cell = dimension == 2 ? 0.45 : 0.3;  // p changes by e^{k·this} over a cell
  return std::sinh(0.5 * widest_cell * static_cast<double>(axis.cells));
}

enum class Towards { below, nearest, above };

/// The power of ten that is the third digit of `size`.
double grain(double size) { return std::pow(10., std::floor(std::log10(std::abs(size))) - 2); }

/// A multiple of `grain`.
double to_grid(double value, double grain, Towards side) {
  const double count = value / grain;
  const double whole = side == Towards::below     ? std::floor(count)
                       : side == Towards::nearest ? std::round(count)
                                                  : std::ceil(count);
  return grain < 1 ? whole / std::round(1 / grain) : whole * grain;
}

/// Depth to which a coarse marginal is trusted.
double reliable(const Profile& profile) {
  return std::clamp(-std::log(30 * profile.noise + 1e-16), 1., reliable_depth);
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
      if (automatic(d) && reliable(profile) > least_depth) {
        extent_.lower(d) = flank(profile, reliable(profile), depth, false).end;
        extent_.upper(d) = flank(profile, reliable(profile), depth, true).end;
      }
    }
    clip();
  }
}

/// One step along a tail. @return whether the end moved and wants another look.
bool BoxSearch::follow_tail(const Look& look, int d, bool upper, double depth) {
  const auto& axis = look.solution->grid.axis(d);
  Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
  double& end = upper ? extent_.upper(d) : extent_.lower(d);
  const double side = upper ? 1 : -1;
  const double reach = std::abs(end - bend.centre) / bend.scale;
  const double resolved = resolved_reach(mesh_[static_cast<std::size_t>(d)], mesh_.size());
  const PowerFit fit = fit_power(axis, observe::marginal(look.solution->state, d), upper);
  if (fit.algebraic) {
    bend.algebraic[upper ? 1 : 0] = true;
    const double wanted = std::min(tail_reach(-fit.exponent), resolved);
    end = bend.centre + side * wanted * bend.scale;
    return wanted > 1.5 * reach || wanted < reach / 1.5;
  }
  if (bend.algebraic[upper ? 1 : 0]) {  // another axis that is still cut short spoils the power for now
    return false;
  }
  const Profile profile = profile_of(look.solution->state, d);
  const Stretch held = occupied(profile, std::exp(-depth - spare_depth));
  const Eigen::Index last = profile.depth.size() - 1;
  if (upper ? held.last < last : held.first > 0) {
    end = profile.position(upper ? std::min(held.last + 1, last) : std::max<Eigen::Index>(held.first - 1, 0));
    return false;
  }
  const double next = std::min({10 * reach, farthest, resolved});
  if (next < 1.1 * reach) {
    return false;
  }
  end = bend.centre + side * next * bend.scale;
  return true;
}

/// Whether an end without a wall in sight shows an exponential tail or a heavier one.
bool BoxSearch::is_heavy(const Profile& profile, int d, bool upper, double depth) const {
  const model::Interval domain = sde_.natural_domain(d);
  const bool open = !wall(d, upper) && std::isinf(upper ? domain.upper : domain.lower);
  return open && flank(profile, reliable(profile), depth, upper).power < heavy_power;
}

/// Takes ends whose tails turn out to be heavy far out. @return whether any is new.
bool BoxSearch::reach_out(const Profile& profile, int d, double depth) {
  Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
  bool moved = false;
  for (const bool upper : {false, true}) {
    if (!bend.heavy[upper ? 1 : 0] && is_heavy(profile, d, upper, depth)) {
      bend.heavy[upper ? 1 : 0] = true;
      const double resolved = resolved_reach(mesh_[static_cast<std::size_t>(d)], mesh_.size());
      const double far = std::min(first_tail_reach, resolved) * bend.scale;
      double& end = upper ? extent_.upper(d) : extent_.lower(d);
      end = upper ? std::max(end, bend.centre + far) : std::min(end, bend.centre - far);
      moved = true;
    }
  }
  return moved;
}

/// Bends the axes that need it and takes the ends of heavy tails far out. @return whether there is anything to follow.
bool BoxSearch::begin_bends(const Look& look, double depth) {
  bool any = false;
  for (int d = 0; d < sde_.dimension(); ++d) {
    if (!automatic(d)) {
      continue;
    }
    const Profile profile = profile_of(look.solution->state, d);
    Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
    const double width = extent_.upper(d) - extent_.lower(d);
    const bool wide = width > wide_box * width_at(profile, 0.5);
    if (wide || is_heavy(profile, d, false, depth) || is_heavy(profile, d, true, depth)) {
      bend.curved = true;
      centre_bend(profile, bend);
      static_cast<void>(reach_out(profile, d, depth));
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
    const Profile profile = profile_of(look.solution->state, d);
    moved = centre_bend(profile, bend) || moved;
    moved = reach_out(profile, d, depth) || moved;
  }
  clip();
  return moved;
}

void BoxSearch::bend(double depth) {
  if (sde_.dimension() > 3) {
    return;
  }
  const Look straight = sharp_look();
  Extent good = extent_;  // with straight axes
  // Heavy tails are what even cells cannot resolve: a blurred look may begin, only a sharp one on bent axes goes on.
  bool moving = straight.solution->result.converged && begin_bends(straight, depth);
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

void BoxSearch::round_off() {
  for (int d = 0; d < sde_.dimension(); ++d) {
    if (!automatic(d)) {
      continue;
    }
    Bend& bend = extent_.bends[static_cast<std::size_t>(d)];
    const double width = extent_.upper(d) - extent_.lower(d);
    if (bend.curved) {
      bend.scale = to_grid(bend.scale, grain(bend.scale), Towards::nearest);
      bend.centre = to_grid(bend.centre, grain(bend.scale), Towards::nearest);
      extent_.lower(d) = to_grid(extent_.lower(d), grain(bend.centre - extent_.lower(d)), Towards::below);
      extent_.upper(d) = to_grid(extent_.upper(d), grain(extent_.upper(d) - bend.centre), Towards::above);
    } else {
      extent_.lower(d) = to_grid(extent_.lower(d), grain(width), Towards::below);
      extent_.upper(d) = to_grid(extent_.upper(d), grain(width), Towards::above);
    }
  }
  clip();
}

}  // namespace sgdflux::study
