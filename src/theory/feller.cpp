#include "sgdflux/theory/feller.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "theory/feller_words.hpp"
#include "theory/probe.hpp"
#include "theory/trend.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Every octave of `values`, ending with position `last`.
ArrayXd octaves(const ArrayXd& values, Index last) {
  const Index count = last / Probe::per_octave + 1;
  ArrayXd result(count);
  for (Index k = 0; k < count; ++k) {
    result[count - 1 - k] = values[last - k * Probe::per_octave];
  }
  return result;
}

Trend trend_along(const Probe& side, const ArrayXd& log_value, Index last) {
  return trend(octaves(side.x, last), octaves(side.distance, last), octaves(log_value, last));
}

End classify_end(const model::Sde& sde, const Probe& side) {
  const Index last = side.x.size() - 1;
  const Trend speed = trend_along(side, side.log_speed, last);
  End end;
  end.unbounded = side.unbounded;
  end.integrable = integrable(speed, side.unbounded);
  const Trend scale = trend_along(side, side.log_scale, last);
  end.unreachable = !integrable(scale, side.unbounded);
  end.margin = margin(speed, side.unbounded, side.direction());
  end.reach_margin = -margin(scale, side.unbounded, side.direction());
  end.exponent = speed.exponent;
  if (speed.growth == Growth::exponential) {
    end.rate = speed.rate;
  } else if (speed.growth == Growth::double_exponential || (side.unbounded && speed.power > 1)) {
    end.rate = side.direction() * speed.exponent;  // faster than every exponential: ±inf
  }
  end.where = where_text(sde, side);
  end.decay = decay_text(sde, side, speed);
  return end;
}

/// The speed density along the whole domain: x increasing, ln p.
struct Landscape {
  ArrayXd x;
  ArrayXd log_p;
};

Landscape join(const Probe& lower, const Probe& upper) {
  const Index n = lower.x.size();
  Landscape all{ArrayXd(n + upper.x.size()), ArrayXd(n + upper.x.size())};
  all.x << lower.x.reverse(), upper.x;
  all.log_p << lower.log_speed.reverse(), upper.log_speed;
  return all;
}

/// Extremum of ln p between the neighbours of position k, on a finer set of points; `sign` −1 for a minimum.
double refined(const model::Sde& sde, const Landscape& land, Index k, double sign) {
  const ArrayXd x = ArrayXd::LinSpaced(129, land.x[k - 1], land.x[k + 1]);
  const ArrayXd relative = log_speed_density(sde, x);
  return sign * (sign * (relative - relative[0])).maxCoeff() + land.log_p[k - 1];
}

/// Largest drop of ln p on the way from an interior maximum to a non-integrable end (to the nearer one of two).
struct Barrier {
  double drop = 0;
  Index bulge = 0;
  Index saddle = 0;
};

Barrier barrier(const Landscape& land, bool lower_open, bool upper_open) {
  const Index n = land.x.size();
  std::vector<Index> lowest_left(static_cast<std::size_t>(n), 0);
  std::vector<Index> lowest_right(static_cast<std::size_t>(n), n - 1);
  for (Index k = 1; k < n; ++k) {
    const Index before = lowest_left[static_cast<std::size_t>(k - 1)];
    lowest_left[static_cast<std::size_t>(k)] = land.log_p[k] < land.log_p[before] ? k : before;
    const Index mirror = n - 1 - k;
    const Index behind = lowest_right[static_cast<std::size_t>(mirror + 1)];
    lowest_right[static_cast<std::size_t>(mirror)] = land.log_p[mirror] < land.log_p[behind] ? mirror : behind;
  }
  Barrier best;
  for (Index k = 1; k + 1 < n; ++k) {
    if (land.log_p[k] < land.log_p[k - 1] || land.log_p[k] < land.log_p[k + 1]) {
      continue;
    }
    Index saddle = lower_open ? lowest_left[static_cast<std::size_t>(k)] : lowest_right[static_cast<std::size_t>(k)];
    const Index other = lowest_right[static_cast<std::size_t>(k)];
    if (lower_open && upper_open && land.log_p[other] > land.log_p[saddle]) {
      saddle = other;
    }
    if (saddle > 0 && saddle + 1 < n && land.log_p[k] - land.log_p[saddle] > best.drop) {
      best = {land.log_p[k] - land.log_p[saddle], k, saddle};
    }
  }
  return best;
}

