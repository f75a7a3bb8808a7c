#include "sgdflux/theory/ornstein_uhlenbeck.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <numbers>
#include <sstream>
#include <utility>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Smallest eigenvalue of the correlation matrix: a measure of how nearly Σ is singular, whatever the units.
double definiteness(const MatrixXd& covariance) {
  if (!(covariance.diagonal().minCoeff() > 0)) {
    return 0;
  }
  const VectorXd scale = covariance.diagonal().cwiseSqrt().cwiseInverse();
  const MatrixXd correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  return Eigen::SelfAdjointEigenSolver<MatrixXd>(correlation, Eigen::EigenvaluesOnly).eigenvalues().minCoeff();
}

/// Σ and, where it is too near to singular to hold a density, zero definiteness: eigenvalues below are rounding.
constexpr double smallest_definiteness = 1e-13;

/// @throws SettingsError for a matrix that no noise has: a = s sᵀ is symmetric and positive semi-definite.
void require_diffusion(const MatrixXd& a) {
  constexpr double rounding = 1e-12;
  const double size = a.cwiseAbs().maxCoeff();
  std::ostringstream text;
  if (!((a - a.transpose()).cwiseAbs().maxCoeff() <= rounding * size)) {
    text << "the diffusion matrix is not symmetric: entries across the diagonal differ by up to "
         << (a - a.transpose()).cwiseAbs().maxCoeff() << "; a = s s^T of a noise matrix s is symmetric";
    throw core::SettingsError(text.str());
  }
  const double least = Eigen::SelfAdjointEigenSolver<MatrixXd>(a, Eigen::EigenvaluesOnly).eigenvalues().minCoeff();
  if (!(least >= -rounding * size)) {
    text << "the diffusion matrix is indefinite: its smallest eigenvalue is " << least
         << ", allowed are values >= 0 (a = s s^T of a noise matrix s has no others)";
    throw core::SettingsError(text.str());
  }
}

MatrixXd lyapunov_unchecked(const MatrixXd& a, const MatrixXd& q) {
  const Index n = a.rows();
  MatrixXd system = MatrixXd::Zero(n * n, n * n);  // acts on Σ column by column: I⊗A + A⊗I
  for (Index j = 0; j < n; ++j) {
    system.block(j * n, j * n, n, n) += a;
    for (Index k = 0; k < n; ++k) {
      system.block(j * n, k * n, n, n) += a(j, k) * MatrixXd::Identity(n, n);
    }
  }
  const Eigen::FullPivLU<MatrixXd> factor(system);
  VectorXd solution = factor.solve(q.reshaped());
  solution += factor.solve(q.reshaped() - system * solution);  // one refinement, for ill-conditioned A
  const MatrixXd sigma = solution.reshaped(n, n);
  return (sigma + sigma.transpose()) / 2;
}

}  // namespace

bool is_stable(const MatrixXd& drift_matrix) {
  const MatrixXd values = Eigen::EigenSolver<MatrixXd>(drift_matrix, false).eigenvalues().real();
  return values.minCoeff() > 1e-14 * drift_matrix.norm();
}

MatrixXd solve_lyapunov(const MatrixXd& a_drift, const MatrixXd& a_noise) {
  if (a_drift.rows() != a_drift.cols() || a_noise.rows() != a_drift.rows() || a_noise.cols() != a_drift.rows()) {
    throw core::InternalError("solve_lyapunov: the matrices are not square of one size");
  }
  require_diffusion(a_noise);
  if (!is_stable(a_drift)) {
    throw core::SettingsError(
        "the drift matrix has an eigenvalue with a real part that is not positive: there is no "
        "stationary law");
  }
  return lyapunov_unchecked(a_drift, a_noise);
}

bool GaussianLaw::exists(const MatrixXd& drift_matrix, const MatrixXd& noise_matrix) {
  return is_stable(drift_matrix) && definiteness(lyapunov_unchecked(
                                        drift_matrix, noise_matrix * noise_matrix.transpose())) > smallest_definiteness;
}

GaussianLaw GaussianLaw::stationary(const MatrixXd& drift_matrix, const MatrixXd& noise_matrix,
                                    const VectorXd& center) {
  const MatrixXd a = noise_matrix * noise_matrix.transpose();
  const MatrixXd sigma = solve_lyapunov(drift_matrix, a);
  if (definiteness(sigma) <= smallest_definiteness) {
    throw core::SettingsError(
        "the stationary covariance is singular: a direction is reached by no noise, so that the "
        "law has no density");
  }
  // M = (½a − AΣ)Σ^{-1}; its antisymmetric numerator keeps the current free of divergence to rounding.
  const MatrixXd numerator = a / 2 - drift_matrix * sigma;
  const MatrixXd circulation = (numerator - numerator.transpose()) / 2;
  const MatrixXd velocity = sigma.ldlt().solve(circulation.transpose()).transpose();
  return {center, sigma, velocity, a};
}

GaussianLaw::GaussianLaw(VectorXd mean, MatrixXd covariance, MatrixXd velocity, MatrixXd diffusion)
    : mean_(std::move(mean)),
      covariance_(std::move(covariance)),
      velocity_(std::move(velocity)),
      diffusion_(std::move(diffusion)) {
  const Eigen::LLT<MatrixXd> factor(covariance_);
  if (factor.info() != Eigen::Success) {
    throw core::SettingsError("the stationary covariance is not positive definite: the law has no density");
  }
  const MatrixXd root = factor.matrixL();
  inverse_root_ = factor.matrixL().solve(MatrixXd::Identity(root.rows(), root.cols()));
  log_norm_ =
      -root.diagonal().array().log().sum() - 0.5 * static_cast<double>(root.rows()) * std::log(2 * std::numbers::pi);
}

Eigen::ArrayXd GaussianLaw::log_density(core::BatchView x) const {
  const MatrixXd centred = x.matrix().rowwise() - mean_.transpose();
  return log_norm_ - 0.5 * (centred * inverse_root_.transpose()).rowwise().squaredNorm().array();
}

core::Batch GaussianLaw::current(core::BatchView x) const {
  const MatrixXd centred = x.matrix().rowwise() - mean_.transpose();
  return (centred * velocity_.transpose()).array().colwise() * log_density(x).exp();
}

double GaussianLaw::circulation(int i, int j) const {
  const MatrixXd product = velocity_ * covariance_;
  return product(j, i) - product(i, j);
}

std::optional<double> GaussianLaw::entropy_production() const {
  if (definiteness(diffusion_) <= smallest_definiteness) {
    return std::nullopt;
  }
  return 2 * (velocity_.transpose() * diffusion_.ldlt().solve(velocity_ * covariance_)).trace();
}

double GaussianLaw::outside_mass(const VectorXd& lower, const VectorXd& upper) const {
  const Eigen::ArrayXd scale = (2 * covariance_.diagonal().array()).sqrt();
  const Eigen::ArrayXd below = (mean_ - lower).array() / scale;
  const Eigen::ArrayXd above = (upper - mean_).array() / scale;
  double mass = 0;
  for (Index d = 0; d < scale.size(); ++d) {
    mass += (std::erfc(below[d]) + std::erfc(above[d])) / 2;
  }
  return mass;
}

}  // namespace sgdflux::theory
