#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "support/autoregression.hpp"

namespace sgdflux::sample {
namespace {

using test::autoregression;
using test::Coverage;
using test::Random;

double spot(const std::vector<double>& values, const Correlations& found, Index lag) {
  const auto at = std::lower_bound(found.lags.begin(), found.lags.end(), lag);
  return values[static_cast<std::size_t>(at - found.lags.begin())];
}

/// Shares of 100 replicas whose 95 % intervals cover: correlation time; variance; covariance and displacement at lags 4
/// and 16.
std::vector<double> coverage(double phi, Index records, Index paths, unsigned seed) {
  Random random(seed);
  std::vector<Coverage> hits(6);
  for (int replica = 0; replica < 100; ++replica) {
    const Correlations found = correlations(autoregression(random, phi, records, paths));
    hits[0].add(found.time, found.time_error, test::correlation_time(phi));
    hits[1].add(found.covariance[0], found.error[0], 1);
    for (std::size_t i = 2; i < 6; i += 2) {
      const Index lag = i == 2 ? 4 : 16;
      const double exact = std::pow(phi, lag);
      hits[i].add(spot(found.covariance, found, lag), spot(found.error, found, lag), exact);
      hits[i + 1].add(spot(found.displacement, found, lag), spot(found.displacement_error, found, lag), 2 - 2 * exact);
    }
  }
  std::vector<double> out;
  for (const Coverage& c : hits) {
    out.push_back(c.share());
  }
  return out;
}

TEST(Correlations, AreTheSumsOverPairsOfTheDefinition) {
  Random random(1);
  const Eigen::ArrayXXd x = 5 + autoregression(random, .7, 203, 9);
  const Correlations found = correlations(x);
  const Eigen::ArrayXXd centred = x - x.mean();
  const double bias = centred.square().mean() * found.time / static_cast<double>(x.size());
  EXPECT_EQ(found.lags.back(), 50);
  for (std::size_t k = 0; k < found.lags.size(); ++k) {
    const Index pairs = 203 - found.lags[k];
    const double direct = (centred.topRows(pairs) * centred.bottomRows(pairs)).mean();
    EXPECT_NEAR(found.covariance[k], direct + bias, 1e-13);
    EXPECT_NEAR(found.displacement[k], (x.topRows(pairs) - x.bottomRows(pairs)).square().mean(), 1e-13);
  }
}

TEST(Correlations, LagsAreAllAtFirstThenSixteenPerOctave) {
  const std::vector<Index> lags = correlations(Eigen::ArrayXXd::Zero(4096, 1)).lags;
  for (Index lag = 0; lag <= 16; ++lag) {
    EXPECT_EQ(lags[static_cast<std::size_t>(lag)], lag);
  }
  EXPECT_LE(lags.back(), 1024);
  const auto octave = std::lower_bound(lags.begin(), lags.end(), 512) - std::lower_bound(lags.begin(), lags.end(), 256);
  EXPECT_NEAR(static_cast<double>(octave), 16, 1);
}

TEST(Correlations, IntervalsCoverFromTheScatterOverPaths) {
  for (const double share : coverage(.9, 1000, 32, 2)) {
    EXPECT_GE(share, .91);
  }
}

TEST(Correlations, IntervalsCoverFromSegmentsOfOnePath) {
  for (const double share : coverage(.9, 20000, 1, 3)) {
    EXPECT_GE(share, .90);
  }
}

TEST(Correlations, TimeOfIndependentValuesIsOne) {
  Random random(4);
  const Correlations found = correlations(autoregression(random, 0, 10000, 4));
  EXPECT_NEAR(found.time, 1, 3 * found.time_error);
  EXPECT_LT(found.time_error, .05);
  EXPECT_NEAR(found.effective, 40000, 40000 * .15);
}

TEST(Correlations, ThatOscillateAreSummedUntilTheyHaveDied) {
  // x of the rotation z ← e^(−γ + iω) z + noise: ρ = e^(−γk) cos ωk, whose sum is negative after two terms.
  Random random(5);
  std::normal_distribution<double> normal;
  constexpr double decay = .05;
  constexpr double turn = .5;
  Eigen::ArrayXXd x(5000, 40);
  for (Index path = 0; path < x.cols(); ++path) {
    double a = normal(random);
    double b = normal(random);
    for (Index t = 0; t < x.rows(); ++t) {
      x(t, path) = a;
      const double kept = std::exp(-decay);
      const double noise = std::sqrt(1 - kept * kept);
      const double next = kept * (std::cos(turn) * a - std::sin(turn) * b) + noise * normal(random);
      b = kept * (std::sin(turn) * a + std::cos(turn) * b) + noise * normal(random);
      a = next;
    }
  }
  const Correlations found = correlations(x);
  const double exact = std::sinh(decay) / (std::cosh(decay) - std::cos(turn));
  EXPECT_GT(found.window, 80);
  EXPECT_NEAR(found.time, exact, 3 * found.time_error);
  EXPECT_LT(found.time_error, .1 * exact);
  EXPECT_TRUE(found.reason.empty());
}

TEST(Correlations, LongerThanTheHistoryAreSaidToBe) {
  Random random(6);
  const Correlations found = correlations(autoregression(random, .999, 300, 20));
  EXPECT_TRUE(std::isinf(found.time_error));
  EXPECT_NE(found.reason.find("too short"), std::string::npos);
}

TEST(Correlations, DisplacementsOfARandomWalkGrowLinearly) {
  Random random(7);
  std::normal_distribution<double> normal;
  Eigen::ArrayXXd x(400, 64);
  x.row(0).setZero();
  for (Index t = 1; t < x.rows(); ++t) {
    x.row(t) = x.row(t - 1) + Eigen::ArrayXXd::NullaryExpr(1, 64, [&] { return normal(random); });
  }
  const Correlations found = correlations(x);
  for (std::size_t k = 1; k < found.lags.size(); ++k) {
    EXPECT_NEAR(found.displacement[k], static_cast<double>(found.lags[k]), 4 * found.displacement_error[k]);
  }
}

TEST(Correlations, OfAConstantHaveTimeOneAndNoError) {
  const Correlations found = correlations(Eigen::ArrayXXd::Constant(100, 9, .1));
  EXPECT_EQ(found.time, 1);
  EXPECT_EQ(found.time_error, 0);
  EXPECT_EQ(found.effective, 900);
  EXPECT_EQ(found.covariance[3], 0);
  EXPECT_EQ(found.error[3], 0);
}

TEST(Correlations, OfValuesThatAreNotFiniteAreNotNumbers) {
  Random random(8);
  Eigen::ArrayXXd x = autoregression(random, .5, 100, 9);
  x(4, 2) = -std::numeric_limits<double>::infinity();
  const Correlations found = correlations(x);
  EXPECT_TRUE(std::isnan(found.time));
  EXPECT_TRUE(std::isnan(found.covariance[1]));
  EXPECT_NE(found.reason.find("1 path"), std::string::npos);
  EXPECT_THROW(static_cast<void>(correlations(Eigen::ArrayXXd(0, 3))), core::InternalError);
}

TEST(Correlations, OfASingleRecordHaveNoTime) {
  const Correlations found = correlations(Eigen::ArrayXXd{{1, 2, 4}});
  EXPECT_EQ(found.lags.size(), 1U);
  EXPECT_TRUE(std::isinf(found.time_error));
}

}  // namespace
}  // namespace sgdflux::sample
