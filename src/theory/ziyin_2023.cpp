#include "sgdflux/theory/ziyin_2023.hpp"

#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "theory/line_quadrature.hpp"
#include "theory/network_weight.hpp"

namespace sgdflux::theory {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Moments of the branch in |v|, with weight decay where it amounts to a change of moments (D = 0 and D = 1).
DataMoments effective(const DiagonalNetwork& network) {
  DataMoments moments = network.depth > 0 && network.sign < 0 ? network.moments.mirrored() : network.moments;
  if (network.depth == 0) {
    moments.beta1 += network.gamma;
  } else if (network.depth == 1) {
    moments.beta2 -= network.gamma;
  }
  return moments;
}

/// Growth of v² in the variable of integration, where it has to be integrated: v = e^s for D ≥ 1.
double growth(const DiagonalNetwork& network) { return network.depth == 0 ? 0 : 2; }

/// Highest interior maximum of a density with logarithm L and derivative L' over the window of a measure.
std::optional<double> highest_maximum(const LineMeasure& measure, const std::function<double(double)>& log_density,
                                      const std::function<double(double)>& score) {
  constexpr int points = 4000;
  std::optional<double> best;
  double left = measure.point(0);
  for (int k = 1; k <= points; ++k) {
    const double right = measure.point(static_cast<double>(k) / points);
    if (score(left) > 0 && score(right) <= 0) {
      std::uintmax_t steps = 100;
      const auto root =
          boost::math::tools::toms748_solve(score, left, right, boost::math::tools::eps_tolerance<double>(52), steps);
      const double at = (root.first + root.second) / 2;
      if (!best || log_density(at) > log_density(*best)) {
        best = at;
      }
    }
    left = right;
  }
  return best;
}

}  // namespace

double critical_temperature(const DataMoments& moments, double gamma) {
  return (moments.beta2 - gamma) / moments.alpha3;
}

double origin_temperature(const DataMoments& moments, double gamma) { return critical_temperature(moments, gamma) / 3; }

double critical_temperature_second_order(const DataMoments& moments) {
  return moments.beta2 / (moments.alpha3 + moments.beta2 * moments.beta2);
}

std::optional<double> mode_vanishing_temperature(const DataMoments& moments, double gamma) {
  const double b1 = moments.beta1;
  const double b2 = moments.beta2 - gamma;
  const double a1 = moments.alpha1;
  const double a2 = moments.alpha2;
  const double a3 = moments.alpha3;
  const double leading = 21 * a1 * a3 - 25 * a2 * a2;
  const double radicand = 3 * a1 * a3 * b1 * b1 - 10 * a1 * a2 * b1 * b2 + 7 * a1 * a1 * b2 * b2;
  if (leading <= 0 || b2 <= 0 || radicand < 0 || b1 >= 10 * a2 * b2 / (3 * a3)) {
    return std::nullopt;
  }
  const double temperature = (-5 * a2 * b1 + 7 * a1 * b2 + std::sqrt(7 * radicand)) / (2 * leading);
  return temperature > 0 && temperature < b2 / a3 ? std::optional(temperature) : std::nullopt;
}

std::optional<double> shallow_mode(const DataMoments& moments, double temperature, double gamma) {
  // 7α₁T v² + (β₁ − 10α₂T) v − (β₂ − γ − 3α₃T) = 0; the density rises below the larger root and falls beyond.
  const double a = 7 * moments.alpha1 * temperature;
  const double b = moments.beta1 - 10 * moments.alpha2 * temperature;
  const double c = moments.beta2 - gamma - 3 * moments.alpha3 * temperature;
  const double radicand = b * b + 4 * a * c;
  if (temperature >= critical_temperature(moments, gamma) || radicand <= 0) {
    return std::nullopt;
  }
  // The form without cancellation; it also covers α₁ = 0.
  const double mode = b > 0 ? 2 * c / (b + std::sqrt(radicand)) : (-b + std::sqrt(radicand)) / (2 * a);
  return mode > 0 ? std::optional(mode) : std::nullopt;
}

