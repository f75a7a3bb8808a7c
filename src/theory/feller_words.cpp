#include "theory/feller_words.hpp"

#include <cmath>
#include <limits>

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

bool usable(double value) { return std::isfinite(value) && std::abs(value) > 1e-300 && std::abs(value) < 1e300; }

std::string limit_text(double value) {
  if (std::isinf(value)) {
    return value > 0 ? "+∞" : "−∞";
  }
  return value == 0 ? "0" : number_text(value);
}

/// The variable as it stands in a formula about its end: "|x|" towards ±∞, "x" or "|x − 1|" towards a finite end.
std::string distance_text(const std::string& name, const Probe& side) {
  if (side.unbounded) {
    return "|" + name + "|";
  }
  if (side.end == 0) {
    return name;
  }
  return "|" + name + (side.end > 0 ? " − " : " + ") + number_text(std::abs(side.end)) + "|";
}

std::string density_text(const std::string& name, const Probe& side, const Trend& speed) {
  const std::string distance = distance_text(name, side);
  switch (speed.growth) {
    case Growth::algebraic:
      return "p(" + name + ") ~ " + distance + "^" + number_text(std::abs(speed.exponent) < 1e-9 ? 0 : speed.exponent);
    case Growth::exponential:
      return "p(" + name + ") ~ exp(" + number_text(speed.rate) + "·" + name + ")";
    case Growth::power_exponential:
      return "ln p(" + name + ") ~ " + number_text(speed.factor) + "·" + distance + "^" + number_text(speed.power);
    case Growth::double_exponential:
      return "ln p(" + name + ") ~ " + number_text(speed.factor) + "·exp(" + number_text(speed.rate) + "·" + name + ")";
    default:
      return "p(" + name + ") " + ((speed.exponent > 0) == side.unbounded ? "grows" : "decays") +
             " faster than every power";
  }
}

/// The density of q where its law follows from those of p and q; empty otherwise.
std::string derived_density_text(const std::string& name, const Trend& speed, const DerivedLimit& limit) {
  const std::string size = "|" + name + "|";
  const bool exponential = limit.kind == DerivedLimit::Kind::exponential;
  if (exponential && speed.growth == Growth::double_exponential) {
    return "ln p(" + name + ") ~ " + number_text(speed.factor) + "·" + size + "^" +
           number_text(speed.rate / limit.rate);
  }
  const std::optional<double> exponent = derived_exponent(speed, limit);
  if (!exponent || std::isinf(*exponent) || speed.growth == Growth::power_exponential) {
    return "";
  }
  const bool logarithmic = exponential && speed.growth == Growth::algebraic && speed.exponent != 0;
  return "p(" + name + ") ~ " + size + "^" + number_text(*exponent) +
         (logarithmic ? "·|ln " + size + "|^" + number_text(speed.exponent) : "");
}

}  // namespace

std::optional<double> derived_exponent(const Trend& speed, const DerivedLimit& limit) {
  const bool exponential = limit.kind == DerivedLimit::Kind::exponential;
  if (limit.rate == 0) {
    return std::nullopt;
  }
  if (speed.growth == Growth::algebraic) {
    return exponential ? -1 : (speed.exponent + 1) / limit.rate - 1;
  }
  if (exponential && speed.growth == Growth::exponential) {
    return speed.rate / limit.rate - 1;
  }
  if (exponential && speed.growth == Growth::power_exponential && speed.power < 1) {
    return -1;  // p itself changes less than |dq/dx|
  }
  if (speed.growth == Growth::other) {
    return std::nullopt;
  }
  const bool small = limit.value == 0;
  return (speed.factor > 0 || (speed.growth == Growth::exponential && speed.exponent > 0)) == small
             ? -std::numeric_limits<double>::infinity()
             : std::numeric_limits<double>::infinity();
}

DerivedLimit derived_limit(const model::Sde& sde, const Probe& side, int which) {
  const ArrayXd q = sde.derive(which, core::Batch(side.x));
  Index last = q.size() - 1;
  while (last > 0 && !usable(q[last])) {
    --last;
  }
  const Index middle = last - Probe::per_octave;
  const Index first = middle - Probe::per_octave;
  DerivedLimit limit;
  if (first < 0) {
    return limit;
  }
  const auto slope = [&](const ArrayXd& by, Index from, Index to) {
    return std::log(std::abs(q[to] / q[from])) / (by[to] - by[from]);
  };
  const auto steady = [](double before, double after) { return std::abs(after - before) <= 1e-4 * std::abs(after); };
  const double algebraic = slope(side.distance.log(), middle, last);
  const double exponential = slope(side.x, middle, last);
  if (std::abs(algebraic) < 1e-6) {
    limit = {DerivedLimit::Kind::constant, 0, q[last]};
  } else if (side.unbounded && steady(slope(side.x, first, middle), exponential)) {
    limit = {DerivedLimit::Kind::exponential, exponential, 0};
  } else if (steady(slope(side.distance.log(), first, middle), algebraic)) {
    limit = {DerivedLimit::Kind::algebraic, algebraic, 0};
  }
  if (limit.rate != 0 && std::abs(q[last]) > std::abs(q[middle])) {
    limit.value = std::copysign(std::numeric_limits<double>::infinity(), q[last]);
  }
  return limit;
}

std::string where_text(const model::Sde& sde, const Probe& side) {
  std::string text = sde.variables()[0] + " → " + limit_text(side.end);
  std::string limits;
  for (std::size_t k = 0; k < sde.derived().size(); ++k) {
    const DerivedLimit limit = derived_limit(sde, side, static_cast<int>(k));
    if (limit.kind != DerivedLimit::Kind::unknown) {
      limits += (limits.empty() ? "" : ", ") + sde.derived()[k].name + " = " + limit_text(limit.value);
    }
  }
  return limits.empty() ? text : text + " (" + limits + ")";
}

std::string decay_text(const model::Sde& sde, const Probe& side, const Trend& speed) {
  std::string text = density_text(sde.variables()[0], side, speed);
  for (std::size_t k = 0; k < sde.derived().size(); ++k) {
    const std::string derived =
        derived_density_text(sde.derived()[k].name, speed, derived_limit(sde, side, static_cast<int>(k)));
    text += derived.empty() ? "" : ", " + derived;
  }
  return text;
}

}  // namespace sgdflux::theory
