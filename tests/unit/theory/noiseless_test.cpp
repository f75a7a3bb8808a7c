/// Zeros of the noise of one-dimensional models, and where mass ends that has no density.
#include "sgdflux/theory/noiseless.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sgdflux/theory/arrival.hpp"
#include "support/numerics.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Kind = NoiselessPoint::Kind;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::unique_ptr<model::Sde> line(const std::string& drift, const std::string& noise, const std::string& domain = "") {
  test::Lines lines{{"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", noise}};
  if (!domain.empty()) {
    lines.emplace_back("domain.x", domain);
  }
  return test::make_model(lines);
}

std::vector<NoiselessPoint> points(const std::string& drift, const std::string& noise, const std::string& domain = "") {
  return noiseless_points(*line(drift, noise, domain), -infinity, infinity);
}

TEST(NoiselessPoints, AreFoundWhereNoiseCrossesOrTouchesZero) {
  for (const char* noise : {"x - 0.3", "abs(x - 0.3)", "(x - 0.3)^2", "sqrt(abs(x - 0.3))", "(x - 0.3)*(1 + x^2)"}) {
    const auto found = points("-x", noise);
    ASSERT_EQ(found.size(), 1U) << noise;
    EXPECT_NEAR(found[0].at, .3, 1e-12) << noise;
    EXPECT_EQ(found[0].kind, Kind::downward) << noise;
  }
}

TEST(NoiselessPoints, AreFoundOnEveryScale) {
  for (const double at : {1e-6, 37.25, -4321.5, 2.5e8}) {
    const auto found = points("-(x - " + test::number(at) + ")", "x - " + test::number(at));
    ASSERT_EQ(found.size(), 1U) << at;
    EXPECT_NEAR(found[0].at / at, 1, 1e-9);
    EXPECT_EQ(found[0].kind, Kind::invariant);
  }
}

TEST(NoiselessPoints, TellInvariantPointsFromThoseThatAreCrossedOneWay) {
  const auto found = points("(x - 1)*(x + 2)*(x^2 + 1)", "(x + 2)*x*(x - 1)*(x - 3)");
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].kind, Kind::invariant);
  EXPECT_EQ(found[1].kind, Kind::downward);
  EXPECT_EQ(found[2].kind, Kind::invariant);
  EXPECT_EQ(found[3].kind, Kind::upward);
}

TEST(NoiselessPoints, AreNotSeenWhereNoiseOnlyBecomesSmallOrTheDomainEnds) {
  EXPECT_TRUE(points("-x", "0.5").empty());
  EXPECT_TRUE(points("-x", "sqrt(x^2 + 1e-6)").empty());
  EXPECT_TRUE(points("1 - x", "x", "0 inf").empty());
  EXPECT_TRUE(points("-x", "exp(-x^2)").empty());
}

TEST(NoiselessPoints, EndWithMoreThanThereIsRoomFor) {
  EXPECT_EQ(points("sin(x)", "sin(x)").size(), most_noiseless_points + 1);
  EXPECT_EQ(noiseless_points(*line("sin(x)", "sin(x)"), 1, 10).size(), 3U);
}

TEST(Arrivals, OfUnstableLinearMotionAreThatOfTheErrorFunction) {
  // dx = x dt + √2 dW: s' = e^{−x²/2}, so that h(x) = Φ(x).
  const auto sde = line("x", "sqrt(2)");
  for (const double centre : {-1., .4, 2.}) {
    const double width = .2;
    const auto density = [&](const ArrayXd& x) {
      return ArrayXd((-0.5 * ((x - centre) / width).square()).exp() / (width * std::sqrt(2 * M_PI)));
    };
    const Arrivals found = arrivals(*sde, density, {centre - 1, centre, centre + 1});
    // A Gaussian average of Φ is Φ of the centre over √(1 + width²).
    const double exact = 0.5 * std::erfc(-centre / std::sqrt(2 * (1 + width * width)));
    EXPECT_NEAR(found.upper, exact, 1e-10) << centre;
    EXPECT_NEAR(found.lower, 1 - exact, 1e-10) << centre;
  }
}

}  // namespace
}  // namespace sgdflux::theory