double tail_exponent(const DiagonalNetwork& network) {
  const DataMoments& moments = network.moments;
  if (moments.alpha1 <= 0) {
    return -infinity;
  }
  if (network.depth == 0) {
    return -2 - (moments.beta1 + network.gamma) / (network.temperature * moments.alpha1);
  }
  return -5 + 3.0 / (network.depth + 1);
}

bool DiagonalNetworkLaw::exists(const DiagonalNetwork& network) {
  const DataMoments moments = effective(network);
  // Δ of noiseless data is zero up to the rounding of two products.
  const bool noisy =
      moments.alpha3 > 0 && moments.beta1 > 0 &&
      (moments.alpha1 > 0 ? moments.delta() > 1e-13 * moments.alpha1 * moments.alpha3 : moments.alpha2 == 0);
  if (!noisy || !(network.temperature > 0) || network.depth < 0) {
    return false;
  }
  switch (network.depth) {
    case 0:
      return network.width == 1;
    case 1:
      return network.temperature * moments.alpha3 < moments.beta2;
    default:
      return network.gamma == 0 && moments.beta2 > 0;
  }
}

struct DiagonalNetworkLaw::Impl {
  explicit Impl(const DiagonalNetwork& problem)
      : network(problem),
        moments(effective(problem)),
        weight(moments, problem.depth, problem.width, problem.temperature),
        measure([this](double u) { return weight.log_weight(u); }, weight.guess(), growth(problem)) {}

  [[nodiscard]] double side() const { return network.depth > 0 ? network.sign : 1; }
  [[nodiscard]] double absolute_mean() const {
    return measure.mean([](double s) { return std::exp(s); });
  }
  /// Highest maximum in s of |v|^{power}·p(s): power 0 for the density of s, −1 for that of v.
  [[nodiscard]] std::optional<double> maximum(double power) const {
    return highest_maximum(
        measure, [&](double s) { return weight.log_weight(s) + power * s; },
        [&](double s) { return weight.slope(s) + power; });
  }

  DiagonalNetwork network;
  DataMoments moments;  ///< of the branch, in |v|
  NetworkWeight weight;
  LineMeasure measure;
};

DiagonalNetworkLaw::DiagonalNetworkLaw(const DiagonalNetwork& network) {
  if (!exists(network)) {
    throw core::SettingsError("the diagonal network of depth " + std::to_string(network.depth) +
                              " at T = " + std::to_string(network.temperature) +
                              " has no stationary density on the branch sign = " + std::to_string(network.sign));
  }
  impl_ = std::make_unique<const Impl>(network);
}

DiagonalNetworkLaw::~DiagonalNetworkLaw() = default;
DiagonalNetworkLaw::DiagonalNetworkLaw(DiagonalNetworkLaw&&) noexcept = default;
DiagonalNetworkLaw& DiagonalNetworkLaw::operator=(DiagonalNetworkLaw&&) noexcept = default;

double DiagonalNetworkLaw::log_density(double x) const {
  const double u = impl_->weight.from_variable(x);
  return impl_->weight.log_weight(u) - impl_->weight.log_jacobian(u) - impl_->measure.log_norm();
}

double DiagonalNetworkLaw::log_density_of_v(double v) const {
  if (impl_->network.depth == 0) {
    return log_density(v);
  }
  const double magnitude = impl_->side() * v;
  return magnitude > 0 ? log_density(std::log(magnitude)) - std::log(magnitude) : -infinity;
}

double DiagonalNetworkLaw::mean_v() const {
  // D = 0: the drift is linear, so d E[v]/dt = 0 gives the mean (and d E[v²]/dt = 0 below the variance).
  return impl_->network.depth == 0 ? impl_->moments.beta2 / impl_->moments.beta1
                                   : impl_->side() * impl_->absolute_mean();
}

double DiagonalNetworkLaw::variance_v() const {
  const DataMoments& m = impl_->moments;
  if (impl_->network.depth == 0) {
    const double t = impl_->network.temperature;
    const double mean = m.beta2 / m.beta1;
    const double noise = (m.alpha1 * mean - 2 * m.alpha2) * mean + m.alpha3;
    return m.beta1 > t * m.alpha1 ? t * noise / (m.beta1 - t * m.alpha1) : infinity;
  }
  const double mean = impl_->absolute_mean();
  return impl_->measure.mean([mean](double s) { return std::pow(std::exp(s) - mean, 2); });
}

