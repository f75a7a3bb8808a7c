#include "sgdflux/theory/reference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "sgdflux/theory/dynamics.hpp"
#include "unit/theory/make_model.hpp"

namespace sgdflux::theory {
namespace {

const std::map<std::string, std::string> unit{
    {"name", "diagonal-network"}, {"beta1", "1"}, {"beta2", "1"}, {"alpha1", "2"}, {"alpha2", "2"}, {"alpha3", "3"}};

std::unique_ptr<model::Sde> network(std::map<std::string, std::string> values) {
  values.insert(unit.begin(), unit.end());
  return make(values);
}

TEST(Reference, DiagonalNetworkByReportNames) {
  const auto result = reference(*network({{"T", ".2"}}));
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->source.empty());
  EXPECT_FALSE(result->current);
  EXPECT_NEAR(result->observables.at("mean.v"), .580905, 5.1e-7);
  EXPECT_NEAR(result->observables.at("cov.v.v"), .372097, 5.1e-7);
  EXPECT_NEAR(result->observables.at("mode.v"), 4.0 / 7, 1e-14);
  EXPECT_NEAR(result->observables.at("T_c"), 1.0 / 3, 1e-15);
  EXPECT_NEAR(result->observables.at("T_star"), (4 + std::sqrt(42.0)) / 52, 1e-14);
  EXPECT_NEAR(result->observables.at("tail_exponent"), -3.5, 1e-15);
  for (const char* name : {"mean.s", "cov.s.s", "cov.s.v", "mode.s"}) {
    EXPECT_EQ(result->observables.count(name), 1U) << name;
  }
  EXPECT_LT(result->outside_mass(Eigen::VectorXd::Constant(1, -92), Eigen::VectorXd::Constant(1, 21)), 1e-12);
  core::Batch x(2, 1);
  x << 0, -1;
  const Eigen::ArrayXd log_p = result->log_density(x);
  // ln p(1) − ln p(e^{−1}) by the closed form: s·(1/(2·3·.2) − ½) − (1 + 1/2.4) ln g − arctan(√2(v−1))/(2·.2·3·√2).
  const auto closed = [](double s) {
    const double v = std::exp(s);
    return s / 3 - (1 + 1 / 2.4) * std::log(2 * v * v - 4 * v + 3) -
           std::atan(std::sqrt(2.0) * (v - 1)) / (1.2 * std::sqrt(2.0));
  };
  EXPECT_NEAR(log_p[0] - log_p[1], closed(0) - closed(-1), 1e-13);
}

TEST(Reference, NothingIsClaimedWhereNothingIsKnown) {
  EXPECT_FALSE(reference(*network({{"T", ".34"}})));
  EXPECT_FALSE(reference(*network({{"T", ".1"}, {"sign", "-1"}})));
  EXPECT_FALSE(reference(*network({{"T", ".1"}, {"second_order", "1"}})));
  EXPECT_FALSE(reference(*network({{"T", ".1"}, {"depth", "2"}, {"gamma", ".05"}})));
  EXPECT_FALSE(reference(*make({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-x"}, {"noise.x.1", "1"}})));
  EXPECT_FALSE(
      reference(*make({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 -1"}, {"noise_matrix", "1 0; 0 1"}})));
  auto pair = unit;
  pair["name"] = "balance-pair";
  pair["T"] = ".1";
  EXPECT_FALSE(reference(*make(pair)));
}

TEST(Reference, InfiniteVarianceIsLeftOut) {
  const auto result = reference(*network({{"T", ".6"}, {"depth", "0"}}));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->observables.count("cov.v.v"), 0U);
  EXPECT_NEAR(result->observables.at("mean.v"), 1, 1e-15);
}

TEST(Reference, MomentumRegression) {
  const auto sde = make({{"name", "momentum-regression"},
                         {"eta", ".1"},
                         {"beta", ".9"},
                         {"batch", "32"},
                         {"rho", "1 3"},
                         {"sigma2", "1"}});
  const auto result = reference(*sde);
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->observables.at("cov.theta1.theta1"), .1 / 6.4, 1e-16);
  EXPECT_NEAR(result->observables.at("cov.v2.v2"), 3 / (32 * .19), 1e-15);
  EXPECT_EQ(result->observables.at("cov.theta1.v1"), 0);
  EXPECT_EQ(result->observables.count("entropy_production"), 0U);  // singular noise
  // ∫(θ J_v − v J_θ) = −ω²Cov θ − Cov v: clockwise.
  EXPECT_NEAR(result->observables.at("circulation.theta1.v1"), -2 / (32 * .19), 1e-15);
  ASSERT_TRUE(result->current);
  const core::Batch x = core::Batch::Constant(1, 4, .01);
  const core::Batch current = result->current(x);
  const double p = std::exp(result->log_density(x)[0]);
  EXPECT_NEAR(current(0, 0) / p, .01, 1e-14);
  EXPECT_NEAR(current(0, 3) / p, -.01 * 3 * 2 / .19, 1e-12);
}

TEST(Reference, MomentumRegressionWithCorrelatedNoiseHasTheLawOfTheLyapunovEquation) {
  std::map<std::string, std::string> lines = {
      {"name", "momentum-regression"}, {"rho", "1 3"}, {"weight_decay", ".2"}, {"noise_correlation", "1e-300"}};
  const auto limit = reference(*make(lines));  // c → 0 by the general way
  lines["noise_correlation"] = "0";
  const auto kunin = reference(*make(lines));
  ASSERT_TRUE(limit && kunin);
  EXPECT_NE(limit->source, kunin->source);
  for (const auto& [name, value] : kunin->observables) {
    EXPECT_NEAR(limit->observables.at(name), value, 1e-15) << name;
  }
  lines["noise_correlation"] = "-.4";
  const auto sde = make(lines);
  const auto law = reference(*sde);
  ASSERT_TRUE(law && law->current);
  EXPECT_NE(law->source.find("Lyapunov"), std::string::npos);
  const Eigen::MatrixXd& covariance = linear_dynamics(*sde)->stationary().covariance;
  for (int i = 0; i < 4; ++i) {
    for (int j = i; j < 4; ++j) {
      const std::string name = "cov." + sde->variables()[i] + "." + sde->variables()[j];
      EXPECT_NEAR(law->observables.at(name), covariance(i, j), 1e-15) << name;
    }
  }
  EXPECT_NEAR(law->observables.at("cov.v1.v1"), kunin->observables.at("cov.v1.v1"), 1e-15) << "marginal laws stay";
  EXPECT_LT(law->observables.at("cov.theta1.theta2"), -1e-4);
  EXPECT_EQ(law->observables.count("entropy_production"), 0U);
}

TEST(Reference, OrnsteinUhlenbeckInModesKnowsTheGivenVariablesToo) {
  std::map<std::string, std::string> lines = {{"name", "ornstein-uhlenbeck"},
                                              {"drift_matrix", "0 -1 0 0; 3 .5 -1 0; 0 0 0 -1; -1 0 4 .5"},
                                              {"noise_matrix", "0 0; 1 0; 0 0; .2 1.3"},
                                              {"center", "1 2 3 4"}};
  const auto given = reference(*make(lines));
  lines["coordinates"] = "modes";
  const auto sde = make(lines);
  const auto modes = reference(*sde);
  ASSERT_TRUE(given && modes && modes->current);
  for (const auto& [name, value] : given->observables) {
    if (name.starts_with("mean") || name.starts_with("cov")) {
      EXPECT_NEAR(modes->observables.at(name), value, 1e-13) << name;
    }
  }
  EXPECT_NEAR(modes->observables.at("mean.y1"), 0, 1e-15);
  EXPECT_TRUE(modes->observables.contains("cov.y2.x3"));
  const auto rates = linear_dynamics(*sde)->rates();
  lines["coordinates"] = "given";
  const auto expected = linear_dynamics(*make(lines))->rates();
  ASSERT_EQ(rates.size(), expected.size());
  for (std::size_t k = 0; k < rates.size(); ++k) {
    EXPECT_LT(std::abs(rates[k] - expected[k]), 1e-12);
  }
}

TEST(Reference, OrnsteinUhlenbeck) {
  const auto sde = make(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 2; -2 1"}, {"noise_matrix", "1 0; 0 1"}, {"center", "3 4"}});
  const auto result = reference(*sde);
  ASSERT_TRUE(result);
  EXPECT_NEAR(result->observables.at("cov.x1.x1"), .5, 1e-15);
  EXPECT_NEAR(result->observables.at("cov.x1.x2"), 0, 1e-15);
  EXPECT_NEAR(result->observables.at("mean.x2"), 4, 1e-15);
  EXPECT_NEAR(result->observables.at("mode.x1"), 3, 1e-15);
  EXPECT_NEAR(result->observables.at("circulation.x1.x2"), 2, 1e-14);   // 2·2·½ counter-clockwise
  EXPECT_NEAR(result->observables.at("entropy_production"), 8, 1e-13);  // 2 tr(MᵀM Σ) = 2·(4 + 4)·½
}

}  // namespace
}  // namespace sgdflux::theory
