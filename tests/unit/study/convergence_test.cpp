/// How errors follow from sequences of grids, and that the errors of densities cover.
#include "study/convergence.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/study/stationary.hpp"
#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

using test::make_model;
using test::study_of;

/// Estimated error over the true one of a quantity with the error e(N) on N cells.
template <class Error>
double estimate_over_error(const Error& e, double cells, double order_ratio, bool exponential = false) {
  const double change = std::abs(e(cells) - e(.7 * cells));
  const double before = std::abs(e(.7 * cells) - e(.49 * cells));
  return sequence_error(change, before, next_ratio(change / before, order_ratio, exponential)) / std::abs(e(cells));
}

TEST(SequenceError, IsThreeTimesTheErrorOfASchemeThatConvergesAtItsOrder) {
  for (const int order : {1, 2, 4, 8}) {
    const auto e = [&](double n) { return 3 * std::pow(n, -order); };
    EXPECT_NEAR(estimate_over_error(e, 50, std::pow(.7, order)), 3, 1e-9) << order;
  }
}

TEST(SequenceError, CoversSlowConvergence) {
  const auto e = [](double n) { return 1 / std::sqrt(n); };
  EXPECT_NEAR(estimate_over_error(e, 50, std::pow(.7, 8)), 2.34, .01);
}

TEST(SequenceError, FollowsExponentialConvergence) {
  const auto e = [](double n) { return std::exp(-.4 * n); };
  const double ratio = estimate_over_error(e, 40, std::pow(.7, 8), true);
  EXPECT_GT(ratio, 2);
  EXPECT_LT(ratio, 30) << "the difference of two grids alone would be 120 times the error";
}

TEST(SequenceError, KnowsThatTheOrderOfTheSchemeWaitsBelowFastConvergence) {
  // 40 cells are where the exponential part has gone far below the algebraic one.
  const auto e = [](double n) { return std::exp(-.8 * n) + 3e-12 * std::pow(40 / n, 8); };
  EXPECT_GT(estimate_over_error(e, 40, std::pow(.7, 8)), 1);
  EXPECT_LT(estimate_over_error(e, 40, std::pow(.7, 8), true), 1) << "only where nothing waits";
}

TEST(SequenceError, IsNotFooledByTwoGridsThatAgreeByAccident) {
  // Error 1 on the first grid and nearly 1 on the second; 10 on the third.
  EXPECT_GT(sequence_error(1e-9, 9, .1), .1);
}

double l1_of(const StationaryAnswer& answer) {
  return answer.reference && answer.reference->l1 ? *answer.reference->l1 : -1;
}

TEST(DensityError, CoversTheDistanceToTheExactDensity) {
  const auto rotating =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 1.5"}, {"noise_matrix", "1 0; 0 .7"}});
  const auto inertial = make_model({{"name", "momentum-regression"}, {"eta", ".1"}, {"beta", ".6"}});
  for (const model::Sde* sde : {rotating.get(), inertial.get()}) {
    for (const char* flux : {"order2", "order4", "order6", "order8", "monotone"}) {
      const auto answer = study_of(*sde, {"auto 40", "auto 40"}, {flux});
      ASSERT_TRUE(answer.density_error) << flux;
      EXPECT_LE(l1_of(answer), *answer.density_error) << flux;
      EXPECT_LE(*answer.density_error, 40 * l1_of(answer)) << flux;
    }
  }
}

TEST(DensityError, CoversWhatAShortMeshCutsOff) {
  const auto sde =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1.4142135623730951"}});
  for (const char* line : {"linear(-1.5, 1.5) 60", "linear(-3, 3) 60", "linear(-5, 2) 60"}) {
    const auto answer = study_of(*sde, {line});
    ASSERT_TRUE(answer.density_error) << line;
    EXPECT_LE(l1_of(answer), *answer.density_error) << line;
    EXPECT_LE(*answer.density_error, 10 * l1_of(answer)) << line;
  }
}

TEST(DensityError, OfTheExactFluxIsThatOfTheNormalisation) {
  const auto sde = make_model({{"name", "diagonal-network"}, {"T", "0.1"}});
  const auto answer = study_of(*sde, {"auto 200"});
  ASSERT_TRUE(answer.density_error);
  EXPECT_LE(l1_of(answer), *answer.density_error);
  EXPECT_LT(*answer.density_error, 1e-11);
}

TEST(DensityError, WithoutEstimatesHoldsTruncationAndSolver) {
  const auto sde = make_model({{"name", "momentum-regression"}});
  const auto with = study_of(*sde, {"auto 24", "auto 24"});
  const auto without = study_of(*sde, {"auto 24", "auto 24"}, {"auto", -1, false});
  ASSERT_TRUE(with.density_error && without.density_error);
  EXPECT_LT(*without.density_error, *with.density_error);
  EXPECT_GT(*without.density_error, 0);
}

}  // namespace
}  // namespace sgdflux::study
