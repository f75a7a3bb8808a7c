#include "projected_exponential.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/MatrixFunctions>

namespace sgdflux::solve {
namespace {

using Complex = std::complex<double>;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;

/// t‖A‖ up to which the exponential of the full matrix is the more accurate one (measured: 1e−14 against 1e−13 below,
/// 1e−10 against 1e−12 at 1e6).
constexpr double full_matrix_norm = 3000;
constexpr int taylor_terms = 12;
constexpr double taylor_radius = .25;  ///< .25^13/13! < 1e−17

/// [e^{x₁}, e^{x₂}], the divided difference of the exponential.
Complex divided_exponential(Complex x1, Complex x2) {
  const Complex half = (x2 - x1) / 2.;
  if (std::abs(half.real()) > 300) {
    return (std::exp(x2) - std::exp(x1)) / (x2 - x1);
  }
  const Complex square = half * half;
  const Complex sinch = std::abs(half) < 1e-2 ? 1. + square / 6. * (1. + square / 20.) : std::sinh(half) / half;
  return std::exp((x1 + x2) / 2.) * sinch;
}

/// What is known of e^{sT} of a triangular T without any error of squaring.
void set_diagonals(const MatrixXcd& t, double s, MatrixXcd& exponential) {
  for (Eigen::Index i = 0; i < t.rows(); ++i) {
    exponential(i, i) = std::exp(s * t(i, i));
    if (i + 1 < t.rows()) {
      exponential(i, i + 1) = s * t(i, i + 1) * divided_exponential(s * t(i, i), s * t(i + 1, i + 1));
    }
  }
}

MatrixXcd triangular_exponential(const MatrixXcd& t) {
  const double norm = t.cwiseAbs().colwise().sum().maxCoeff();
  const int squarings = norm > taylor_radius ? static_cast<int>(std::ceil(std::log2(norm / taylor_radius))) : 0;
  double s = std::ldexp(1., -squarings);
  MatrixXcd power = MatrixXcd::Identity(t.rows(), t.rows());
  MatrixXcd sum = power;
  for (int k = 1; k <= taylor_terms; ++k) {
    power = MatrixXcd(t.triangularView<Eigen::Upper>() * power) * (s / k);
    sum += power;
  }
  set_diagonals(t, s, sum);
  for (int k = 0; k < squarings; ++k) {
    sum = MatrixXcd(sum.triangularView<Eigen::Upper>() * sum);
    s *= 2;
    set_diagonals(t, s, sum);
  }
  return sum;
}

Integrals by_schur_form(const MatrixXd& h, double sigma, double time, double norm) {
  const Eigen::Index m = h.rows();
  const Eigen::ComplexSchur<MatrixXd> schur(h);
  const MatrixXcd identity = MatrixXcd::Identity(m, m);
  const MatrixXcd inverse = schur.matrixT().triangularView<Eigen::Upper>().solve(identity);
  MatrixXcd augmented = MatrixXcd::Zero(m + 1, m + 1);
  augmented.topLeftCorner(m, m) = (time / sigma * (identity - inverse)).triangularView<Eigen::Upper>();
  const Eigen::VectorXcd start = norm * schur.matrixU().row(0).adjoint();
  augmented.col(m).head(m) = time * start;
  const MatrixXcd e = triangular_exponential(augmented);
  const Eigen::VectorXcd rate = e.topLeftCorner(m, m).triangularView<Eigen::Upper>() * start;
  return {(schur.matrixU() * rate).real(), (schur.matrixU() * e.col(m).head(m)).real()};
}

}  // namespace

Integrals projected_integrals(const MatrixXd& h, double sigma, double time, double norm) {
  const Eigen::Index m = h.rows();
  MatrixXd augmented = MatrixXd::Zero(m + 1, m + 1);
  augmented.topLeftCorner(m, m) = time / sigma * (MatrixXd::Identity(m, m) - h.partialPivLu().inverse());
  if (!(augmented.cwiseAbs().colwise().sum().maxCoeff() < full_matrix_norm)) {
    return by_schur_form(h, sigma, time, norm);
  }
  augmented(0, m) = time * norm;
  const MatrixXd e = augmented.exp();
  return {norm * e.col(0).head(m), e.col(m).head(m)};
}

}  // namespace sgdflux::solve
