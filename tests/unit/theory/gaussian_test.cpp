#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <random>
#include <unsupported/Eigen/MatrixFunctions>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/gibbs.hpp"
#include "sgdflux/theory/kunin_2021.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::Matrix2d;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::mt19937& random) {
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, columns, [&]() { return normal(random); });
}

/// A random matrix with eigenvalues in the right half plane.
MatrixXd random_stable(Eigen::Index n, std::mt19937& random) {
  const MatrixXd b = random_matrix(n, n, random);
  const MatrixXd c = random_matrix(n, n, random);
  return b * b.transpose() + 0.1 * MatrixXd::Identity(n, n) + c - c.transpose();
}

TEST(Lyapunov, ResidualVanishesForRandomStableMatrices) {
  std::mt19937 random(1);
  for (Eigen::Index n = 1; n <= 4; ++n) {
    for (int trial = 0; trial < 20; ++trial) {
      const MatrixXd a = random_stable(n, random);
      const MatrixXd s = random_matrix(n, n, random);
      const MatrixXd q = s * s.transpose();
      const MatrixXd sigma = solve_lyapunov(a, q);
      EXPECT_LT((a * sigma + sigma * a.transpose() - q).norm(), 1e-11 * (1 + q.norm()) * (1 + a.norm()));
      EXPECT_EQ(sigma, sigma.transpose());
    }
  }
}

