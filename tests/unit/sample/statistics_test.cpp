#include "sgdflux/sample/statistics.hpp"

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
using test::tally_of;

/// Values with the density (5/2) v^(−7/2) on v > 1 and the correlations of an autoregression: no third moment.
Eigen::ArrayXXd heavy_tailed(Random& random, double phi, Index records, Index paths) {
  return autoregression(random, phi, records, paths).unaryExpr([](double z) {
    return std::pow(test::normal_share_below(-z), -1 / 2.5);
  });
}

TEST(Statistics, MeansAndCovariancesAreThoseOfAllValuesWhateverTheShift) {
  Random random(1);
  const Eigen::ArrayXXd x = 1e6 + autoregression(random, .5, 40, 50);
  const double mean = x.mean();
  const auto found = estimates(tally_of(x, 4, 1e6), all_alive(50));
  EXPECT_NEAR(found.at("mean.x").value.value(), mean, 1e-9);
  const Eigen::ArrayXd of_path = x.colwise().mean().transpose() - mean;
  const double of_mean = of_path.square().sum() / (50. * 49.);
  EXPECT_NEAR(found.at("mean.x").error.value(), std::sqrt(of_mean), 1e-9);
  EXPECT_NEAR(found.at("cov.x.x").value.value(), (x - mean).square().mean() + of_mean, 1e-9);
  const auto shifted = estimates(tally_of(x, 4, 1e6 + 3), all_alive(50));
  EXPECT_NEAR(shifted.at("cov.x.x").value.value(), found.at("cov.x.x").value.value(), 1e-9);
  EXPECT_NEAR(shifted.at("cov.x.x").error.value(), found.at("cov.x.x").error.value(), 1e-9);
}

TEST(Statistics, VarianceOfIndependentSinglesIsTheUnbiasedOne) {
  Random random(2);
  const Eigen::ArrayXXd x = autoregression(random, 0, 1, 40);
  const auto found = estimates(tally_of(x, 1), all_alive(40));
  EXPECT_NEAR(found.at("cov.x.x").value.value(), (x - x.mean()).square().sum() / 39, 1e-14);
}

TEST(Statistics, IntervalsOfCorrelatedPathsCover) {
  Random random(31);
  Coverage mean;
  Coverage variance;
  for (int replica = 0; replica < 1000; ++replica) {
    const auto found = estimates(tally_of(autoregression(random, .9, 50, 128), 5), all_alive(128));
    mean.add(found.at("mean.x"), 0);
    variance.add(found.at("cov.x.x"), 1);
  }
  EXPECT_GE(mean.share(), .93);
  EXPECT_LE(mean.share(), .97);
  EXPECT_GE(variance.share(), .93);
  EXPECT_LE(variance.share(), .97);
}

TEST(Statistics, FewPathsTakeTheirErrorsFromBlocksOfTime) {
  Random random(4);
  Coverage mean;
  Coverage variance;
  for (int replica = 0; replica < 400; ++replica) {
    const auto found = estimates(tally_of(autoregression(random, .8, 4000, 3), 40), all_alive(3));
    mean.add(found.at("mean.x"), 0);
    variance.add(found.at("cov.x.x"), 1);
  }
  EXPECT_GE(mean.share(), .92);
  EXPECT_GE(variance.share(), .92);
}

TEST(Statistics, IntervalsCoverWithoutAThirdMoment) {
  Random random(5);
  constexpr double clip = 10;
  const double beyond = std::pow(clip, -2.5);
  const double mean = 2.5 / 1.5 * (1 - clip * beyond) + clip * beyond;
  const double square = 5 * (1 - clip * clip * beyond) + clip * clip * beyond;
  Coverage means;
  Coverage clipped;
  for (int replica = 0; replica < 200; ++replica) {
    const Eigen::ArrayXXd v = heavy_tailed(random, .9, 20, 1000);
    means.add(estimates(tally_of(v, 5, 1.5), all_alive(1000)).at("mean.x"), 2.5 / 1.5);
    const auto found = estimates(tally_of(v.min(clip), 5, 1.5), all_alive(1000));
    clipped.add(found.at("cov.x.x"), square - mean * mean);
  }
  EXPECT_GE(means.share(), .90);
  EXPECT_GE(clipped.share(), .90);
}

TEST(Statistics, ErrorsThatHeavyTailsMakeWrongAreFlaggedAndGoodOnesAreNot) {
  Random random(6);
  int flagged = 0;
  int false_alarms = 0;
  constexpr int replicas = 100;
  for (int replica = 0; replica < replicas; ++replica) {
    const auto heavy = estimates(tally_of(heavy_tailed(random, 0, 1, 4000), 1, 1.5), all_alive(4000));
    const auto normal = estimates(tally_of(autoregression(random, 0, 1, 4000), 1), all_alive(4000));
    flagged += heavy.at("cov.x.x").reason.empty() ? 0 : 1;
    false_alarms += normal.at("cov.x.x").reason.empty() && normal.at("mean.x").reason.empty() ? 0 : 1;
  }
  EXPECT_GE(flagged, 85);
  EXPECT_EQ(false_alarms, 0);
}

TEST(Statistics, ADeadPathCountsForNothing) {
  Random random(7);
  Eigen::ArrayXXd x = autoregression(random, .5, 20, 41);
  const auto without = estimates(tally_of(x.rightCols(40), 4), all_alive(40));
  x.col(0).setConstant(std::numeric_limits<double>::quiet_NaN());
  Alive alive = all_alive(41);
  alive(0) = false;
  const auto found = estimates(tally_of(x, 4), alive);
  EXPECT_EQ(found.at("mean.x").value, without.at("mean.x").value);
  EXPECT_EQ(found.at("cov.x.x").error, without.at("cov.x.x").error);
}

