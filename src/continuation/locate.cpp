#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
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

  [[nodiscard]] double coarse(double x) const { return crossing_.value(*make_(x, coarser)); }
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

  /// |slope| of the shortest chord across the zero that rounding does not spoil.
  [[nodiscard]] double slope() const {
    constexpr double shortest = 1e-4;  // of the way from a to b
    Sample below = first();
    Sample above = last();
    for (const Sample& sample : samples_) {
      const bool left = sample.at <= lower_.at;
      Sample& nearest = left ? below : above;
      const double chord = left ? above.at - sample.at : sample.at - below.at;
      if (chord > shortest * (last().at - first().at) && (left ? sample.at > below.at : sample.at < above.at)) {
        nearest = sample;
      }
    }
    return std::abs((above.value - below.value) / (above.at - below.at));
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

/// How far from x the crossing lies on the coarse grid, rounded up; NaN where that grid has no value.
double coarse_distance(const Search& search, double x, bool sides, double tolerance) {
  const double here = search.coarse(x);
  const double reach = std::max(x - search.first().at, search.last().at - x);
  if (std::isnan(here)) {
    return here;
  }
  const bool further = (here > 0) == (search.first().value > 0);  // the coarse crossing lies above x
  double distance = std::max(tolerance, sides ? 0 : generous * std::abs(here) / search.slope());
  for (; distance < reach; distance *= growth) {
    const double there = search.coarse(x + (further ? distance : -distance));
    if (std::isnan(there) || crosses(here, there)) {
      return std::isnan(there) ? there : distance;
    }
  }
  return reach;
}

}  // namespace

Event locate(const Crossing& crossing, Probe& a, Probe& b, const MakeProbe& make, double tolerance) {
  Search search(crossing, a, b, make);
  Event event{crossing.kind, crossing.subject, 0, 0, crossing.what};
  try {
    narrow(search, crossing.sides, tolerance);
  } catch (const NoValue& none) {
    event.what += "; not narrowed further, because there is no value at " + core::exact_digits(none.at);
  }
  event.value = search.estimate();
  event.error = search.width() + limits * std::abs(event.value);
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
