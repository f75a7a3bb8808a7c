#include <gtest/gtest.h>

#include <algorithm>

#include "sgdflux/core/errors.hpp"
#include "support/autoregression.hpp"

namespace sgdflux::sample {
namespace {

using test::autoregression;
using test::histogram_of;
using test::normal_cells;
using test::Random;

constexpr double reach = 4;

/// Share of p-values below `level`.
double share_below(const std::vector<double>& p, double level) {
  return static_cast<double>(std::count_if(p.begin(), p.end(), [&](double x) { return x < level; })) /
         static_cast<double>(p.size());
}

/// P-values of both tests on replicas of 64 paths in 32 groups.
struct Replicas {
  std::vector<double> chi;
  std::vector<double> kolmogorov;
  Replicas(double phi, Index records, Index cells, int count, unsigned seed) {
    Random random(seed);
    const Eigen::ArrayXd law = normal_cells(reach, cells);
    for (int replica = 0; replica < count; ++replica) {
      const Histogram found = histogram_of(autoregression(random, phi, records, 64), reach, cells, 32);
      chi.push_back(chi_squared(found, law).p_value);
      kolmogorov.push_back(kolmogorov_smirnov(found, law).p_value);
    }
  }
};

TEST(Histogram, SharesAreCountsOverAllValues) {
  const Histogram found = histogram(Counts{{1, 2}, {0, 3}, {4, 0}}, Totals{{8, 12}});
  EXPECT_DOUBLE_EQ(found.probability(0), .15);
  EXPECT_DOUBLE_EQ(found.probability(2), .2);
  EXPECT_DOUBLE_EQ(found.outside, .5);
}

TEST(Histogram, IntervalsOfCellsCover) {
  Random random(1);
  const Eigen::ArrayXd law = normal_cells(reach, 64);
  for (const double phi : {0., .9}) {
    test::Coverage cells;
    for (int replica = 0; replica < 200; ++replica) {
      const Histogram found = histogram_of(autoregression(random, phi, 100, 128), reach, 64, 32);
      for (Index cell = 0; cell < 64; ++cell) {
        if (law(cell) * found.effective > 10) {
          cells.add(found.probability(cell), found.error(cell), law(cell));
        }
      }
    }
    EXPECT_GE(cells.share(), .93) << phi;
    EXPECT_LE(cells.share(), .97) << phi;
  }
}

TEST(Histogram, InflationIsOneForIndependentValuesAndGrowsWithTheirCorrelation) {
  Random random(2);
  EXPECT_NEAR(histogram_of(autoregression(random, 0, 200, 128), reach, 64, 32).inflation, 1, .1);
  const Histogram one = histogram_of(autoregression(random, .95, 200, 128), reach, 64, 32);
  EXPECT_GT(one.inflation, 2);
  EXPECT_DOUBLE_EQ(one.effective, 200 * 128 / one.inflation);
}

TEST(Histogram, EmptyCellsHaveTheErrorOfOneEffectiveValue) {
  Random random(3);
  const Histogram found = histogram_of(autoregression(random, .9, 100, 64), 8, 64, 32);
  EXPECT_EQ(found.probability(0), 0);
  EXPECT_DOUBLE_EQ(found.error(0), found.inflation / 6400);
  EXPECT_GT(found.error.minCoeff(), 0);
}

TEST(Histogram, OfOneGroupHasNoErrors) {
  const Histogram found = histogram(Counts{{5}, {3}}, Totals::Constant(1, 8));
  EXPECT_TRUE(std::isnan(found.error(0)));
  EXPECT_TRUE(std::isnan(found.effective));
  EXPECT_TRUE(std::isnan(chi_squared(found, Eigen::Array2d(.5, .5)).p_value));
  EXPECT_TRUE(std::isnan(kolmogorov_smirnov(found, Eigen::Array2d(.5, .5)).p_value));
}

TEST(Histogram, EmptyGroupsChangeNothing) {
  const Histogram found = histogram(Counts{{5, 0, 9, 6}, {3, 0, 2, 4}}, Totals{{10, 0, 11, 12}});
  const Histogram same = histogram(Counts{{5, 9, 6}, {3, 2, 4}}, Totals{{10, 11, 12}});
  EXPECT_TRUE((found.error == same.error).all());
  EXPECT_EQ(found.inflation, same.inflation);
}

TEST(Histogram, RefusesWhatIsNone) {
  EXPECT_THROW(static_cast<void>(histogram(Counts::Zero(3, 2), Totals::Zero(2))), core::InternalError);
  EXPECT_THROW(static_cast<void>(histogram(Counts::Ones(3, 2), Totals::Ones(2))), core::InternalError);
  EXPECT_THROW(static_cast<void>(histogram(Counts::Ones(3, 2), Totals::Constant(3, 9))), core::InternalError);
  const Histogram found = histogram(Counts::Ones(3, 2), Totals::Constant(2, 9));
  EXPECT_THROW(static_cast<void>(chi_squared(found, Eigen::ArrayXd::Ones(3))), core::InternalError);
  EXPECT_THROW(static_cast<void>(kolmogorov_smirnov(found, Eigen::ArrayXd::Zero(2))), core::InternalError);
}

TEST(ChiSquared, PValuesOfIndependentValuesAreUniform) {
  const Replicas found(0, 100, 64, 600, 4);
  EXPECT_NEAR(share_below(found.chi, .05), .04, .02);
  EXPECT_NEAR(share_below(found.chi, .5), .47, .05);
}

TEST(ChiSquared, PValuesOfCorrelatedValuesAreUniformToo) {
  const Replicas found(.9, 200, 64, 600, 5);
  EXPECT_LE(share_below(found.chi, .001), .005);
  EXPECT_NEAR(share_below(found.chi, .05), .05, .02);
  EXPECT_NEAR(share_below(found.chi, .5), .5, .05);
}

TEST(KolmogorovSmirnov, PValuesAreUniformOnFineCellsAndNotTooSmallForCorrelatedValues) {
  const Replicas fine(0, 20, 1024, 400, 6);
  EXPECT_NEAR(share_below(fine.kolmogorov, .05), .05, .03);
  EXPECT_NEAR(share_below(fine.kolmogorov, .5), .45, .08);
  const Replicas correlated(.9, 200, 64, 300, 7);
  EXPECT_LE(share_below(correlated.kolmogorov, .05), .06);
}

TEST(Goodness, PValuesAreTinyForAShiftedLawAndForAWiderOne) {
  Random random(8);
  const Eigen::ArrayXXd x = autoregression(random, .9, 1000, 64);
  const Eigen::ArrayXd law = normal_cells(reach, 64);
  for (const Histogram& found : {histogram_of(x + .2, reach, 64, 32), histogram_of(1.2 * x, reach, 64, 32)}) {
    EXPECT_LT(chi_squared(found, law).p_value, 1e-6);
  }
  EXPECT_LT(kolmogorov_smirnov(histogram_of(x + .2, reach, 64, 32), law).p_value, 1e-5);
}

TEST(ChiSquared, MergesCellsToEqualBinsThatExpectEnough) {
  Random random(9);
  const Eigen::ArrayXd law = normal_cells(reach, 256);
  EXPECT_NEAR(chi_squared(histogram_of(autoregression(random, 0, 100, 64), reach, 256, 32), law).bins, 32, 2);
  const int few = chi_squared(histogram_of(autoregression(random, 0, 2, 64), reach, 256, 32), law).bins;
  EXPECT_LE(few, 12);
  EXPECT_GE(few, 8);
}

TEST(ChiSquared, HasNoAnswerWhenTooFewValuesFillTwoBins) {
  Random random(11);
  const Histogram found = histogram_of(autoregression(random, 0, 1, 16), reach, 64, 16);
  EXPECT_TRUE(std::isnan(chi_squared(found, normal_cells(reach, 64)).p_value));
}

TEST(ChiSquared, SeesValuesOutsideOfAllCells) {
  Random random(10);
  const Eigen::ArrayXXd x = autoregression(random, 0, 100, 64);
  EXPECT_GT(chi_squared(histogram_of(x, 1, 32, 32), normal_cells(1, 32)).p_value, 1e-3);
  Eigen::ArrayXd inside = normal_cells(1, 32);
  inside /= inside.sum();
  EXPECT_LT(chi_squared(histogram_of(x, 1, 32, 32), inside).p_value, 1e-9);
}

}  // namespace
}  // namespace sgdflux::sample
