#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "continuation/crossing.hpp"
#include "sgdflux/continuation/event.hpp"
#include "sgdflux/core/digits.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::continuation {
namespace {

constexpr std::uintmax_t most_steps = 200;
constexpr double coarser = 0.7;   ///< of the cells, for errors
constexpr double generous = 1.5;  ///< times the distance that the slope promises
constexpr double beyond = 16;     ///< times the way from a to b the coarse grid is followed
constexpr double growth = 4;      ///< of the distance until the coarse grid sees the crossing
constexpr double limits = 1e-12;  ///< relative: accuracy of exponents at the ends of the domain, rounding

/// Thrown where a function has no value.
struct NoValue {
  double at;
};

struct Sample {
  double at;
  double value;
};

/// The function of a crossing, with the narrowest bracket of its zero so far.
class Search {
 public:
  Search(const Crossing& crossing, Probe& a, Probe& b, const MakeProbe& make)
      : crossing_(crossing),
        make_(make),
        lower_{a.parameter(), crossing.value(a)},
        upper_{b.parameter(), crossing.value(b)} {
    if (!crosses(lower_.value, upper_.value)) {
      throw core::InternalError("an event '" + crossing.kind + "' was to be located where nothing crosses zero");
    }
    if (lower_.at > upper_.at) {
      std::swap(lower_, upper_);
    }
    samples_ = {lower_, upper_};
  }

  double operator()(double x) {
    if (x == samples_[0].at || x == samples_[1].at) {
      return x == samples_[0].at ? samples_[0].value : samples_[1].value;
    }
    const double value = crossing_.value(*make_(x, 1));
    if (std::isnan(value)) {
      throw NoValue{x};
    }
    samples_.push_back({x, value});
    if (x > lower_.at && x < upper_.at) {
      (crosses(lower_.value, value) ? upper_ : lower_) = {x, value};
    }
    return value;
  }

  /// On the coarse grid; NaN also where the model refuses the value.
  [[nodiscard]] double coarse(double x) const {
    try {
      return crossing_.value(*make_(x, coarser));
    } catch (const core::SettingsError&) {
      return std::numeric_limits<double>::quiet_NaN();
    }
  }
  [[nodiscard]] const Sample& lower() const { return lower_; }
  [[nodiscard]] const Sample& upper() const { return upper_; }
  /// Of the bracket; none where the function is zero.
  [[nodiscard]] double width() const { return lower_.value == 0 || upper_.value == 0 ? 0 : upper_.at - lower_.at; }
  [[nodiscard]] const Sample& first() const { return samples_[0]; }
  [[nodiscard]] const Sample& last() const { return samples_[1]; }

  /// Zero of the chord of the bracket; the middle of sides, and of jumps.
  [[nodiscard]] double estimate() const {
    const double share = crossing_.sides ? 0.5 : lower_.value / (lower_.value - upper_.value);
    return lower_.at + std::clamp(share, 0., 1.) * (upper_.at - lower_.at);
  }

  /// |slope| towards the nearest sample whose value is above `floor`, not so near that rounding spoils it.
  [[nodiscard]] double slope(double floor) const {
    constexpr double shortest = 1e-6;  // of the way from a to b
    const double x = estimate();
    double nearest = std::numeric_limits<double>::infinity();
    double slope = 0;
    for (const Sample& sample : samples_) {
      const double distance = std::abs(sample.at - x);
      if (std::abs(sample.value) > floor && distance < nearest && distance > shortest * (last().at - first().at)) {
        nearest = distance;
        slope = std::abs(sample.value) / distance;
      }
    }
    return slope;
  }

  /// Whether a value is no larger than those on both sides of the zero: then the function jumps there.
  [[nodiscard]] bool within_jump(double value) const {
    return std::abs(value) <= std::max(std::abs(lower_.value), std::abs(upper_.value));
  }

