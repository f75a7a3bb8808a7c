#include "sgdflux/observe/shape.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace sgdflux::observe {
namespace {

using Array = Eigen::ArrayXd;
using Mask = Eigen::Array<bool, Eigen::Dynamic, 1>;

Mask all(Eigen::Index n) { return Mask::Constant(n, true); }

TEST(Mode, OfAGaussianIsExactBetweenTheNodes) {
  const Array i = Array::LinSpaced(40, 0, 39);
  for (const double centre : {17., 17.2, 17.49, 17.51, 17.9}) {
    const auto found = mode(-.03 * (i - centre).square(), all(40));
    ASSERT_TRUE(found);
    EXPECT_NEAR(*found, centre, 1e-11);
  }
}

TEST(Mode, OfASkewDensityIsAccurateToAHundredThousandthOfACell) {
  // Gamma density x^4 e^{−x}: mode 4, at nodes x = 0.3 i.
  const Array x = .3 * Array::LinSpaced(60, 1, 60);
  const auto found = mode(4 * x.log() - x, all(60));
  ASSERT_TRUE(found);
  EXPECT_NEAR(*found, 4 / .3 - 1, 1e-5);
}

TEST(Mode, IsTheHighestOfSeveral) {
  const Array x = Array::LinSpaced(101, -3, 3);
  const auto found = mode(-(x.square() - 1).square() + .1 * x, all(101));
  ASSERT_TRUE(found);
  EXPECT_GT(*found, 50);
}

TEST(Mode, OfTwoEqualPeaksIsTheFirstWhateverTheRounding) {
  const Array x = Array::LinSpaced(101, -3, 3);
  const Array peaks = -(x.square() - 1).square();
  const auto exact = mode(peaks, all(101));
  for (const double rounding : {-1e-12, 1e-12}) {
    const auto found = mode(peaks + rounding * x, all(101));
    ASSERT_TRUE(found && exact);
    EXPECT_NEAR(*found, *exact, 1e-9);
    EXPECT_LT(*found, 50);
  }
}

TEST(Mode, DoesNotExistForDensitiesThatRiseToAnEnd) {
  const Array i = Array::LinSpaced(30, 0, 29);
  EXPECT_FALSE(mode(i, all(30)));
  EXPECT_FALSE(mode(-i, all(30)));
  EXPECT_FALSE(mode(Array::Zero(30), all(30))) << "a plateau is no strict maximum";
}

TEST(Mode, IgnoresNodesThatAreNotTrusted) {
  const Array i = Array::LinSpaced(40, 0, 39);
  Array density = -.03 * (i - 12.3).square();
  density(30) = 5;  // noise
  Mask trusted = all(40);
  trusted(30) = false;
  const auto found = mode(density, trusted);
  ASSERT_TRUE(found);
  EXPECT_NEAR(*found, 12.3, 1e-10);
}

TEST(TailSum, OfAnExponentialTailCoversItAndIsCloseForSlowDecay) {
  for (const double rate : {.05, .2, .6}) {
    const Array i = Array::LinSpaced(200, 0, 199);
    for (const bool upper : {false, true}) {
      const Array w = upper ? Array((-rate * i).exp()) : Array((-rate * (199 - i)).exp());
      const double truth = std::exp(-rate * 199) / std::expm1(rate);
      EXPECT_GE(tail_sum(w, upper), truth) << rate;
      EXPECT_LE(tail_sum(w, upper), truth * std::expm1(rate) / rate * (1 + 1e-9)) << rate;
    }
  }
}

TEST(TailSum, WithoutDecayCountsAsIfTheLastValueWentOn) {
  EXPECT_NEAR(tail_sum(Array::Constant(50, .02), true), 1, 1e-12);
  EXPECT_NEAR(tail_sum(Array::LinSpaced(50, 0, 1), true), 50, 1e-12);
  EXPECT_EQ(tail_sum(Array::Zero(50), true), 0);
}

TEST(TailSum, OfAGaussianTailCoversIt) {
  const double h = .05;
  const Array x = Array::LinSpaced(200, -5 + h / 2, 5 - h / 2);
  const Array w = h * (-.5 * x.square()).exp() / std::sqrt(2 * M_PI);
  const double outside = .5 * std::erfc(5 / std::sqrt(2.));
  EXPECT_GT(tail_sum(w, true), outside);
  EXPECT_LT(tail_sum(w, true), 3 * outside);
}

TEST(TailSum, OfAGaussianOnAFewCellsIsNotFarAboveIt) {
  // A third of a standard deviation a cell, up to seven of them: the last cell holds a tenth of the one before.
  const double h = 1. / 3;
  const Array x = Array::LinSpaced(42, -7 + h / 2, 7 - h / 2);
  const Array w = h * (-.5 * x.square()).exp() / std::sqrt(2 * M_PI);
  const double outside = .5 * std::erfc(7 / std::sqrt(2.));
  EXPECT_GT(tail_sum(w, true), outside);
  EXPECT_LT(tail_sum(w, true), 5 * outside);
}

TEST(TailSum, OfALastCellThatTheEndEmptiedFollowsTheOnesBefore) {
  Array w = (-.5 * Array::LinSpaced(40, 0, 39)).exp();
  const double intact = tail_sum(w, true);
  w(39) = 0;
  EXPECT_NEAR(tail_sum(w, true), intact, .5 * intact);
}

}  // namespace
}  // namespace sgdflux::observe