double DiagonalNetworkLaw::mean_s() const {
  return impl_->measure.mean([](double s) { return s; });
}

double DiagonalNetworkLaw::variance_s() const {
  const double mean = mean_s();
  return impl_->measure.mean([mean](double s) { return (s - mean) * (s - mean); });
}

double DiagonalNetworkLaw::covariance_s_v() const {
  const double mean = mean_s();
  return impl_->side() * impl_->measure.mean([mean](double s) { return (s - mean) * std::exp(s); });
}

std::optional<double> DiagonalNetworkLaw::mode_v() const {
  const DataMoments& m = impl_->moments;
  const double t = impl_->network.temperature;
  if (impl_->network.depth == 0) {
    return (m.beta2 + 2 * t * m.alpha2) / (m.beta1 + 2 * t * m.alpha1);
  }
  std::optional<double> magnitude;
  if (impl_->network.depth == 1) {
    magnitude = shallow_mode(m, t);
  } else if (const std::optional<double> at = impl_->maximum(-1)) {
    magnitude = std::exp(*at);
  }
  return magnitude ? std::optional(impl_->side() * *magnitude) : std::nullopt;
}

std::optional<double> DiagonalNetworkLaw::mode_s() const { return impl_->maximum(0); }

double DiagonalNetworkLaw::outside_mass(double lower, double upper) const {
  return impl_->measure.below(impl_->weight.from_variable(lower)) +
         impl_->measure.above(impl_->weight.from_variable(upper));
}

struct InfiniteDepthLaw::Impl {
  Impl(const DataMoments& data, double width_per_depth, double temperature)
      : moments(data),
        ratio(width_per_depth / temperature),
        k1(ratio * (data.alpha3 * data.beta1 - 2 * data.alpha2 * data.beta2) / (data.alpha3 * data.alpha3)),
        measure([this](double s) { return log_weight(s); }, std::log(data.beta2 / data.beta1), 2) {}

  /// ln of v·p(v), up to a constant.
  [[nodiscard]] double log_weight(double s) const {
    const DataMoments& m = moments;
    const double root = std::sqrt(m.delta());
    const double twist =
        (m.alpha2 * m.alpha3 * m.beta1 - 2 * m.alpha2 * m.alpha2 * m.beta2 + m.alpha1 * m.alpha3 * m.beta2) /
        (m.alpha3 * m.alpha3 * root);
    return -(2 + k1) * s + (k1 / 2 - 1) * log_noise(m, s) -
           ratio * (m.beta2 / m.alpha3 * std::exp(-s) + twist * std::atan((m.alpha1 * std::exp(s) - m.alpha2) / root));
  }

  DataMoments moments;
  double ratio;  ///< d/(DT)
  double k1;
  LineMeasure measure;
};

InfiniteDepthLaw::InfiniteDepthLaw(const DataMoments& moments, double ratio, double temperature) {
  if (!(moments.beta2 > 0 && moments.alpha1 > 0 && moments.delta() > 0 && ratio > 0 && temperature > 0)) {
    throw core::SettingsError(
        "the infinitely deep network has a stationary density for beta2 > 0, alpha1 > 0, "
        "alpha1 alpha3 > alpha2^2, d/D > 0 and T > 0 only");
  }
  impl_ = std::make_unique<const Impl>(moments, ratio, temperature);
}

InfiniteDepthLaw::~InfiniteDepthLaw() = default;
InfiniteDepthLaw::InfiniteDepthLaw(InfiniteDepthLaw&&) noexcept = default;
InfiniteDepthLaw& InfiniteDepthLaw::operator=(InfiniteDepthLaw&&) noexcept = default;

double InfiniteDepthLaw::log_density(double s) const { return impl_->log_weight(s) - impl_->measure.log_norm(); }

double InfiniteDepthLaw::mean_v() const {
  return impl_->measure.mean([](double s) { return std::exp(s); });
}

double InfiniteDepthLaw::variance_v() const {
  const double mean = mean_v();
  return impl_->measure.mean([mean](double s) { return std::pow(std::exp(s) - mean, 2); });
}

}  // namespace sgdflux::theory
