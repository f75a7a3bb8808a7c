#include "sgdflux/theory/passage_line.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>

#include "sgdflux/core/errors.hpp"
#include "theory/line_path.hpp"
#include "unit/theory/make_model.hpp"

namespace sgdflux::theory {
namespace {

std::unique_ptr<model::Sde> formula(const std::string& drift, const std::string& noise,
                                    const std::string& domain = "") {
  std::map<std::string, std::string> values{
      {"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", noise}};
  if (!domain.empty()) {
    values["domain.x"] = domain;
  }
  return make(values);
}

std::unique_ptr<model::Sde> double_well() { return formula("x-x^3", "sqrt(.5)"); }

void expect_relative(double value, double exact, double tolerance) {
  EXPECT_NEAR(value, exact, tolerance * std::abs(exact));
}

TEST(FirstPassage, DoubleWellAgreesWithNestedQuadrature) {
  const PassageTime there = first_passage(*double_well(), -1, {}, Edge::absorbing(1));
  expect_relative(there.mean, 14.277736636508051215, 1e-13);   // 20 digits by arbitrary precision
  expect_relative(there.variance, 161.29468936112448, 1e-12);  // as two differential equations, Runge–Kutta of order 8
  expect_relative(transition_rate(*double_well(), -1, 1), 0.035019556161408962409, 1e-13);
  expect_relative(committor(*double_well(), -.3, -1, 1), 0.28704273423581703149, 1e-13);
  const PassageTime back = first_passage(*double_well(), 1, Edge::absorbing(-1), {});
  expect_relative(back.mean, there.mean, 1e-13);
  expect_relative(back.variance, there.variance, 1e-12);
}

TEST(FirstPassage, DriftedBrownianMotionIsInverseGaussian) {
  for (const double start : {-3.0, .5, .99}) {
    const PassageTime time = first_passage(*formula("2", ".7"), start, {}, Edge::absorbing(1));
    expect_relative(time.mean, (1 - start) / 2, 1e-13);
    expect_relative(time.variance, .49 * (1 - start) / 8, 1e-12);
  }
}

TEST(FirstPassage, BrownianMotionBetweenWalls) {
  const auto free = formula("0", ".5");
  const double x = .3;
  const PassageTime reflected = first_passage(*free, x, Edge::reflecting(0), Edge::absorbing(1));
  expect_relative(reflected.mean, (1 - x * x) / .25, 1e-14);
  expect_relative(reflected.variance, 2.0 / 3 * (1 - std::pow(x, 4)) / .0625, 1e-13);
  const PassageTime both = first_passage(*free, x, Edge::absorbing(0), Edge::absorbing(1));
  expect_relative(both.mean, x * (1 - x) / .25, 1e-14);
  expect_relative(both.variance, x * (1 - x) * (x * x + (1 - x) * (1 - x)) / (3 * .0625), 1e-13);
  expect_relative(committor(*free, x, 0, 1), x, 1e-14);
}

TEST(FirstPassage, GeometricBrownianMotionIsInverseGaussianInItsLogarithm) {
  // d ln x = (.5 − .08) dt + .4 dW.
  const auto growth = formula(".5*x", ".4*x", "0 inf");
  const PassageTime time = first_passage(*growth, .01, {}, Edge::absorbing(3));
  expect_relative(time.mean, std::log(300) / .42, 1e-12);
  expect_relative(time.variance, .16 * std::log(300) / std::pow(.42, 3), 1e-12);
}

TEST(FirstPassage, HarmonicWellFromAnywhereAndOverABarrier) {
  // To the centre −τ' is Mills' ratio 1/x − 1/x³ + 3/x⁵ − …, integrated from 100 to 200.
  const auto ou = formula("-x", "sqrt(2)");
  const double far = first_passage(*ou, -200, {}, Edge::absorbing(0)).mean;
  const double near = first_passage(*ou, -100, {}, Edge::absorbing(0)).mean;
  EXPECT_NEAR(far - near, std::log(2.0) - 3.0 / 8e4 + 45.0 / 64e8, 1e-11);
  // Kramers: to x = 8 the time is √(2π)e^{32}/8·(1 + 1/64 + 3/64² + 15/64³ + …), and nearly exponential.
  const PassageTime high = first_passage(*ou, 0, {}, Edge::absorbing(8));
  const double y = 1.0 / 64;
  EXPECT_NEAR(high.mean / (std::sqrt(2 * std::numbers::pi) * std::exp(32) / 8 * (1 + y + 3 * y * y + 15 * y * y * y)),
              1, 1e-5);
  EXPECT_NEAR(high.variance / (high.mean * high.mean), 1, 1e-10);
}

TEST(FirstPassage, CommittorJoinsOneSidedAndTwoSidedTimes) {
  // From x the well is left at −1 or 1: E τ(x → 1) = E τ(x → {−1, 1}) + P(−1 first) E τ(−1 → 1).
  const auto well = double_well();
  const double x = -.3;
  const double q = committor(*well, x, -1, 1);
  const double left = first_passage(*well, x, {}, Edge::absorbing(1)).mean;
  const double both = first_passage(*well, x, Edge::absorbing(-1), Edge::absorbing(1)).mean;
  expect_relative(left, both + (1 - q) * first_passage(*well, -1, {}, Edge::absorbing(1)).mean, 1e-13);
  expect_relative(q + (1 - committor(*well, x, -1, 1)), 1, 1e-15);
  expect_relative(committor(*well, .3, -1, 1), 1 - q, 1e-13);
}

TEST(FirstPassage, TransitionsAreOnePerRoundTrip) {
  const auto tilted = formula("x-x^3+.1", ".3*sqrt(1+x^2)");
  const double there = first_passage(*tilted, -.8, {}, Edge::absorbing(.9)).mean;
  const double back = first_passage(*tilted, .9, Edge::absorbing(-.8), {}).mean;
  expect_relative(transition_rate(*tilted, -.8, .9), 1 / (there + back), 1e-12);
}

TEST(FirstPassage, PanelsResolveSteepAndWideLandscapes) {
  const auto steep = formula("1000*(x-x^3)", "1");
  const double there = first_passage(*steep, -1.5, {}, Edge::absorbing(-.5)).mean;
  EXPECT_TRUE(std::isfinite(there) && there > 1e10);
  const std::vector<double> edges = panel_edges(*steep, -1.5, -.5);
  const std::vector<double> reversed = panel_edges(*steep, -.5, -1.5);
  EXPECT_EQ(edges, std::vector<double>(reversed.rbegin(), reversed.rend()));
  EXPECT_LT(edges.size(), 2000U);
}

TEST(FirstPassage, RefusalsNameTheReason) {
  const auto well = double_well();
  EXPECT_THROW(static_cast<void>(first_passage(*well, 0, {}, {})), core::SettingsError);
  EXPECT_THROW(static_cast<void>(first_passage(*well, 0, {}, Edge::reflecting(1))), core::SettingsError);
  EXPECT_THROW(static_cast<void>(first_passage(*well, 2, {}, Edge::absorbing(1))), core::SettingsError);
  EXPECT_THROW(static_cast<void>(first_passage(*well, 1, {}, Edge::absorbing(1))), core::SettingsError);
  EXPECT_THROW(static_cast<void>(committor(*well, 2, -1, 1)), core::SettingsError);
  EXPECT_THROW(static_cast<void>(transition_rate(*well, 1, -1)), core::SettingsError);
  // Paths drift to −∞ for good; Brownian motion returns, but after an infinite mean time.
  EXPECT_THROW(static_cast<void>(first_passage(*formula("-1", "1"), 0, {}, Edge::absorbing(1))), core::SettingsError);
  EXPECT_THROW(static_cast<void>(first_passage(*formula("0", "1"), 0, {}, Edge::absorbing(1))), core::SettingsError);
  // p ~ |x|^{−2.5}: the mean is finite, the variance is not.
  EXPECT_THROW(static_cast<void>(first_passage(*formula("-1.25*x/(1+x^2)", "1"), 0, {}, Edge::absorbing(1))),
               core::ConvergenceError);
  // e^{1000} is beyond doubles.
  EXPECT_THROW(static_cast<void>(first_passage(*formula("4000*(x-x^3)", "1"), -1, {}, Edge::absorbing(1))),
               core::ConvergenceError);
  EXPECT_THROW(static_cast<void>(first_passage(*formula("0", "x"), -1, Edge::reflecting(-2), Edge::absorbing(1))),
               core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::theory