TEST(Statistics, AColumnThatIsInfiniteOnALivingPathHasNoMeanAndSaysWhy) {
  Random random(8);
  Eigen::ArrayXXd x = autoregression(random, .5, 20, 40);
  x(3, 5) = -std::numeric_limits<double>::infinity();
  const auto found = estimates(tally_of(x, 4), all_alive(40));
  for (const char* name : {"mean.x", "cov.x.x"}) {
    EXPECT_FALSE(found.at(name).value.has_value());
    EXPECT_NE(found.at(name).reason.find("1 of 40 paths"), std::string::npos) << found.at(name).reason;
  }
  EXPECT_TRUE(std::isnan(drifts(tally_of(x, 4), all_alive(40)).at("x")));
}

TEST(Statistics, AConstantHasNoErrorAndNoDrift) {
  const Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(30, 40, .1);
  for (const double shift : {0., .1}) {
    const Tally tally = tally_of(x, 3, shift);
    const auto found = estimates(tally, all_alive(40));
    EXPECT_NEAR(found.at("mean.x").value.value(), .1, 1e-15);
    EXPECT_LT(found.at("mean.x").error.value(), 1e-16);
    EXPECT_LT(std::abs(found.at("cov.x.x").value.value()), 1e-16);
    EXPECT_TRUE(found.at("mean.x").reason.empty());
    EXPECT_EQ(drifts(tally, all_alive(40)).at("x"), 0);
  }
}

TEST(Statistics, OnePathAndBlockHasAValueButNoError) {
  Random random(9);
  const Tally tally = tally_of(autoregression(random, .5, 20, 1), 1);
  const auto found = estimates(tally, all_alive(1));
  EXPECT_TRUE(found.at("mean.x").value.has_value());
  EXPECT_FALSE(found.at("mean.x").error.has_value());
  EXPECT_FALSE(found.at("mean.x").reason.empty());
  EXPECT_TRUE(std::isnan(drifts(tally, all_alive(1)).at("x")));
}

TEST(Statistics, WithoutALivingPathOrARecordThereIsNone) {
  Random random(10);
  const Tally tally = tally_of(autoregression(random, .5, 20, 3), 2);
  EXPECT_THROW(static_cast<void>(estimates(tally, Alive::Constant(3, false))), core::InternalError);
  EXPECT_THROW(static_cast<void>(drifts(tally, Alive::Constant(3, false))), core::InternalError);
  const Tally empty({{"x"}, {}, Eigen::ArrayXd::Zero(1)}, 0, 3, 2);
  EXPECT_THROW(static_cast<void>(estimates(empty, all_alive(3))), core::InternalError);
}

TEST(Statistics, DifferencesOfCoupledPathsAreFarSharperThanTheirTerms) {
  Random random(111);
  Coverage mean;
  Coverage variance;
  constexpr double factor = 1.01;
  double sharper = 0;
  for (int replica = 0; replica < 300; ++replica) {
    const Eigen::ArrayXXd fine = autoregression(random, .9, 50, 128);
    const Tally a = tally_of(factor * fine + .02, 5, .5);
    const Tally b = tally_of(fine, 5, -.5);
    const auto found = differences(a, b, all_alive(128));
    mean.add(found.at("mean.x"), .02);
    variance.add(found.at("cov.x.x"), factor * factor - 1);
    sharper = std::max(sharper, *found.at("mean.x").error / *estimates(a, all_alive(128)).at("mean.x").error);
  }
  EXPECT_GE(mean.share(), .93);
  EXPECT_GE(variance.share(), .92);
  EXPECT_LT(sharper, .011);
}

TEST(Statistics, DifferencesRefuseOtherColumns) {
  const Tally a({{"x"}, {}, Eigen::ArrayXd::Zero(1)}, 0, 3, 2);
  const Tally b({{"y"}, {}, Eigen::ArrayXd::Zero(1)}, 0, 3, 2);
  EXPECT_THROW(static_cast<void>(differences(a, b, all_alive(3))), core::InternalError);
}

TEST(Drifts, ExceedThreeSeldomWhenTheStartIsForgottenAndAlwaysWhenNot) {
  Random random(12);
  for (const Index paths : {4, 64}) {
    int alarms = 0;
    for (int replica = 0; replica < 300; ++replica) {
      Eigen::ArrayXXd x = autoregression(random, .9, 960 / paths * 4, paths);
      alarms += std::abs(drifts(tally_of(x, 30), all_alive(paths)).at("x")) > 3 ? 1 : 0;
      for (Index t = 0; t < x.rows(); ++t) {
        x.row(t) += 6 * std::exp(-5. * static_cast<double>(t) / static_cast<double>(x.rows()));
      }
      EXPECT_GT(drifts(tally_of(x, 30), all_alive(paths)).at("x"), 3);
    }
    EXPECT_LE(alarms, 9) << paths;
  }
}

TEST(Drifts, AreHugeWithoutScatterAndAChange) {
  Eigen::ArrayXXd x = Eigen::ArrayXXd::Zero(30, 40);
  x.bottomRows(10) = 1;
  EXPECT_EQ(drifts(tally_of(x, 3), all_alive(40)).at("x"), -std::numeric_limits<double>::infinity());
}

TEST(Drifts, NeedTwoBlocks) {
  Random random(13);
  const Eigen::ArrayXXd x = autoregression(random, .5, 20, 40);
  EXPECT_TRUE(std::isnan(drifts(tally_of(x, 1), all_alive(40)).at("x")));
  EXPECT_FALSE(std::isnan(drifts(tally_of(x, 2), all_alive(40)).at("x")));
}

}  // namespace
}  // namespace sgdflux::sample
