#include <gtest/gtest.h>

#include <limits>

#include "sgdflux/core/errors.hpp"
#include "support/autoregression.hpp"

namespace sgdflux::sample {
namespace {

using test::all_alive;
using test::autoregression;
using test::Coverage;
using test::Random;

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Quantiles, InterpolateBetweenOrderStatistics) {
  const Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(101, 0, 100);
  const auto found = quantiles(x, all_alive(101), {0, .255, .5, 1});
  EXPECT_EQ(found[0].value, 0);
  EXPECT_DOUBLE_EQ(found[1].value.value(), 25.5);
  EXPECT_EQ(found[2].value, 50);
  EXPECT_EQ(found[3].value, 100);
  EXPECT_FALSE(found[0].error.has_value());
  EXPECT_NEAR(found[2].error.value(), 100 * .5 / std::sqrt(100.), .05);
}

TEST(Quantiles, IntervalsOfCorrelatedPathsCover) {
  Random random(1);
  Coverage low;
  Coverage median;
  for (int replica = 0; replica < 400; ++replica) {
    const Eigen::ArrayXXd x = autoregression(random, .9, 50, 128);
    const auto found = quantiles(x.transpose(), all_alive(128), {.1, .5});
    low.add(found[0], -1.2815515655446004);
    median.add(found[1], 0);
  }
  EXPECT_GE(low.share(), .93);
  EXPECT_GE(median.share(), .93);
  EXPECT_LE(median.share(), .97);
}

TEST(Quantiles, IntervalsOfOnePathCoverByBlocksOfTimes) {
  Random random(2);
  Coverage median;
  for (int replica = 0; replica < 400; ++replica) {
    median.add(quantiles(autoregression(random, .8, 4000, 1).transpose(), all_alive(1), {.5})[0], 0);
  }
  EXPECT_GE(median.share(), .92);
}

TEST(Quantiles, IntervalsCoverWithHeavyTails) {
  Random random(3);
  Coverage median;
  Coverage high;
  for (int replica = 0; replica < 200; ++replica) {
    const Eigen::ArrayXXd v = autoregression(random, .9, 20, 1000).transpose().unaryExpr([](double z) {
      return std::pow(test::normal_share_below(-z), -1 / 2.5);
    });
    const auto found = quantiles(v, all_alive(1000), {.5, .99});
    median.add(found[0], std::pow(.5, -1 / 2.5));
    high.add(found[1], std::pow(.01, -1 / 2.5));
  }
  EXPECT_GE(median.share(), .90);
  EXPECT_GE(high.share(), .90);
}

TEST(Quantiles, FarInTheTailHaveNoErrorInsteadOfASmallOne) {
  Random random(4);
  const auto found = quantiles(autoregression(random, 0, 1, 1000).transpose(), all_alive(1000), {.999, .9});
  EXPECT_TRUE(found[0].value.has_value());
  EXPECT_FALSE(found[0].error.has_value());
  EXPECT_NE(found[0].reason.find("too few values"), std::string::npos);
  EXPECT_TRUE(found[1].error.has_value());
}

TEST(Quantiles, OrderInfiniteValuesAndHaveNoValueWhereTheyAreReached) {
  Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(100, 0, 99);
  x.topRows(10) = -infinity;
  const auto found = quantiles(x, all_alive(100), {.05, .5});
  EXPECT_FALSE(found[0].value.has_value());
  EXPECT_DOUBLE_EQ(found[1].value.value(), 49.5);
  EXPECT_TRUE(found[1].error.has_value());
}

TEST(Quantiles, OfAConstantHaveErrorZero) {
  const auto found = quantiles(Eigen::ArrayXXd::Constant(40, 3, .1), all_alive(40), {.5});
  EXPECT_EQ(found[0].value, .1);
  EXPECT_EQ(found[0].error, 0);
}

TEST(Quantiles, LeaveDeadPathsOutAndRefuseWithoutALivingOne) {
  Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(101, 0, 100);
  x(100, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(quantiles(x, all_alive(101), {.5})[0].value.has_value());
  Alive alive = all_alive(101);
  alive(100) = false;
  EXPECT_EQ(quantiles(x, alive, {.5})[0].value, 49.5);
  EXPECT_THROW(static_cast<void>(quantiles(x, Alive::Constant(101, false), {.5})), core::InternalError);
  EXPECT_THROW(static_cast<void>(quantiles(x, alive, {1.5})), core::InternalError);
}

}  // namespace
}  // namespace sgdflux::sample