 private:
  const Crossing& crossing_;
  const MakeProbe& make_;
  std::vector<Sample> samples_;
  Sample lower_;
  Sample upper_;
};

/// Narrows the bracket to `tolerance`. @throws NoValue.
void narrow(Search& search, bool sides, double tolerance) {
  const auto close = [&](double x, double y) { return std::abs(x - y) <= tolerance; };
  const auto f = [&](double x) { return search(x); };
  const Sample a = search.lower();
  const Sample b = search.upper();
  std::uintmax_t steps = most_steps;
  if (sides) {
    boost::math::tools::bisect(f, a.at, b.at, close, steps);
  } else if (a.value != 0 && b.value != 0) {
    boost::math::tools::toms748_solve(f, a.at, b.at, a.value, b.value, close, steps);
  }
}

/// The first one of start, 4 start, … that is enough; `reach` if none below it is.
double grown(double start, double reach, const std::function<bool(double)>& enough) {
  for (double distance = start; distance < reach; distance *= growth) {
    if (enough(distance)) {
      return distance;
    }
  }
  return reach;
}

/// A distance within which the function changes by `value` by its slope, for a start; beyond `reach` it means nothing.
double promised(const Search& search, double value, double floor, double tolerance, double reach) {
  const double distance = generous * std::abs(value) / search.slope(floor);
  return distance < reach ? std::max(tolerance, distance) : tolerance;
}

/// How far from x the crossing lies on the coarse grid, rounded up; NaN where that grid has no value.
double coarse_distance(const Search& search, double x, bool sides, double tolerance) {
  const double here = search.coarse(x);
  const double reach = beyond * std::max(x - search.first().at, search.last().at - x);
  const double way = (here > 0) == (search.first().value > 0) ? 1 : -1;  // the coarse crossing lies above x, or below
  bool missing = std::isnan(here);
  const auto crossed = [&](double distance) {
    const double there = search.coarse(x + way * distance);
    missing = std::isnan(there);
    return missing || crosses(here, there);
  };
  if (missing || crossed(tolerance)) {
    return missing ? std::numeric_limits<double>::quiet_NaN() : tolerance;
  }
  const double start =
      sides || search.within_jump(here) ? growth * tolerance : promised(search, here, 0, growth * tolerance, reach);
  const double distance = grown(start, reach, crossed);
  return missing ? std::numeric_limits<double>::quiet_NaN() : distance;
}

/// How far around x the function does not exceed its resolution. @throws NoValue.
double blur(Search& search, double x, double resolution, double tolerance) {
  double widest = 0;
  for (const double way : {-1., 1.}) {
    const double reach = way < 0 ? x - search.first().at : search.last().at - x;
    widest = std::max(widest, grown(promised(search, resolution, resolution, tolerance, reach), reach,
                                    [&](double d) { return std::abs(search(x + way * d)) > resolution; }));
  }
  return widest;
}

}  // namespace

Event locate(const Crossing& crossing, Probe& a, Probe& b, const MakeProbe& make, double tolerance) {
  Search search(crossing, a, b, make);
  Event event{crossing.kind, crossing.subject, 0, 0, crossing.what};
  try {
    narrow(search, crossing.sides, tolerance);
    event.value = search.estimate();
    event.error = search.width() + limits * std::abs(event.value);
    event.error += crossing.resolution > 0 ? blur(search, event.value, crossing.resolution, tolerance) : 0;
  } catch (const NoValue& none) {
    event.value = search.estimate();
    event.error = search.width() + limits * std::abs(event.value);
    event.what += "; not narrowed further, because there is no value at " + core::exact_digits(none.at);
  }
  const double distance = coarse_distance(search, event.value, crossing.sides, tolerance);
  if (std::isnan(distance)) {
    event.error += search.last().at - search.first().at;
    event.what += "; on a coarser grid it has no value, so that the error is the step of the branch";
  } else {
    event.error += distance;
  }
  return event;
}

}  // namespace sgdflux::continuation
