#include "sgdflux/theory/linear_moments.hpp"

#include <gtest/gtest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <unsupported/Eigen/MatrixFunctions>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/kunin_2021.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::Index;
using Eigen::Matrix2d;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_matrix(Index rows, Index columns, std::mt19937& random) {
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, columns, [&]() { return normal(random); });
}

LinearCoefficients random_coefficients(Index n, std::mt19937& random) {
  const MatrixXd s = random_matrix(n, n, random);
  return {random_matrix(n, n, random), random_matrix(n, 1, random), s * s.transpose()};
}

Moments random_moments(Index n, std::mt19937& random) {
  const MatrixXd root = random_matrix(n, n, random);
  return {random_matrix(n, 1, random), root * root.transpose()};
}

/// ∫₀ᵗ e^{−As} a e^{−Aᵀs} ds entry by entry.
MatrixXd by_quadrature(const LinearCoefficients& sde, double time) {
  const Index n = sde.center.size();
  return MatrixXd::NullaryExpr(n, n, [&](Index i, Index j) {
    const auto integrand = [&](double s) {
      const MatrixXd e = (-s * sde.drift_matrix).exp();
      return (e * sde.diffusion * e.transpose())(i, j);
    };
    return boost::math::quadrature::gauss_kronrod<double, 61>::integrate(integrand, 0, time, 8, 1e-13);
  });
}

TEST(LinearMoments, AgreeWithQuadratureForStableAndUnstableDrift) {
  std::mt19937 random(7);
  for (Index n = 1; n <= 4; ++n) {
    const LinearCoefficients sde = random_coefficients(n, random);
    const Moments initial = random_moments(n, random);
    for (const double time : {0.0, .1, 1.7}) {
      const Moments at = moments(sde, time, initial);
      const MatrixXd e = (-time * sde.drift_matrix).exp();
      const MatrixXd expected = e * initial.covariance * e.transpose() + by_quadrature(sde, time);
      EXPECT_LT((at.covariance - expected).norm(), 1e-12 * expected.norm());
      const VectorXd mean = sde.center + e * (initial.mean - sde.center);
      EXPECT_LT((at.mean - mean).norm(), 1e-13 * mean.norm() * std::max(1.0, e.norm()));
    }
  }
}

TEST(LinearMoments, TendToTheStationaryLaw) {
  // Σ_t = Σ_ss + e^{−At}(Σ₀ − Σ_ss)e^{−Aᵀt} with Σ_ss from the Lyapunov equation.
  const Eigen::Matrix3d a{{1, -3, .2}, {2.5, 1.3, 0}, {.4, 0, .9}};
  std::mt19937 random(8);
  const MatrixXd s = random_matrix(3, 2, random);
  const LinearCoefficients sde{a, Eigen::Vector3d(1, 2, 3), s * s.transpose()};
  const MatrixXd limit = solve_lyapunov(a, sde.diffusion);
  const Moments initial = random_moments(3, random);
  for (const double time : {.01, .5, 3.0, 50.0, 1e6}) {
    const MatrixXd e = (-time * MatrixXd(a)).exp();
    const Moments at = moments(sde, time, initial);
    EXPECT_LT((at.covariance - limit - e * (initial.covariance - limit) * e.transpose()).norm(), 1e-13 * limit.norm());
  }
  EXPECT_LT((moments(sde, 1e6, initial).mean - sde.center).norm(), 1e-15);
}

