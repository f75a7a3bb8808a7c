#include "continuation/log_slope.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace sgdflux::continuation {
namespace {

Eigen::ArrayXd nodes(Eigen::Index n, double from, double to) { return Eigen::ArrayXd::LinSpaced(n, from, to); }

/// ln p = −x⁴/4 + ax²/2 − bx at 81 nodes of [−3, 3].
Eigen::ArrayXd wells(double a, double b) {
  const Eigen::ArrayXd x = nodes(81, -3, 3);
  return -0.25 * x.pow(4) + 0.5 * a * x.square() - b * x;
}

constexpr double spacing = 6. / 80;

TEST(LogSlope, DepthIsTheExtremumThatDecidesHowManyMaximaThereAre) {
  // g = −x³ + ax − b has the local maximum 2(a/3)^{3/2} − b at √(a/3): the second maximum lives on it.
  for (const double a : {.5, 1., 1.5}) {
    for (const double b : {-.05, .05, .3, .6}) {
      const auto extrema = slope_extrema(wells(a, b), false, false);
      const double fold = 2 * std::pow(a / 3, 1.5) - std::abs(b);
      EXPECT_NEAR(depth(extrema, 2), fold * spacing, 1e-13) << a << ' ' << b;
      EXPECT_EQ(count_maxima(extrema, 1e-9), fold > 0 ? 2 : 1);
      EXPECT_EQ(maxima(extrema, 1e-9).size(), fold > 0 ? 2u : 1u);
    }
  }
}

TEST(LogSlope, AMaximumBesideAWallIsSeenUpToTheWall) {
  const double h = 0.1;
  for (const double centre : {-.04, -.01, .01, .04}) {  // the wall is at 0, the first node at h/2
    const Eigen::ArrayXd x = nodes(60, h / 2, 59.5 * h);
    const auto extrema = slope_extrema(-0.5 * (x - centre).square(), true, false);
    EXPECT_NEAR(depth(extrema, 1), centre * h, 5e-13);
    EXPECT_EQ(count_maxima(extrema, 1e-9), centre > 0 ? 1 : 0);
  }
}

TEST(LogSlope, ARingHasAsManyMaximaWhereverItIsCut) {
  const Eigen::ArrayXd phi = nodes(65, 0, 2 * std::numbers::pi).head(64);
  for (const double cut : {0., 1., 3., 5.5}) {
    EXPECT_EQ(count_maxima(ring_extrema((phi - cut).cos()), 1e-9), 1);
    EXPECT_EQ(count_maxima(ring_extrema((3 * (phi - cut)).cos()), 1e-9), 3);
    EXPECT_EQ(count_maxima(ring_extrema((phi - cut).cos() + 0.2 * (2 * (phi - cut)).cos()), 1e-9), 1);
    EXPECT_EQ(count_maxima(ring_extrema((phi - cut).cos() + 0.3 * (2 * (phi - cut)).cos()), 1e-9), 2);
  }
}

TEST(LogSlope, RoundingMakesNoMaxima) {
  Eigen::ArrayXd flat = Eigen::ArrayXd::Zero(40);
  for (Eigen::Index i = 0; i < 40; ++i) {
    flat(i) = (i % 3 == 0 ? 1e-13 : i % 3 == 1 ? -2e-13 : 5e-14);
  }
  EXPECT_EQ(count_maxima(slope_extrema(flat, true, true), 1e-9), 0);
  EXPECT_EQ(count_maxima(ring_extrema(flat), 1e-9), 0);
  EXPECT_EQ(count_maxima(slope_extrema(flat - 0.1 * nodes(40, -2, 2).square(), true, true), 1e-9), 1);
}

}  // namespace
}  // namespace sgdflux::continuation
