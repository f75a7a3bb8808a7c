/// Automatic meshes and their target: cells are added until the error estimates meet it, or the answer says what
/// stopped that.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/gibbs.hpp"
#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

using test::has;
using test::make_model;
using test::study_of;
using test::StudySetup;

/// Kinetic motion in x⁴/4 − x²/2 at this temperature; at .05 the wells are three widths apart.
std::unique_ptr<model::Sde> wells(double temperature) {
  return make_model({{"name", "formula"},
                     {"variables", "x v"},
                     {"drift.x", "v"},
                     {"drift.v", "x - x^3 - v"},
                     {"noise.v.1", "sqrt(2*" + test::number(temperature) + ")"}});
}

double variance_of_wells(double temperature) {
  const theory::GibbsLaw law([](double x) { return x * x * x * x / 4 - x * x / 2; }, temperature);
  return law.mean([](double x) { return x * x; });
}

StudySetup demanding(double tolerance, core::Index max_cells = 4000000) {
  StudySetup setup;
  setup.tolerance = tolerance;
  setup.max_cells = max_cells;
  return setup;
}

core::Index cells_of(const Answer& answer) {
  core::Index cells = 1;
  for (const auto& axis : answer.mesh) {
    cells *= axis.cells;
  }
  return cells;
}

TEST(Tolerance, ThatTheFirstMeshMeetsCostsNothing) {
  const auto answer = study_of(*make_model({{"name", "momentum-regression"}}), {"auto 64", "auto 64"});
  ASSERT_TRUE(answer.accuracy);
  EXPECT_TRUE(answer.accuracy->reached);
  EXPECT_EQ(answer.accuracy->rounds, 0);
  EXPECT_EQ(answer.accuracy->stopped_by, "");
  EXPECT_EQ(cells_of(answer), 64 * 64);
}

TEST(Tolerance, AddsCellsUntilTheErrorsMeetIt) {
  for (const double tolerance : {1e-4, 1e-8}) {
    const auto answer = study_of(*wells(.1), {"auto 32", "auto 32"}, demanding(tolerance));
    ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
    ASSERT_TRUE(answer.accuracy);
    EXPECT_TRUE(answer.accuracy->reached);
    EXPECT_GE(answer.accuracy->rounds, 1);
    EXPECT_LE(answer.accuracy->relative, tolerance);
    const double variance = variance_of_wells(.1);
    EXPECT_LE(*answer.observables.at("cov.x.x").error, 1.01 * tolerance * variance);
    test::expect_covered(answer, "cov.x.x", variance);
    test::expect_covered(answer, "cov.v.v", .1);
  }
}

TEST(Tolerance, StopsAtMaxCellsWithTheBestAnswerSoFar) {
  const auto answer = study_of(*wells(.1), {"auto 24", "auto 24"}, demanding(1e-8, 1000));
  EXPECT_EQ(answer.verdict, Verdict::not_converged);
  ASSERT_TRUE(answer.accuracy);
  EXPECT_EQ(answer.accuracy->stopped_by, "max_cells");
  EXPECT_LE(cells_of(answer), 1000);
  EXPECT_TRUE(has(answer.reason, answer.accuracy->largest)) << answer.reason;
  EXPECT_TRUE(has(answer.reason, "max_cells")) << answer.reason;
  EXPECT_FALSE(answer.observables.empty());
}

TEST(Tolerance, OfALimitBelowTheFirstMeshBeginsWithFewerCellsAndSaysSo) {
  const auto answer =
      study_of(*make_model({{"name", "momentum-regression"}}), {"auto 64", "auto 64"}, {"auto", -1, true, {}, 2500});
  EXPECT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_LE(cells_of(answer), 2500);
  ASSERT_FALSE(answer.remarks.empty());
  EXPECT_TRUE(has(answer.remarks.front(), "max_cells"));
}

TEST(Tolerance, ThatNobodyDemandedIsARemarkWhenAnOrderAskedForCannotMeetIt) {
  const auto wished = study_of(*wells(.245), {"auto 40", "auto 40"}, {"order2"});
  EXPECT_EQ(wished.verdict, Verdict::converged) << wished.reason;
  ASSERT_TRUE(wished.accuracy);
  EXPECT_FALSE(wished.accuracy->reached);
  EXPECT_EQ(wished.accuracy->rounds, 0) << "the order of the scheme tells that a moderate effort does not suffice";
  EXPECT_EQ(wished.accuracy->stopped_by, "effort");
  EXPECT_TRUE(has(wished.remarks.back(), "tolerance"));
  auto setup = demanding(1e-6, 5000);
  setup.flux = "order2";
  EXPECT_EQ(study_of(*wells(.245), {"auto 40", "auto 40"}, setup).verdict, Verdict::not_converged);
}

TEST(Tolerance, LeavesMeshesWithBoundsAlone) {
  const auto answer = study_of(*wells(.245), {"linear(-2.5, 2.5) 30", "linear(-3.4, 3.4) 30"}, demanding(1e-10));
  EXPECT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_FALSE(answer.accuracy);
  EXPECT_EQ(cells_of(answer), 900);
}

TEST(Tolerance, NearRoundingIsMissedNamingRounding) {
  const auto sde = make_model({{"name", "diagonal-network"},
                               {"T", "0.2"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  const auto answer = study_of(*sde, {"auto 800"}, demanding(1e-12));
  EXPECT_EQ(answer.verdict, Verdict::not_converged);
  EXPECT_EQ(answer.accuracy->stopped_by, "rounding");
  EXPECT_EQ(answer.accuracy->rounds, 0) << "more cells make rounding worse";
}

TEST(Tolerance, TurnsAMeshOfAFewCellsInOneVariableIntoOneThatResolves) {
  const auto sde = make_model({{"name", "diagonal-network"},
                               {"T", "0.3"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  const auto answer = study_of(*sde, {"auto 24"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_TRUE(answer.accuracy->reached);
  EXPECT_NEAR(test::value(answer, "mean.v"), .182091573, 1e-9);
}

}  // namespace
}  // namespace sgdflux::study
