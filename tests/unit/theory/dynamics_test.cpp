#include "sgdflux/theory/dynamics.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/kunin_2021.hpp"
#include "unit/theory/make_model.hpp"

namespace sgdflux::theory {
namespace {

using Complex = std::complex<double>;
using Eigen::VectorXd;

std::unique_ptr<model::Sde> momentum(const std::string& beta, const std::string& rho) {
  return make({{"name", "momentum-regression"},
               {"eta", ".1"},
               {"beta", beta},
               {"batch", "32"},
               {"weight_decay", ".05"},
               {"rho", rho},
               {"sigma2", "2"}});
}

std::unique_ptr<model::Sde> turning() {
  return make({{"name", "ornstein-uhlenbeck"},
               {"drift_matrix", "1 2; -3 1.5"},
               {"noise_matrix", "1 .2; 0 .7"},
               {"center", "3 4"}});
}

TEST(Dynamics, CoefficientsReproduceDriftAndDiffusion) {
  for (const auto& sde : {momentum(".9", "1"), momentum(".2", "1 3"), turning()}) {
    const auto dynamics = linear_dynamics(*sde);
    ASSERT_TRUE(dynamics);
    EXPECT_NE(dynamics->source().find("docs/theory.md"), std::string::npos);
    const LinearCoefficients& c = dynamics->coefficients();
    const int n = sde->dimension();
    const core::Batch x = core::Batch::Random(3, n);
    const Eigen::MatrixXd drift = -(x.matrix().rowwise() - c.center.transpose()) * c.drift_matrix.transpose();
    EXPECT_LT((sde->drift(x).matrix() - drift).norm(), 1e-13 * drift.norm());
    const core::Batch a = sde->diffusion(x);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        EXPECT_NEAR(a(2, model::pair_index(i, j, n)), c.diffusion(i, j), 1e-15);
      }
    }
  }
}

TEST(Dynamics, MomentumAgreesWithItsClosedForms) {
  // Under-, critically and overdamped: γ = 2/3·.1^{-1}…, critical ρ + λ = (1 − β)²/(2η(1 + β)) = 2.6667 at β = .2.
  const MomentumRegression m{.1, .2, 32, .05, 2};
  const VectorXd theta = VectorXd::Unit(2, 0);
  for (const double rho : {5.0, m.critical_rho() * (1 + 1e-9), .3}) {
    char text[32];
    static_cast<void>(std::snprintf(text, sizeof text, "%.17g", rho));
    const auto dynamics = linear_dynamics(*momentum(".2", text));
    const VectorXd modes = VectorXd::Constant(1, rho);
    EXPECT_EQ(dynamics->eigenvalues(12), m.eigenvalues(modes, 12));
    for (const double time : {1e-5, .01, .1, 1.0, 30.0}) {
      const double displacement = m.global_displacement(modes, time);
      EXPECT_NEAR(dynamics->displacement(theta, time) / displacement, 1, 1e-12) << rho << " " << time;
      EXPECT_NEAR(dynamics->displacement_exponent(theta, time), m.displacement_exponent(modes, time), 1e-11);
      EXPECT_NEAR(dynamics->autocovariance(theta, time), m.position_variance(rho) - displacement / 2, 1e-15);
    }
    for (const double frequency : {0.0, 1.0, 7.0, 1e3}) {
      EXPECT_NEAR(dynamics->power_spectrum(theta, frequency) / m.power_spectrum(rho, frequency), 1, 1e-12);
    }
  }
}

TEST(Dynamics, TwoModesAreTwoProblems) {
  const auto both = linear_dynamics(*momentum(".9", "1 3"));
  const auto first = linear_dynamics(*momentum(".9", "1"));
  const auto second = linear_dynamics(*momentum(".9", "3"));
  VectorXd sum(4);
  sum << 1, 0, 1, 0;
  const VectorXd theta = VectorXd::Unit(2, 0);
  EXPECT_NEAR(both->displacement(sum, .7), first->displacement(theta, .7) + second->displacement(theta, .7), 1e-15);
  EXPECT_EQ(both->rates().size(), 4U);
}

