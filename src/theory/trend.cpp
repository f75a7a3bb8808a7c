#include "theory/trend.hpp"

#include <cmath>
#include <limits>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// ln f ~ c e^{kx}, if k is the same over the last two steps (a factor x beside the exponential shows there).
void double_exponential(const ArrayXd& x, const ArrayXd& log_value, Trend& result) {
  const Index n = x.size();
  const auto rate = [&](Index last) {
    return std::log(log_value[last] / log_value[last - 1]) / (x[last] - x[last - 1]);
  };
  if (std::abs(rate(n - 1) - rate(n - 2)) < 1e-4 * std::abs(rate(n - 1))) {
    result.growth = Growth::double_exponential;
    result.rate = rate(n - 1);
    result.factor = log_value[n - 1] / std::exp(result.rate * x[n - 1]);
  }
}

/// Names the law of a logarithm whose slope in ln(distance), at the last three steps, diverges.
Trend diverging(const ArrayXd& x, const ArrayXd& distance, const ArrayXd& log_value, const Eigen::Array4d& slope) {
  const Index n = x.size();
  Trend result;
  result.growth = Growth::other;
  result.exponent = slope[3] > slope[2] ? infinity : -infinity;
  const double octave = distance[n - 1] > distance[n - 2] ? 1 : -1;
  const double power = octave * std::log2(slope[3] / slope[2]);
  const double previous = octave * std::log2(slope[2] / slope[1]);
  if (!std::isfinite(power) || !std::isfinite(previous)) {
    return result;
  }
  const double last_step = log_value[n - 1] - log_value[n - 2];
  if (std::abs(power - previous) < 0.02 && octave > 0 && std::abs(power - 1) < 0.02) {
    result.growth = Growth::exponential;
    result.rate = last_step / (x[n - 1] - x[n - 2]);
  } else if (std::abs(power - previous) < 0.02 && std::abs(power) > 0.02) {
    result.growth = Growth::power_exponential;
    result.power = power;
    result.factor = last_step / (std::pow(distance[n - 1], power) - std::pow(distance[n - 2], power));
  } else if (octave > 0 && std::abs(power / previous - 2) < 0.1) {
    double_exponential(x, log_value, result);
  }
  return result;
}

}  // namespace

Trend trend(const ArrayXd& x, const ArrayXd& distance, const ArrayXd& log_value) {
  const Index n = x.size();
  if (n < 5) {
    throw core::InternalError("a trend needs five points or more");
  }
  Eigen::Array4d slope;
  for (Index k = 0; k < 4; ++k) {
    const Index at = n - 5 + k;
    slope[k] = (log_value[at + 1] - log_value[at]) / std::log(distance[at + 1] / distance[at]);
  }
  const double change = slope[3] - slope[2];
  const double before = slope[2] - slope[1];
  Trend result;
  const double ratio = change / before;
  if (std::abs(ratio) < 0.9) {
    result.exponent = slope[3] + change * ratio / (1 - ratio);
    return result;
  }
  if (std::abs(change) <= 1e-9 * (1 + std::abs(slope[3]))) {
    result.exponent = slope[3];
    return result;
  }
  const bool monotone = slope[1] * slope[3] > 0 && slope[2] * slope[3] > 0 && std::abs(slope[3]) > std::abs(slope[2]) &&
                        std::abs(slope[2]) > std::abs(slope[1]);
  if (!monotone) {  // an oscillation: its average over three octaves
    result.exponent = (slope[1] + slope[2] + slope[3]) / 3;
    return result;
  }
  return diverging(x, distance, log_value, slope);
}

bool integrable(const Trend& of, bool unbounded) {
  constexpr double borderline = 1e-7;  // accuracy of an accelerated exponent; −1 itself diverges
  return unbounded ? of.exponent < -1 - borderline : of.exponent > -1 + borderline;
}

double margin(const Trend& of, bool unbounded, double direction) {
  switch (of.growth) {
    case Growth::algebraic:
      return unbounded ? -1 - of.exponent : of.exponent + 1;
    case Growth::exponential:
      return -direction * of.rate;
    case Growth::power_exponential:
    case Growth::double_exponential:
      return -of.factor;
    default:
      return (of.exponent > 0) == unbounded ? -1 : 1;
  }
}

}  // namespace sgdflux::theory
