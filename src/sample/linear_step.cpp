#include "sample/linear_step.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

namespace sgdflux::sample {
namespace {

using Eigen::MatrixXd;

/// Propagator, shift and covariance over h by van Loan's block exponential (1978); h·slope must be small, because the
/// block matrix contains e^{−slope·h} too.
struct ShortStep {
  MatrixXd propagator;
  Eigen::VectorXd shift;
  MatrixXd covariance;
};

ShortStep short_step(const MatrixXd& slope, const Eigen::VectorXd& constant, const MatrixXd& noise, double h) {
  const Eigen::Index n = slope.rows();
  MatrixXd block = MatrixXd::Zero(2 * n + 1, 2 * n + 1);
  block.topLeftCorner(n, n) = -slope;
  block.block(0, n, n, n) = noise * noise.transpose();
  block.block(n, n, n, n) = slope.transpose();
  block.row(2 * n).segment(n, n) = constant.transpose();  // transposed, the last column of [[slope, constant], [0, 0]]
  const MatrixXd power = (block * h).exp();
  ShortStep step;
  step.propagator = power.block(n, n, n, n).transpose();
  step.shift = power.row(2 * n).segment(n, n).transpose();
  step.covariance = step.propagator * power.block(0, n, n, n);
  return step;
}

MatrixXd square_root(const MatrixXd& covariance) {
  const Eigen::VectorXd size = covariance.diagonal().cwiseMax(0.0).cwiseSqrt();
  const Eigen::VectorXd inverse = (size.array() > 0).select(size.cwiseInverse(), 0.0);
  const MatrixXd scaled = inverse.asDiagonal() * covariance * inverse.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(0.5 * (scaled + scaled.transpose()));
  const Eigen::VectorXd roots = eigen.eigenvalues().cwiseMax(0.0).cwiseSqrt();
  return size.asDiagonal() * eigen.eigenvectors() * roots.asDiagonal() * eigen.eigenvectors().transpose();
}

}  // namespace

LinearStep linear_step(const MatrixXd& slope, const Eigen::VectorXd& constant, const MatrixXd& noise, double h) {
  const double size = slope.cwiseAbs().rowwise().sum().maxCoeff() * h;
  const int doublings = size > 0.5 ? static_cast<int>(std::ceil(std::log2(size / 0.5))) : 0;
  ShortStep step = short_step(slope, constant, noise, std::ldexp(h, -doublings));
  for (int k = 0; k < doublings; ++k) {
    step.covariance += (step.propagator * step.covariance * step.propagator.transpose()).eval();
    step.shift += (step.propagator * step.shift).eval();
    step.propagator = (step.propagator * step.propagator).eval();
  }
  return {step.propagator, step.shift, square_root(step.covariance)};
}

}  // namespace sgdflux::sample