TEST(Dynamics, PowerSpectrumIsTheTransformOfTheAutocovariance) {
  const auto dynamics = linear_dynamics(*turning());
  const Eigen::Vector2d w(.3, -1.1);
  for (const double omega : {0.0, .5, 2.4, 9.0}) {
    const auto integrand = [&](double t) { return 2 * dynamics->autocovariance(w, t) * std::cos(omega * t); };
    double integral = 0;
    for (int k = 0; k < 40; ++k) {
      integral += boost::math::quadrature::gauss_kronrod<double, 61>::integrate(integrand, k, k + 1, 5, 1e-14);
    }
    EXPECT_NEAR(dynamics->power_spectrum(w, omega), integral, 1e-13);
    const Eigen::Matrix2cd resolvent =
        (dynamics->coefficients().drift_matrix + Complex(0, omega) * Eigen::Matrix2cd::Identity()).inverse();
    const Complex direct = w.cast<Complex>().dot(resolvent * dynamics->stationary().covariance * w);
    EXPECT_NEAR(dynamics->power_spectrum(w, omega), 2 * direct.real(), 1e-14);
  }
}

TEST(Dynamics, DisplacementIsBrownianOrBallisticThenSaturates) {
  const auto dynamics = linear_dynamics(*turning());
  const Eigen::Vector2d w(1, 0);
  const double noise = dynamics->coefficients().diffusion(0, 0);
  EXPECT_NEAR(dynamics->displacement(w, 1e-9) / (1e-9 * noise), 1, 1e-8);
  EXPECT_NEAR(dynamics->displacement_exponent(w, 1e-9), 1, 1e-8);
  EXPECT_NEAR(dynamics->displacement(w, 100), 2 * dynamics->stationary().covariance(0, 0), 1e-14);
  EXPECT_NEAR(dynamics->displacement_exponent(w, 100), 0, 1e-14);
  for (const double time : {.05, .2, .3, 2.0}) {  // on both sides of the change of formula
    EXPECT_NEAR(dynamics->displacement(w, time),
                2 * (dynamics->autocovariance(w, 0) - dynamics->autocovariance(w, time)), 1e-14);
    const double h = 1e-5;
    const double slope =
        std::log(dynamics->displacement(w, time * std::exp(h)) / dynamics->displacement(w, time * std::exp(-h))) /
        (2 * h);
    EXPECT_NEAR(dynamics->displacement_exponent(w, time), slope, 1e-9);
  }
  const auto inert = linear_dynamics(*momentum(".9", "1"));
  EXPECT_NEAR(inert->displacement_exponent(VectorXd::Unit(2, 0), 1e-6), 2, 1e-6);
}

TEST(Dynamics, UnstableDriftHasMomentsAndNoStationaryState) {
  const auto dynamics = linear_dynamics(
      *make({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "-.5"}, {"noise_matrix", "2"}, {"center", "1"}}));
  ASSERT_TRUE(dynamics);
  EXPECT_FALSE(dynamics->stable());
  const Moments at = dynamics->moments(2, {VectorXd::Constant(1, 3), Eigen::MatrixXd::Constant(1, 1, .5)});
  EXPECT_NEAR(at.mean[0], 1 + 2 * std::exp(1), 1e-14);
  EXPECT_NEAR(at.covariance(0, 0), .5 * std::exp(2) + 4 * (std::exp(2) - 1), 1e-13);
  EXPECT_THROW(static_cast<void>(dynamics->stationary()), core::SettingsError);
  EXPECT_THROW(static_cast<void>(dynamics->displacement(VectorXd::Ones(1), 1)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(dynamics->eigenvalues(3)), core::SettingsError);
}

TEST(Dynamics, NothingIsClaimedForOtherModels) {
  EXPECT_FALSE(
      linear_dynamics(*make({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-x"}, {"noise.x.1", "1"}})));
}

}  // namespace
}  // namespace sgdflux::theory
