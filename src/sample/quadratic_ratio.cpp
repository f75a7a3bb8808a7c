#include "quadratic_ratio.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "clusters.hpp"

namespace sgdflux::sample {

namespace {

/// Cumulant generating function of Σ λ_i z_i² − x χ²_m / m, and its derivatives.
struct Cumulants {
  const Eigen::ArrayXd& lambda;
  double m;
  double x;
  [[nodiscard]] double value(double t) const {
    return -ordered_sum((1 - 2 * t * lambda).log()) / 2 - m / 2 * std::log1p(2 * t * x / m);
  }
  [[nodiscard]] double derivative(double t, int order) const {
    const double factor = std::tgamma(order) * std::exp2(order - 1);
    const double minus = std::pow(-x / m, order) * m / std::pow(1 + 2 * t * x / m, order);
    return factor * (ordered_sum((lambda / (1 - 2 * t * lambda)).pow(order)) + minus);
  }
};

/// Where the (rising) first derivative vanishes.
double saddlepoint(const Cumulants& k) {
  double left = -k.m / (2 * k.x);
  double right = 1 / (2 * k.lambda.maxCoeff());
  for (int halving = 0; halving < 200 && right - left > 1e-15 * (std::abs(left) + std::abs(right)); ++halving) {
    const double middle = (left + right) / 2;
    (k.derivative(middle, 1) < 0 ? left : right) = middle;
  }
  return (left + right) / 2;
}

}  // namespace

double ratio_tail(const Eigen::ArrayXd& lambda, double m, double x) {
  const Cumulants k{lambda, m, x};
  const double t = saddlepoint(k);
  const double w = std::copysign(std::sqrt(std::max(0., -2 * k.value(t))), t);
  if (std::abs(w) < 1e-3) {
    return .5 - k.derivative(0, 3) / (6 * std::sqrt(2 * std::numbers::pi) * std::pow(k.derivative(0, 2), 1.5));
  }
  const double v = t * std::sqrt(k.derivative(t, 2));
  return std::erfc((w + std::log(v / w) / w) / std::numbers::sqrt2) / 2;
}

}  // namespace sgdflux::sample
