#include "theory/network_weight.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sgdflux::theory {
namespace {

double log_cosh(double u) { return std::abs(u) + std::log1p(std::exp(-2 * std::abs(u))) - std::numbers::ln2; }

}  // namespace

double log_noise(const DataMoments& moments, double s) {
  if (moments.alpha1 == 0) {
    return std::log(moments.alpha3);
  }
  if (s > 0) {
    const double y = std::exp(-s);
    return 2 * s + std::log(moments.alpha1 + y * (moments.alpha3 * y - 2 * moments.alpha2));
  }
  const double v = std::exp(s);
  return std::log(moments.alpha3 + v * (moments.alpha1 * v - 2 * moments.alpha2));
}

NetworkWeight::NetworkWeight(const DataMoments& moments, int depth, double width, double temperature)
    : moments_(moments),
      depth_(depth),
      layers_(depth + 1),
      factor_(std::pow(width, 1 - 2 / layers_) / (layers_ * temperature)),
      temperature_(temperature),
      root_(std::sqrt(std::max(0.0, moments.delta()))) {
  if (depth < 2 || moments.alpha1 == 0) {
    return;
  }
  const std::complex<double> zero(moments.alpha2 / moments.alpha1, root_ / moments.alpha1);
  for (int j = 0; j <= depth; ++j) {
    const std::complex<double> pole =
        std::polar(std::pow(std::abs(zero), 1 / layers_), (std::arg(zero) + 2 * std::numbers::pi * j) / layers_);
    poles_.push_back(pole);
    residues_.push_back((moments.beta1 * zero - moments.beta2) /
                        (std::pow(pole, 2 * depth) * std::complex<double>(0, 2 * root_)));
  }
}

double NetworkWeight::log_weight(double u) const {
  switch (depth_) {
    case 0:
      return neuron(u);
    case 1:
      return shallow(u);
    default:
      return deep(u);
  }
}

/// D = 0. With sinh u = (α₁v − α₂)/√Δ, g = (Δ/α₁) cosh²u and arctan sinh u:
/// p(v) dv/du ∝ cosh^{−1−β₁/(Tα₁)}u · exp(−C arctan sinh u), C = (α₂β₁ − α₁β₂)/(Tα₁√Δ).
double NetworkWeight::neuron(double u) const {
  const DataMoments& m = moments_;
  if (m.alpha1 == 0) {
    return -(m.beta1 * u / 2 - m.beta2) * u / (temperature_ * m.alpha3);
  }
  const double twist = (m.alpha2 * m.beta1 - m.alpha1 * m.beta2) / (temperature_ * m.alpha1 * root_);
  return -(1 + m.beta1 / (temperature_ * m.alpha1)) * log_cosh(u) - twist * std::atan(std::sinh(u));
}

/// D = 1: v·p(v) = v^{β₂/(2α₃T) − 1/2} g^{−1−β₂/(4Tα₃)} exp(−(α₃β₁−α₂β₂)/(2Tα₃√Δ)·arctan((α₁v−α₂)/√Δ)).
double NetworkWeight::shallow(double s) const {
  const DataMoments& m = moments_;
  const double ratio = m.beta2 / (2 * temperature_ * m.alpha3);
  const double v = std::exp(s);
  if (m.alpha1 == 0) {
    return (ratio - 0.5) * s - m.beta1 * v / (2 * temperature_ * m.alpha3);
  }
  const double twist = (m.alpha3 * m.beta1 - m.alpha2 * m.beta2) / (2 * temperature_ * m.alpha3 * root_);
  return (ratio - 0.5) * s - (1 + ratio / 2) * log_noise(m, s) - twist * std::atan((m.alpha1 * v - m.alpha2) / root_);
}

/// D ≥ 2: v·p(v) = v^{1−3D/m} g^{−1} exp(−(d^{1−2/m}/(mT)) ∫ f/(v^{2D/m} g) dv).
double NetworkWeight::deep(double s) const {
  return (1 - 3 * depth_ / layers_) * s - log_noise(moments_, s) - factor_ * deep_integral(std::exp(s / layers_));
}

/// ∫ f/(v^{2D/m} g) dv = ∫ m f(q^m) q^{−D}/g(q^m) dq with v = q^m: a rational function whose only other pole is that of
/// order D at q = 0, with the single term −mβ₂/(α₃q^D), so that by partial fractions it is
/// mβ₂/((D−1)α₃q^{D−1}) + 2 Re Σ_j c_j ln(1 − q/q_j). The c_j add up to zero; dropping (Σ c_j) ln q for q > 1 keeps it
/// finite.
double NetworkWeight::deep_integral(double q) const {
  const DataMoments& m = moments_;
  const double singular = layers_ * m.beta2 / ((depth_ - 1) * m.alpha3) * std::pow(q, 1 - depth_);
  if (m.alpha1 == 0) {
    return singular + m.beta1 * layers_ / (2 * m.alpha3) * q * q;
  }
  std::complex<double> sum = 0;
  for (std::size_t j = 0; j < poles_.size(); ++j) {
    sum += residues_[j] * std::log(q < 1 ? 1.0 - q / poles_[j] : 1 / q - 1.0 / poles_[j]);
  }
  return singular + 2 * sum.real();
}

double NetworkWeight::slope(double s) const {
  const DataMoments& m = moments_;
  const double v = std::exp(s);
  const double g = m.alpha3 + v * (m.alpha1 * v - 2 * m.alpha2);
  const double force = (m.beta1 * v - m.beta2) * std::exp(-(depth_ - 1) / layers_ * s);
  return 1 - 3 * depth_ / layers_ - 2 * v * (m.alpha1 * v - m.alpha2) / g - factor_ * force / g;
}

double NetworkWeight::from_variable(double x) const {
  if (depth_ > 0 || moments_.alpha1 == 0) {
    return x;
  }
  return std::asinh((moments_.alpha1 * x - moments_.alpha2) / root_);
}

double NetworkWeight::log_jacobian(double u) const {
  return depth_ > 0 || moments_.alpha1 == 0 ? 0 : std::log(root_ / moments_.alpha1) + log_cosh(u);
}

double NetworkWeight::guess() const {
  const double minimum = moments_.beta2 / moments_.beta1;
  return depth_ == 0 ? from_variable(minimum) : std::log(minimum);
}

}  // namespace sgdflux::theory
