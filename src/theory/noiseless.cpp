#include "sgdflux/theory/noiseless.hpp"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "theory/probe.hpp"

namespace sgdflux::theory {
namespace {

using core::Batch;
using Eigen::ArrayXd;
using Eigen::Index;

constexpr int per_octave = 12;
constexpr int smallest_octave = -24;
constexpr int largest_octave = 40;
constexpr int even_points = 1001;
constexpr double nearby = 1e-5;     ///< of the size of the bracket: where a zero must have been left
constexpr double vanishing = 1e-4;  ///< value at a zero relative to that nearby: a touched zero is found to 1e−8
constexpr double dip = 0.8;         ///< how far a function falls between points of a sample on the way to a zero

Batch at(const std::function<Batch(const ArrayXd&)>& f, double x) { return f(ArrayXd::Constant(1, x)); }

/// Σ|f_k| in units of each column's size over three neighbours.
struct Size {
  const std::function<Batch(const ArrayXd&)>& f;
  Eigen::ArrayXd unit;
  double operator()(double x) const { return (at(f, x).row(0).transpose().abs() / unit).sum(); }
};

/// A shorter number for the same zero: 0 or one with few digits, where the function is not larger.
double tidy(const Size& size, double c, double bracket) {
  double best = c;
  for (const double digits : {1e2, 1e4, 1e6, 1e9}) {
    const double rounded = std::abs(c) < 1e-9 * bracket ? 0 : std::round(c * digits) / digits;
    if (std::abs(rounded - c) <= 1e-7 * bracket && size(rounded) <= size(c)) {
      best = rounded;
      break;
    }
  }
  return best;
}

/// The zero between two points around a smallest value; empty if the function only becomes small.
std::optional<double> zero_between(const std::function<Batch(const ArrayXd&)>& f, double left, double middle,
                                   double right) {
  ArrayXd three(3);
  three << left, middle, right;
  ArrayXd unit = f(three).abs().colwise().maxCoeff().transpose();
  unit = (unit > 0 && unit.isFinite()).select(unit, std::numeric_limits<double>::infinity());
  const Size size{f, unit};
  if (unit.isInf().all() || !std::isfinite(size(left) + size(middle) + size(right))) {
    return std::nullopt;
  }
  double low = left;
  double high = right;
  for (int step = 0; step < 200 && high - low > 1e-17 * (std::abs(low) + std::abs(high)); ++step) {
    const double a = low + 0.381966 * (high - low);
    const double b = high - 0.381966 * (high - low);
    (size(a) <= size(b) ? high : low) = size(a) <= size(b) ? b : a;
  }
  const double bracket = right - left;
  const double found = tidy(size, size(middle) == 0 ? middle : low / 2 + high / 2, bracket);
  const double step = nearby * bracket;
  const double around = std::min(size(std::max(found - step, left)), size(std::min(found + step, right)));
  return around > 0 && size(found) <= vanishing * around ? std::optional(found) : std::nullopt;
}

bool inside(const model::Interval& domain, double x) {
  return std::isfinite(x) && x > domain.lower && x < domain.upper;
}

NoiselessPoint::Kind kind_at(const model::Sde& sde, double c, double left, double right) {
  const auto drift = [&](double x) { return coefficients(sde, ArrayXd::Constant(1, x)).drift[0]; };
  const double around = std::max(std::abs(drift(left)), std::abs(drift(right)));
  const double here = drift(c);
  if (std::abs(here) <= vanishing * around) {
    return NoiselessPoint::Kind::invariant;
  }
  return here > 0 ? NoiselessPoint::Kind::upward : NoiselessPoint::Kind::downward;
}

}  // namespace

ArrayXd sample_line(const model::Interval& domain, const std::vector<double>& centres, double lower, double upper) {
  std::vector<double> points;
  const auto add = [&](double x) {
    if (inside(domain, x)) {
      points.push_back(x);
    }
  };
  for (int k = smallest_octave * per_octave; k <= largest_octave * per_octave; ++k) {
    const double distance = std::exp2(static_cast<double>(k) / per_octave);
    for (const double centre : centres) {
      add(centre - distance);
      add(centre + distance);
    }
    add(domain.lower + distance);  // of no effect at ±∞
    add(domain.upper - distance);
  }
  for (const double centre : centres) {
    add(centre);
  }
  for (int i = 0; i < even_points && std::isfinite(lower) && std::isfinite(upper); ++i) {
    add(lower + (upper - lower) * i / (even_points - 1));
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return Eigen::Map<const ArrayXd>(points.data(), static_cast<Index>(points.size()));
}

std::vector<double> common_zeros(const std::function<Batch(const ArrayXd&)>& f, const ArrayXd& sample) {
  const Batch values = f(sample).abs();
  std::vector<double> zeros;
  for (Index i = 1; i + 1 < sample.size(); ++i) {
    const ArrayXd unit = values.middleRows(i - 1, 3).colwise().maxCoeff().transpose();
    const ArrayXd safe = (unit > 0).select(unit, 1);
    const auto size = [&](Index k) { return (values.row(k).transpose() / safe).sum(); };
    const bool lowest = size(i) <= size(i - 1) && size(i) <= size(i + 1);
    if (!lowest || !(size(i) < dip * std::max(size(i - 1), size(i + 1)))) {
      continue;
    }
    const auto zero = zero_between(f, sample[i - 1], sample[i], sample[i + 1]);
    if (zero && (zeros.empty() || *zero > zeros.back())) {
      zeros.push_back(*zero);
    }
  }
  return zeros;
}

std::vector<NoiselessPoint> noiseless_points(const model::Sde& sde, double lower, double upper) {
  const model::Interval domain = sde.natural_domain(0);
  const model::Interval range{std::max(lower, domain.lower), std::min(upper, domain.upper)};
  const ArrayXd sample = sample_line(range, {sde.typical_point()[0], 0}, lower, upper);
  const auto noise = [&sde](const ArrayXd& x) { return sde.noise_factor(Batch(x)); };
  std::vector<NoiselessPoint> points;
  for (const double c : common_zeros(noise, sample)) {
    const auto next = std::upper_bound(sample.begin(), sample.end(), c);
    const auto before = std::lower_bound(sample.begin(), sample.end(), c);
    points.push_back({c, kind_at(sde, c, *std::prev(before), *next)});
    if (points.size() > most_noiseless_points) {
      break;
    }
  }
  return points;
}

bool is_noiseless(const model::Sde& sde, const core::BatchView& points) {
  return points.rows() > 0 && (sde.noise_factor(points) == 0).all();
}

}  // namespace sgdflux::theory