void find_trap(const model::Sde& sde, const Probe& lower, const Probe& upper, Classification& result) {
  const Landscape land = join(lower, upper);
  const Barrier found = barrier(land, !result.lower.integrable, !result.upper.integrable);
  if (found.drop > 0) {
    result.barrier = refined(sde, land, found.bulge, 1) - refined(sde, land, found.saddle, -1);
    constexpr double long_time = 6.9;  // ln 1000 relaxation times
    result.trapped = result.barrier > long_time;
  }
}

/// ln|q| along a probe for the variable (which = −1) or a derived quantity.
ArrayXd log_quantity(const model::Sde& sde, const Probe& side, int which) {
  return which < 0 ? ArrayXd(side.x.abs().log()) : ArrayXd(sde.derive(which, core::Batch(side.x)).abs().log());
}

/// Running sums of steps from the place where they are smallest: summed from an end, where they may reach 1e60, they
/// would lose what they are in the middle.
ArrayXd summed_outwards(const ArrayXd& steps) {
  ArrayXd sums = ArrayXd::Zero(steps.size() + 1);
  Index anchor = 0;
  if (steps.size() > 0) {
    steps.abs().minCoeff(&anchor);
  }
  for (Index k = anchor; k < steps.size(); ++k) {
    sums[k + 1] = sums[k] + steps[k];
  }
  for (Index k = anchor; k > 0; --k) {
    sums[k - 1] = sums[k] - steps[k - 1];
  }
  return sums;
}

}  // namespace

Classification classify(const model::Sde& sde) {
  const Probe lower = probe(sde, false);
  const Probe upper = probe(sde, true);
  Classification result;
  result.lower = classify_end(sde, lower);
  result.upper = classify_end(sde, upper);
  if (!result.normalisable()) {
    find_trap(sde, lower, upper, result);
  }
  return result;
}

ArrayXd log_speed_density(const model::Sde& sde, const ArrayXd& x) {
  if (x.size() == 0) {
    return {};
  }
  const Coefficients at = coefficients(sde, x);
  for (Index k = 0; k < x.size(); ++k) {
    if (!std::isfinite(at.drift[k]) || !(at.diffusion[k] > 0) || !std::isfinite(at.diffusion[k])) {
      throw core::SettingsError("at " + sde.variables()[0] + " = " + number_text(x[k]) +
                                " the drift is not finite or the noise is not positive and finite");
    }
  }
  constexpr int budget = 100000;
  const ArrayXd steps = drift_integrals(sde, x, budget);
  if (steps.isNaN().any()) {
    throw core::ConvergenceError(
        "drift/noise^2 oscillates too fast or is too large to be integrated between the points of the mesh");
  }
  const ArrayXd result = summed_outwards(steps) - at.diffusion.log();
  return result - result.maxCoeff();
}

double moment_exponent(const model::Sde& sde, int which, double power, bool upper) {
  const Probe side = probe(sde, upper);
  if (power == 0) {
    return trend_along(side, side.log_speed, side.x.size() - 1).exponent;
  }
  const ArrayXd log_q = log_quantity(sde, side, which);
  Index last = side.x.size() - 1;
  while (last > 0 && !(std::abs(log_q[last]) < 690)) {  // e^{±690}: where q is still a double
    --last;
  }
  if (last < 4 * Probe::per_octave) {
    throw core::SettingsError("the quantity " +
                              (which < 0 ? sde.variables()[0] : sde.derived()[static_cast<std::size_t>(which)].name) +
                              " is zero or not finite on the way to " + where_text(sde, side));
  }
  const ArrayXd log_value = side.log_speed + power * log_q;
  return trend_along(side, log_value, last).exponent;
}

std::optional<EdgeExponent> edge_exponent(const model::Sde& sde, int which, bool upper) {
  const Probe side = probe(sde, upper);
  const Trend speed = trend_along(side, side.log_speed, side.x.size() - 1);
  if (which < 0) {
    return side.unbounded ? std::nullopt : std::optional(EdgeExponent{side.end, speed.exponent});
  }
  const DerivedLimit limit = derived_limit(sde, side, which);
  const std::optional<double> exponent = derived_exponent(speed, limit);
  return exponent && limit.value == 0 ? std::optional(EdgeExponent{0, *exponent}) : std::nullopt;
}

}  // namespace sgdflux::theory
