#include "sgdflux/theory/kunin_2021.hpp"

#include <Eigen/Cholesky>
#include <cmath>

#include "sgdflux/theory/linear_spectrum.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::Index;
using Eigen::Matrix2d;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// e^{−γt} times cos δt and sin δt/δ when underdamped, their hyperbolic partners when overdamped, 1 and t in between.
struct Waves {
  double even;
  double odd;
};

Waves waves(const MomentumRegression& m, double rho, double time) {
  const double delta = m.detuning(rho);
  const double decay = std::exp(-m.friction() * time);
  switch (m.damping(rho)) {
    case Damping::underdamped:
      return {decay * std::cos(delta * time), decay * std::sin(delta * time) / delta};
    case Damping::overdamped: {
      // By the slow rate: cosh δt alone would leave the doubles long before e^{−λ₋t} has decayed.
      const double slow = std::exp(-m.rate(rho, -1).real() * time) / 2;
      const double lost = std::expm1(-2 * delta * time);  // e^{−λ₊t} = e^{−λ₋t}(1 + lost)
      return {slow * (2 + lost), -slow * lost / delta};
    }
    default:
      return {decay, decay * time};
  }
}

/// 1 − e^{−γt}(cos δt + (γ/δ) sin δt), the relative loss of correlation of θ. It solves y″ + 2γy′ + ω²y = ω² from rest,
/// whose power series keeps the digits that the difference loses at short times.
double decorrelation(const MomentumRegression& m, double rho, double time) {
  const double gamma = m.friction() * time;
  const double omega2 = std::pow(m.natural_frequency(rho) * time, 2);
  if (gamma > 1 || omega2 > 1) {
    return 1 - m.propagator(rho, time)(0, 0);
  }
  double previous = 0;
  double term = omega2 / 2;
  double sum = term;
  for (int k = 3; k < 40 && std::abs(term) + std::abs(previous) > 1e-18 * sum; ++k) {
    const double next = -(2 * gamma * (k - 1) * term + omega2 * previous) / (k * (k - 1));
    previous = term;
    term = next;
    sum += term;
  }
  return sum;
}

}  // namespace

double MomentumRegression::friction() const { return (1 - beta) / (eta * (1 + beta)); }

double MomentumRegression::natural_frequency(double rho) const {
  return std::sqrt(2 * (rho + weight_decay) / (eta * (1 + beta)));
}

double MomentumRegression::detuning(double rho) const {
  const double omega = natural_frequency(rho);
  return std::sqrt(std::abs((omega - friction()) * (omega + friction())));
}

Damping MomentumRegression::damping(double rho) const {
  const double omega = natural_frequency(rho);
  if (omega == friction()) {
    return Damping::critical;
  }
  return omega > friction() ? Damping::underdamped : Damping::overdamped;
}

double MomentumRegression::critical_rho() const {
  return (1 - beta) * (1 - beta) / (2 * eta * (1 + beta)) - weight_decay;
}

std::complex<double> MomentumRegression::rate(double rho, int branch) const {
  const double delta = detuning(rho);
  if (damping(rho) != Damping::overdamped) {
    return {friction(), branch * delta};
  }
  const double fast = friction() + delta;
  const double omega = natural_frequency(rho);
  return branch > 0 ? fast : omega * omega / fast;  // γ − δ without cancellation
}

std::vector<std::complex<double>> MomentumRegression::rates(const VectorXd& rho) const {
  std::vector<std::complex<double>> result;
  for (const double mode : rho) {
    result.push_back(rate(mode, 1));
    result.push_back(rate(mode, -1));
  }
  return result;
}

std::vector<std::complex<double>> MomentumRegression::eigenvalues(const VectorXd& rho, int count) const {
  return generator_eigenvalues(rates(rho), count);
}

double MomentumRegression::quality(double rho) const {
  return damping(rho) == Damping::underdamped ? detuning(rho) / friction() : 0;
}

double MomentumRegression::position_variance(double rho) const {
  return eta * sigma2 / (2 * batch * (1 - beta)) * rho / (rho + weight_decay);
}

double MomentumRegression::velocity_variance(double rho) const { return sigma2 * rho / (batch * (1 - beta * beta)); }

Matrix2d MomentumRegression::propagator(double rho, double time) const {
  const double gamma = friction();
  const auto [even, odd] = waves(*this, rho, time);
  const double omega = natural_frequency(rho);
  Matrix2d result;
  result << even + gamma * odd, odd, -omega * omega * odd, even - gamma * odd;
  return result;
}

Matrix2d MomentumRegression::covariance(double rho, double time, const Matrix2d& initial) const {
  const Matrix2d limit = Eigen::Vector2d(position_variance(rho), velocity_variance(rho)).asDiagonal();
  const Matrix2d forward = propagator(rho, time);
  return limit + forward * (initial - limit) * forward.transpose();
}

GaussianLaw MomentumRegression::stationary(const VectorXd& rho) const {
  const Index n = 2 * rho.size();
  MatrixXd sigma = MatrixXd::Zero(n, n);
  MatrixXd velocity = MatrixXd::Zero(n, n);
  MatrixXd diffusion = MatrixXd::Zero(n, n);
  for (Index k = 0; k < rho.size(); ++k) {
    const Index theta = 2 * k;
    const Index v = theta + 1;
    const double omega = natural_frequency(rho[k]);
    sigma(theta, theta) = position_variance(rho[k]);
    sigma(v, v) = velocity_variance(rho[k]);
    velocity(theta, v) = 1;
    velocity(v, theta) = -omega * omega;
    diffusion(v, v) = 4 * sigma2 * rho[k] / (eta * batch * (1 + beta) * (1 + beta));
  }
  return {VectorXd::Zero(n), sigma, velocity, diffusion};
}

double MomentumRegression::inverse_temperature() const { return batch * (1 - beta * beta) / sigma2; }

double MomentumRegression::local_displacement(const VectorXd& rho) const {
  return eta * eta * sigma2 * rho.sum() / (batch * (1 - beta * beta));
}

double MomentumRegression::global_displacement(const VectorXd& rho, double time) const {
  double total = 0;
  for (const double mode : rho) {
    total += 2 * position_variance(mode) * decorrelation(*this, mode, time);
  }
  return total;
}

double MomentumRegression::displacement_exponent(const VectorXd& rho, double time) const {
  double slope = 0;
  for (const double mode : rho) {
    slope += 2 * velocity_variance(mode) * waves(*this, mode, time).odd;  // ω²Var θ = Var v
  }
  return time * slope / global_displacement(rho, time);
}

double MomentumRegression::power_spectrum(double rho, double frequency) const {
  const double omega = natural_frequency(rho);
  const double gap = (omega - frequency) * (omega + frequency);
  return 4 * friction() * velocity_variance(rho) / (gap * gap + std::pow(2 * friction() * frequency, 2));
}

double training_loss(const MatrixXd& hessian, const VectorXd& deviation) {
  return 0.5 * deviation.dot(hessian * deviation);
}

double modified_loss(const MatrixXd& hessian, double weight_decay, const VectorXd& deviation) {
  return 0.5 * deviation.squaredNorm() + 0.5 * weight_decay * deviation.dot(hessian.ldlt().solve(deviation));
}

double velocity_regulariser(const MatrixXd& hessian, const VectorXd& velocity) {
  return 0.5 * velocity.dot(hessian.ldlt().solve(velocity));
}

}  // namespace sgdflux::theory
