#include "sgdflux/theory/kunin_2021.hpp"

#include <Eigen/Cholesky>
#include <cmath>

namespace sgdflux::theory {
namespace {

using Eigen::Index;
using Eigen::Matrix2d;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// cos δt and sin δt/δ when underdamped, their hyperbolic partners when overdamped, 1 and t in between.
struct Waves {
  double even;
  double odd;
};

Waves waves(Damping damping, double delta, double time) {
  switch (damping) {
    case Damping::underdamped:
      return {std::cos(delta * time), std::sin(delta * time) / delta};
    case Damping::overdamped:
      return {std::cosh(delta * time), std::sinh(delta * time) / delta};
    default:
      return {1, time};
  }
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
  const double delta = branch * detuning(rho);
  return damping(rho) == Damping::overdamped ? std::complex<double>(friction() + delta, 0)
                                             : std::complex<double>(friction(), delta);
}

double MomentumRegression::position_variance(double rho) const {
  return eta * sigma2 / (2 * batch * (1 - beta)) * rho / (rho + weight_decay);
}

double MomentumRegression::velocity_variance(double rho) const { return sigma2 * rho / (batch * (1 - beta * beta)); }

Matrix2d MomentumRegression::propagator(double rho, double time) const {
  const double gamma = friction();
  const auto [even, odd] = waves(damping(rho), detuning(rho), time);
  const double omega = natural_frequency(rho);
  Matrix2d result;
  result << even + gamma * odd, odd, -omega * omega * odd, even - gamma * odd;
  return std::exp(-gamma * time) * result;
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
    total += 2 * position_variance(mode) * (1 - propagator(mode, time)(0, 0));
  }
  return total;
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