TEST(Lyapunov, UnstableOrUnreachedHasNoLaw) {
  const Matrix2d saddle{{1, 0}, {0, -1}};
  const Matrix2d rotation{{0, 1}, {-1, 0}};
  const Matrix2d identity = Matrix2d::Identity();
  EXPECT_THROW(static_cast<void>(solve_lyapunov(saddle, identity)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(solve_lyapunov(rotation, identity)), core::SettingsError);
  EXPECT_FALSE(GaussianLaw::exists(rotation, identity));
  const Eigen::Vector2d one_noise(1, 0);
  EXPECT_FALSE(GaussianLaw::exists(identity, one_noise));
  EXPECT_THROW(static_cast<void>(GaussianLaw::stationary(identity, one_noise, Eigen::Vector2d::Zero())),
               core::SettingsError);
  const Matrix2d coupled{{1, 0}, {1, 2}};  // noise in x₁ reaches x₂
  EXPECT_TRUE(GaussianLaw::exists(coupled, one_noise));
}

TEST(Lyapunov, RefusesADiffusionThatNoNoiseHasNamingWhatIsWrong) {
  const Matrix2d identity = Matrix2d::Identity();
  const auto words = [&](const Matrix2d& a) -> std::string {
    try {
      static_cast<void>(solve_lyapunov(identity, a));
    } catch (const core::SettingsError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(words(Matrix2d{{1, .5}, {.4, 1}}).find("not symmetric"), std::string::npos);
  EXPECT_NE(words(Matrix2d{{1, 2}, {2, 1}}).find("smallest eigenvalue is -1"), std::string::npos);
  EXPECT_EQ(words(Matrix2d{{1, 1}, {1, 1}}), "") << "singular is allowed: noise in one direction";
}

TEST(GaussianLaw, SolvesTheFokkerPlanckEquation) {
  // ∇·J = 0 for J = M y p with p Gaussian: tr M − yᵀMᵀΣ^{-1}y = 0 for every y, and J = b p − ½a∇p.
  std::mt19937 random(2);
  for (Eigen::Index n = 1; n <= 4; ++n) {
    const MatrixXd a = random_stable(n, random);
    const MatrixXd s = random_matrix(n, n, random);
    const VectorXd c = random_matrix(n, 1, random);
    const GaussianLaw law = GaussianLaw::stationary(a, s, c);
    const MatrixXd precision = law.covariance().inverse();
    EXPECT_NEAR(law.velocity().trace(), 0, 1e-9);
    const MatrixXd rotation = precision * law.velocity();
    EXPECT_LT((rotation + rotation.transpose()).norm(), 1e-8 * (1 + rotation.norm()));
    const core::Batch x = random_matrix(5, n, random).array();
    const core::Batch current = law.current(x);
    const Eigen::ArrayXd p = law.log_density(x).exp();
    for (Eigen::Index row = 0; row < 5; ++row) {
      const VectorXd y = x.row(row).matrix().transpose() - c;
      const VectorXd expected = (-a * y + 0.5 * s * s.transpose() * precision * y) * p[row];
      EXPECT_LT((current.row(row).matrix().transpose() - expected).norm(), 1e-8 * (p[row] + expected.norm()));
      const double density = std::exp(-0.5 * y.dot(precision * y)) /
                             std::sqrt(std::pow(2 * std::acos(-1.0), n) * law.covariance().determinant());
      EXPECT_NEAR(p[row] / density, 1, 1e-8);
    }
  }
}

TEST(GaussianLaw, ExampleOfTheLimitingDynamicsPaperTurnsCounterClockwise) {
  const double kappa = 2e4;
  const Matrix2d a{{2.5, -1.5}, {-1.5, 2.5}};
  const Matrix2d s = (Eigen::Vector2d(8, 2) / kappa).cwiseSqrt().asDiagonal();  // √(2D/κ), D = diag(4, 1)
  const Eigen::Vector2d mu = a.inverse() * Eigen::Vector2d(-.1, .05);
  EXPECT_NEAR(mu[0], -7.0 / 160, 1e-16);
  EXPECT_NEAR(mu[1], -1.0 / 160, 1e-16);
  const GaussianLaw law = GaussianLaw::stationary(a, s, mu);
  EXPECT_NEAR(kappa * law.covariance()(0, 0), 173.0 / 80, 1e-13);
  EXPECT_NEAR(kappa * law.covariance()(0, 1), 15.0 / 16, 1e-13);
  EXPECT_NEAR(kappa * law.covariance()(1, 1), 77.0 / 80, 1e-13);
  // J = −QU(x − μ)p with Q₁₂ = .9: MΣ = −Q/κ.
  const Matrix2d q = -kappa * law.velocity() * law.covariance();
  EXPECT_NEAR(q(0, 1), .9, 1e-13);
  EXPECT_NEAR(q(1, 0), -.9, 1e-13);
  EXPECT_NEAR(law.circulation(0, 1), 1.8 / kappa, 1e-16);
  // East of the centre the current points north.
  const core::Batch east = (mu + Eigen::Vector2d(.01, 0)).transpose().array();
  EXPECT_GT(law.current(east)(0, 1), 0);
  // Entropy production: 2 tr(Mᵀa^{-1}MΣ) = −tr-form with C = −Q/κ: Q₁₂²(U₁₁/D₂₂ + U₂₂/D₁₁).
  const Matrix2d u = (kappa * law.covariance()).inverse();
  EXPECT_NEAR(law.entropy_production().value(), .81 * (u(0, 0) / 1 + u(1, 1) / 4), 1e-12);
}

TEST(GaussianLaw, DetailedBalanceHasNoCurrentAndNoEntropyProduction) {
  const Matrix2d a{{2, .5}, {.5, 1}};
  const GaussianLaw law = GaussianLaw::stationary(a, Matrix2d::Identity(), Eigen::Vector2d(1, 2));
  EXPECT_LT(law.velocity().norm(), 1e-15);
  EXPECT_NEAR(law.entropy_production().value(), 0, 1e-30);
  EXPECT_LT((law.covariance() - a.inverse() / 2).norm(), 1e-15);
}

TEST(GaussianLaw, OutsideMassIsExactInOneDimensionAndABoundBeyond) {
  const GaussianLaw line =
      GaussianLaw::stationary(MatrixXd::Constant(1, 1, 2), MatrixXd::Constant(1, 1, 2), VectorXd::Zero(1));
  EXPECT_NEAR(line.outside_mass(VectorXd::Constant(1, -1), VectorXd::Constant(1, 2)),
              .5 * std::erfc(1 / std::sqrt(2.0)) + .5 * std::erfc(2 / std::sqrt(2.0)), 1e-15);
  const GaussianLaw plane =
      GaussianLaw::stationary(Matrix2d::Identity(), std::sqrt(2.0) * Matrix2d::Identity(), Eigen::Vector2d::Zero());
  const double inside = std::pow(std::erf(2 / std::sqrt(2.0)), 2);
  const double bound = plane.outside_mass(Eigen::Vector2d(-2, -2), Eigen::Vector2d(2, 2));
  EXPECT_GE(bound, 1 - inside);
  EXPECT_LE(bound, 1.1 * (1 - inside));
}

const MomentumRegression cases[] = {{.1, .9, 32, 0, 1}, {.1, .9, 32, .3, 1}, {.1, .2, 8, .05, 2}, {.05, 0, 1, 0, .5}};

TEST(Momentum, ClosedFormsSolveTheLyapunovEquation) {
  for (const MomentumRegression& m : cases) {
    const Eigen::Vector2d rho(1, 3);
    const GaussianLaw closed = m.stationary(rho);
    MatrixXd a = MatrixXd::Zero(4, 4);
    MatrixXd s = MatrixXd::Zero(4, 2);
    for (Eigen::Index k = 0; k < 2; ++k) {
      a(2 * k, 2 * k + 1) = -1;
      a(2 * k + 1, 2 * k) = 2 / (m.eta * (1 + m.beta)) * (rho[k] + m.weight_decay);
      a(2 * k + 1, 2 * k + 1) = 2 * (1 - m.beta) / (m.eta * (1 + m.beta));
      s(2 * k + 1, k) = 2 / (std::sqrt(m.eta * m.batch) * (1 + m.beta)) * std::sqrt(m.sigma2 * rho[k]);
    }
    const GaussianLaw solved = GaussianLaw::stationary(a, s, VectorXd::Zero(4));
    EXPECT_LT((closed.covariance() - solved.covariance()).norm(), 1e-12 * closed.covariance().norm());
    EXPECT_LT((closed.velocity() - solved.velocity()).norm(), 1e-9 * closed.velocity().norm());
    EXPECT_FALSE(closed.entropy_production().has_value());
  }
}

TEST(Momentum, DensityIsThatOfModifiedLossAndVelocityRegulariser) {
  for (const MomentumRegression& m : cases) {
    const GaussianLaw law = m.stationary(VectorXd::Constant(1, 2.5));
    const MatrixXd h = MatrixXd::Constant(1, 1, 2.5);
    const auto energy = [&](double theta, double v) {
      return m.inverse_temperature() *
             (2 / (m.eta * (1 + m.beta)) * modified_loss(h, m.weight_decay, VectorXd::Constant(1, theta)) +
              velocity_regulariser(h, VectorXd::Constant(1, v)));
    };
    core::Batch x(2, 2);
    x << 0, 0, .03, -.1;
    const Eigen::ArrayXd log_p = law.log_density(x);
    EXPECT_NEAR(log_p[0] - log_p[1], energy(.03, -.1), 1e-11 * (1 + energy(.03, -.1)));
  }
}

TEST(Momentum, ModifiedLossIsIsotropicWithoutWeightDecay) {
  const Matrix2d h{{3, 1}, {1, 2}};
  EXPECT_NEAR(modified_loss(h, 0, Eigen::Vector2d(3, 4)), 12.5, 1e-14);
  const Eigen::Vector2d d(1, -2);
  EXPECT_NEAR(modified_loss(h, .5, d), .5 * d.dot(h.inverse() * (h + .5 * Matrix2d::Identity()) * d), 1e-14);
  EXPECT_NEAR(velocity_regulariser(h, d), .5 * d.dot(h.inverse() * d), 1e-14);
  EXPECT_NEAR(training_loss(h, d), .5 * d.dot(h * d), 1e-14);
}

TEST(Momentum, PropagatorIsTheMatrixExponentialInEveryRegime) {
  const MomentumRegression m{.1, .2, 8, 0, 2};
  const double critical = m.critical_rho();
  EXPECT_NEAR(critical, .64 / .24, 1e-14);
  EXPECT_EQ(m.damping(.5 * critical), Damping::overdamped);
  EXPECT_EQ(m.damping(2 * critical), Damping::underdamped);
  for (const double rho : {.5 * critical, critical, 2 * critical}) {
    const double omega2 = std::pow(m.natural_frequency(rho), 2);
    const Matrix2d a{{0, -1}, {omega2, 2 * m.friction()}};
    EXPECT_LT((m.propagator(rho, .4) - Matrix2d((-.4 * a).exp())).norm(), 1e-7) << rho;
    // A has the eigenvalues λ±: their sum is its trace, their product its determinant.
    const std::complex<double> plus = m.rate(rho, 1);
    const std::complex<double> minus = m.rate(rho, -1);
    EXPECT_NEAR((plus + minus).real(), a.trace(), 1e-12);
    EXPECT_NEAR((plus * minus).real(), a.determinant(), 1e-11);
  }
}

TEST(Momentum, CovarianceStaysStationaryAndTendsToIt) {
  const MomentumRegression m{.1, .9, 32, .1, 1};
  const Matrix2d limit = m.stationary(VectorXd::Constant(1, 2.0)).covariance();
  EXPECT_LT((m.covariance(2, .7, limit) - limit).norm(), 1e-16);
  EXPECT_LT((m.covariance(2, 100, Matrix2d::Identity()) - limit).norm(), 1e-12);
  EXPECT_LT((m.covariance(2, 0, Matrix2d::Identity()) - Matrix2d::Identity()).norm(), 1e-14);
}

TEST(Momentum, DisplacementsAreBallisticThenSaturate) {
  const MomentumRegression m{.1, .9, 32, 0, 1};
  const Eigen::Vector2d rho(1, 4);
  const double start = m.global_displacement(rho, 1e-4);
  EXPECT_NEAR(start / (1e-8 * m.local_displacement(rho) / (m.eta * m.eta)), 1, 1e-3);  // E v² t²
  EXPECT_NEAR(m.global_displacement(rho, 1e3), 2 * (m.position_variance(1) + m.position_variance(4)), 1e-12);
}

TEST(Momentum, OverdampedModesLastBeyondTheRangeOfCosh) {
  const MomentumRegression m{.1, 0, 32, 0, 1};  // γ = 10
  const double rho = 1e-3;
  const double slow = m.rate(rho, -1).real();
  const double fast = m.rate(rho, 1).real();
  EXPECT_NEAR(slow * fast, m.natural_frequency(rho) * m.natural_frequency(rho), 1e-17);
  for (const double time : {1.0, 100.0, 1e4}) {  // cosh(δt) overflows from t = 71 on
    const double kept = (fast * std::exp(-slow * time) - slow * std::exp(-fast * time)) / (fast - slow);
    EXPECT_NEAR(m.propagator(rho, time)(0, 0), kept, 1e-15);
    EXPECT_NEAR(m.global_displacement(VectorXd::Constant(1, rho), time), 2 * m.position_variance(rho) * (1 - kept),
                1e-17);
  }
  EXPECT_EQ(m.propagator(rho, 1e9), Matrix2d::Zero());
}

TEST(Momentum, DisplacementKeepsItsDigitsAtShortTimes) {
  for (const MomentumRegression& m : cases) {
    for (const double rho : {1e-3, 1.0, 50.0}) {
      const VectorXd mode = VectorXd::Constant(1, rho);
      const double gamma = m.friction();
      const double omega2 = std::pow(m.natural_frequency(rho), 2);
      const double t = 1e-6;
      const double series = 1 - 2 * gamma * t / 3 + (4 * gamma * gamma - omega2) * t * t / 12;
      EXPECT_NEAR(m.global_displacement(mode, t) / (m.velocity_variance(rho) * t * t * series), 1, 1e-13);
      // Where the series hands over to the difference.
      const double join = std::min(1 / gamma, 1 / std::sqrt(omega2));
      EXPECT_NEAR(m.global_displacement(mode, join * (1 - 1e-12)) / m.global_displacement(mode, join * (1 + 1e-12)), 1,
                  1e-9 * (rho < .1 ? 10 : .1));
    }
  }
}

TEST(Momentum, ExponentIsTheLogarithmicSlopeOfASpectrum) {
  const MomentumRegression m{.1, .9, 32, .01, 1};
  const VectorXd rho = VectorXd::LinSpaced(30, .01, 20);
  EXPECT_NEAR(m.displacement_exponent(rho, 1e-6), 2, 1e-5);
  for (const double time : {.1, 1.0, 10.0, 100.0}) {
    const auto difference = [&](double h) {
      return std::log(m.global_displacement(rho, time * std::exp(h)) /
                      m.global_displacement(rho, time * std::exp(-h))) /
             (2 * h);
    };
    const double slope = (4 * difference(5e-5) - difference(1e-4)) / 3;
    EXPECT_NEAR(m.displacement_exponent(rho, time), slope, 1e-10);
  }
}

TEST(Momentum, QualityOfTheOscillation) {
  const MomentumRegression m{.1, .9, 32, 0, 1};
  // γ = 1/1.9, ω² = 2/.19: (ω/γ)² − 1 = 2·1.9²/.19 − 1 = 37.
  EXPECT_NEAR(m.quality(1), std::sqrt(37.0), 1e-13);
  EXPECT_EQ(m.quality(m.critical_rho() / 2), 0);
}

TEST(Gibbs, HarmonicAndDoubleWell) {
  const GibbsLaw harmonic([](double x) { return 2 * x * x; }, .3);
  EXPECT_NEAR(harmonic.log_density(0), -.5 * std::log(2 * std::acos(-1.0) * .075), 1e-13);
  EXPECT_NEAR(harmonic.mean([](double x) { return x * x; }), .075, 1e-14);
  const auto well = [](double x) { return std::pow(x * x - 1, 2); };
  const GibbsLaw two([&](double x) { return well(x); }, .1, .5);
  // Virial: E[x V'(x)] = Θ.
  EXPECT_NEAR(two.mean([](double x) { return 4 * x * x * (x * x - 1); }), .1, 1e-13);
  EXPECT_NEAR(two.mean([](double x) { return x; }), 0, 1e-13);
  const KineticGibbsLaw kinetic([&](double x) { return well(x); }, .1);
  EXPECT_NEAR(kinetic.log_density(.3, .2), two.log_density(.3) - .2 - .5 * std::log(2 * std::acos(-1.0) * .1), 1e-12);
  EXPECT_THROW(GibbsLaw([](double) { return 0.0; }, 1), core::ConvergenceError);
  EXPECT_THROW(GibbsLaw([](double x) { return x * x; }, 0), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::theory
