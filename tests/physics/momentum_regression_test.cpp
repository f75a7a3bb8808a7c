/// Inertial relaxation of SGD with momentum against its Gaussian law: docs/theory.md, section 3.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/kunin_2021.hpp"
#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

/// One mode with its law; batch 32, σ² = 1.
struct Mode {
  theory::MomentumRegression theory;
  double rho = 1;

  [[nodiscard]] std::unique_ptr<model::Sde> sde() const {
    return make_model({{"name", "momentum-regression"},
                       {"eta", number(theory.eta)},
                       {"beta", number(theory.beta)},
                       {"batch", number(theory.batch)},
                       {"weight_decay", number(theory.weight_decay)},
                       {"rho", number(rho)},
                       {"sigma2", number(theory.sigma2)}});
  }
  [[nodiscard]] study::StationaryAnswer answer(Index cells, double damping, double reach = 7) const {
    const double theta = std::sqrt(theory.position_variance(rho));
    const double v = std::sqrt(theory.velocity_variance(rho));
    return study_of(*sde(), {symmetric_axis(theta, reach, cells), symmetric_axis(v, reach, cells)},
                    {"order8", damping, false});
  }
};

void expect_covariance(const study::StationaryAnswer& answer, const Mode& mode) {
  const double theta = mode.theory.position_variance(mode.rho);
  const double v = mode.theory.velocity_variance(mode.rho);
  EXPECT_NEAR(value(answer, "cov.theta.theta") / theta, 1, 1e-8);
  EXPECT_NEAR(value(answer, "cov.v.v") / v, 1, 1e-8);
  EXPECT_NEAR(value(answer, "cov.theta.v"), 0, 1e-8 * std::sqrt(theta * v));
}

void expect_law(const Mode& mode, Index cells, double damping, double l1) {
  const auto answer = mode.answer(cells, damping);
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  ASSERT_TRUE(answer.reference && answer.reference->l1 && answer.reference->current_l2);
  EXPECT_LE(*answer.reference->l1, l1) << cells;
  expect_covariance(answer, mode);
  EXPECT_LE(answer.current.divergence, 1e-10);
  EXPECT_LE(answer.audit.mass_error, 1e-12);
}

void expect_claims(const Mode& mode) {
  expect_law(mode, 64, 0, 2e-6);
  expect_law(mode, 64, 1, 4e-5);
  expect_law(mode, 96, 1, 2e-6);
}

TEST(MomentumRegression, UnderdampedHasDensityAndCovarianceOfItsLaw) {
  const Mode mode;
  ASSERT_EQ(mode.theory.damping(mode.rho), theory::Damping::underdamped);
  expect_claims(mode);
}

TEST(MomentumRegression, CurrentIsTheExactRotationWithin5e5InL2) {
  EXPECT_LE(Mode().answer(64, 0).reference->current_l2.value(), 5e-5);
  EXPECT_LE(Mode().answer(96, 1).reference->current_l2.value(), 5e-5);
}

TEST(MomentumRegression, WithWeightDecayHasDensityAndCovarianceOfItsLaw) {
  Mode mode;
  mode.theory.weight_decay = .5;
  expect_claims(mode);
  EXPECT_LE(mode.answer(96, 1).reference->current_l2.value(), 5e-5);
}

TEST(MomentumRegression, OverdampedHasDensityAndCovarianceOfItsLaw) {
  Mode mode;
  mode.theory.beta = .5;
  mode.rho = .3;
  ASSERT_EQ(mode.theory.damping(mode.rho), theory::Damping::overdamped);
  expect_claims(mode);
  EXPECT_LE(mode.answer(96, 1).reference->current_l2.value(), 5e-5);
}

TEST(MomentumRegression, OverdampedWithWeightDecayToo) {
  Mode mode;
  mode.theory.beta = .3;
  mode.theory.weight_decay = .2;
  mode.rho = .4;
  ASSERT_EQ(mode.theory.damping(mode.rho), theory::Damping::overdamped);
  expect_claims(mode);
}

TEST(MomentumRegression, EntropyProductionIsUndefinedWithAReason) {
  const auto answer = Mode().answer(32, 1);
  const core::Estimate& rate = answer.current.quantities.at("entropy_production");
  EXPECT_FALSE(rate.value);
  EXPECT_TRUE(has(rate.reason, "singular")) << rate.reason;
}

TEST(MomentumRegression, ChoosesItsOwnDomain) {
  const Mode mode;
  const auto answer = study_of(*mode.sde(), {"auto 64", "auto 64"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_EQ(answer.flux, "order8");
  EXPECT_LE(*answer.reference->l1, 4e-5);
  expect_covered(answer, "cov.theta.theta", mode.theory.position_variance(1));
  expect_covered(answer, "cov.v.v", mode.theory.velocity_variance(1));
  expect_covered(answer, "cov.theta.v", 0);
}

}  // namespace
}  // namespace sgdflux::test