TEST(LinearMoments, MomentumKeepsEveryDigitAtShortTimes) {
  // From a point Cov θ = a t³/3 − …: by differences with Σ_ss it would be rounding.
  const MomentumRegression m{.1, .9, 32, 0, 1};
  const double omega2 = std::pow(m.natural_frequency(1), 2);
  const double strength = 4 * m.friction() * m.velocity_variance(1);
  const LinearCoefficients sde{Matrix2d{{0, -1}, {omega2, 2 * m.friction()}}, Eigen::Vector2d::Zero(),
                               Matrix2d{{0, 0}, {0, strength}}};
  const Moments point{Eigen::Vector2d(1, 0), Matrix2d::Zero()};
  const double t = 1e-6;
  EXPECT_NEAR(moments(sde, t, point).covariance(0, 0) / (strength * t * t * t / 3 * (1 - 1.5 * m.friction() * t)), 1,
              1e-10);
  for (const double time : {.1, 1.0, 10.0}) {
    const Moments at = moments(sde, time, point);
    EXPECT_LT((at.covariance - m.covariance(1, time, Matrix2d::Zero())).norm(), 1e-14);
    EXPECT_LT((at.mean - m.propagator(1, time) * point.mean).norm(), 1e-13);
  }
}

TEST(LinearMoments, ScheduleOfConstantsIsTheClosedForm) {
  std::mt19937 random(9);
  for (Index n = 1; n <= 4; ++n) {
    const LinearCoefficients sde = random_coefficients(n, random);
    const Moments initial = random_moments(n, random);
    const std::vector<double> times{.5, .7, 1, 2};
    const std::vector<Moments> found = moments_over_time([&](double) { return sde; }, initial, times);
    ASSERT_EQ(found.size(), times.size());
    for (std::size_t k = 0; k < times.size(); ++k) {
      const Moments exact = moments(sde, times[k] - .5, initial);
      EXPECT_LT((found[k].mean - exact.mean).norm(), 1e-12 * (1 + exact.mean.norm()));
      EXPECT_LT((found[k].covariance - exact.covariance).norm(), 1e-12 * exact.covariance.norm());
    }
  }
}

TEST(LinearMoments, ScheduleAgreesWithQuadratureInOneDimension) {
  // A = 1/(1 + t): the propagator from s to t is (1 + s)/(1 + t).
  const auto schedule = [](double t) {
    return LinearCoefficients{MatrixXd::Constant(1, 1, 1 / (1 + t)), VectorXd::Constant(1, std::sin(t)),
                              MatrixXd::Constant(1, 1, 1e-6 * std::exp(-t))};
  };
  const Moments initial{VectorXd::Constant(1, 3), MatrixXd::Zero(1, 1)};
  const std::vector<double> times{0, 1, 4, 20};
  const std::vector<Moments> found = moments_over_time(schedule, initial, times);
  for (std::size_t k = 1; k < times.size(); ++k) {
    const double t = times[k];
    // m = [3 + ∫ sin]/(1+t), Σ = ∫(1+s)² a(s) ds/(1+t)².
    EXPECT_NEAR(found[k].mean[0], (3 + 1 - std::cos(t)) / (1 + t), 1e-11);
    const double spread = 1e-6 * (5 - std::exp(-t) * (t * t + 4 * t + 5)) / ((1 + t) * (1 + t));
    EXPECT_NEAR(found[k].covariance(0, 0) / spread, 1, 1e-10);
  }
}

TEST(LinearMoments, ImpossibleTimesAreRefused) {
  const LinearCoefficients sde{MatrixXd::Ones(1, 1), VectorXd::Zero(1), MatrixXd::Ones(1, 1)};
  const Moments point{VectorXd::Zero(1), MatrixXd::Zero(1, 1)};
  const auto constant = [&](double) { return sde; };
  EXPECT_THROW(static_cast<void>(moments(sde, -1, point)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(moments(sde, std::numeric_limits<double>::infinity(), point)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(moments_over_time(constant, point, {})), core::SettingsError);
  EXPECT_THROW(static_cast<void>(moments_over_time(constant, point, {0, 1, 1})), core::SettingsError);
  EXPECT_EQ(moments_over_time(constant, point, {3}).size(), 1U);
  // A drift that diverges within the interval stops the steps.
  const auto diverging = [&](double t) {
    LinearCoefficients at = sde;
    at.drift_matrix(0, 0) = -1 / ((1 - t) * (1 - t));
    return at;
  };
  EXPECT_THROW(static_cast<void>(moments_over_time(diverging, point, {0, 2})), core::ConvergenceError);
}

}  // namespace
}  // namespace sgdflux::theory
