#include "sgdflux/sample/tally.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sgdflux/core/errors.hpp"
#include "support/autoregression.hpp"

namespace sgdflux::sample {
namespace {

TallyLayout two_columns() { return {{"x", "y"}, {{0, 0}, {0, 1}}, Eigen::Array2d(.3, -2)}; }

Batch record(test::Random& random, Index paths) {
  std::normal_distribution<double> normal;
  return Batch::NullaryExpr(paths, 2, [&] { return normal(random); });
}

/// Nine records of 37 paths in three blocks, added in batches of at most `width` paths.
Tally filled(Index width) {
  test::Random random(1);
  Tally tally(two_columns(), 100, 37, 3);
  for (int t = 0; t < 9; ++t) {
    const Batch values = record(random, 37);
    for (Index from = 0; from < 37; from += width) {
      tally.add(t / 3, 100 + from, values.middleRows(from, std::min(width, 37 - from)));
    }
  }
  return tally;
}

TEST(Tally, SumsAreTheSameBitsHoweverPathsAreGrouped) {
  const Tally whole = filled(37);
  for (const Index width : {1, 7, 8, 36}) {
    const Tally parts = filled(width);
    for (int block = 0; block < 3; ++block) {
      EXPECT_TRUE((parts.sums(block) == whole.sums(block)).all()) << width;
      EXPECT_EQ(parts.records(block), 3) << width;
    }
  }
}

TEST(Tally, HoldsShiftedSumsAndProductsOfEveryPath) {
  Tally tally(two_columns(), 0, 2, 1);
  const Batch first{{1.3, -1}, {.3, 0}};
  const Batch second{{2.3, -2}, {-.7, -4}};
  tally.add(0, 0, first);
  tally.add(0, 0, second);
  const Batch expected{{3, 1, 5, 1}, {-1, 0, 1, 2}};  // x, y, xx, xy about (.3, −2)
  EXPECT_LT((tally.sums(0) - expected).abs().maxCoeff(), 1e-15);
  EXPECT_EQ(tally.records(0), 2);
}

TEST(Tally, RefusesWhatDoesNotFit) {
  Tally tally(two_columns(), 5, 3, 2);
  EXPECT_THROW(tally.add(2, 5, Batch::Zero(3, 2)), core::InternalError);
  EXPECT_THROW(tally.add(0, 4, Batch::Zero(3, 2)), core::InternalError);
  EXPECT_THROW(tally.add(0, 6, Batch::Zero(3, 2)), core::InternalError);
  EXPECT_THROW(tally.add(0, 5, Batch::Zero(3, 1)), core::InternalError);
  EXPECT_THROW(Tally({{"x"}, {{0, 1}}, Eigen::ArrayXd::Zero(1)}, 0, 1, 1), core::InternalError);
  EXPECT_THROW(Tally({{"x"}, {}, Eigen::ArrayXd::Zero(0)}, 0, 1, 1), core::InternalError);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(Tally({{"x"}, {}, Eigen::ArrayXd::Constant(1, nan)}, 0, 1, 1), core::InternalError);
}

}  // namespace
}  // namespace sgdflux::sample
