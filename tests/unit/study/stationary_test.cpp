/// What a study decides and promises besides the solve: schemes, meshes, verdicts, error estimates.
#include "sgdflux/study/stationary.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/gibbs.hpp"
#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

using test::has;
using test::make_model;
using test::study_of;

std::unique_ptr<model::Sde> relaxation() {
  return make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "2"}, {"noise_matrix", "1"}, {"center", "0.5"}});
}

std::unique_ptr<model::Sde> well(const char* noise) {
  return make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", noise}});
}

TEST(StationaryOptions, NameAxesThatDoNotFit) {
  const auto sde = make_model({{"name", "momentum-regression"}});
  StationaryOptions options;
  options.mesh = {mesh::parse_axis("theta", "auto 40")};
  EXPECT_TRUE(has(test::error_of([&] { options.validate(*sde); }), "1 axes for 2 variables"));
  options.mesh = {mesh::parse_axis("theta", "auto 40"), mesh::parse_axis("w", "auto 40")};
  EXPECT_TRUE(has(test::error_of([&] { options.validate(*sde); }), "'w'"));
  options.mesh[1].name = "v";
  options.damping = 1.5;
  EXPECT_TRUE(has(test::error_of([&] { options.validate(*sde); }), "damping"));
  options.damping = -1;
  options.flux = "order7";
  EXPECT_TRUE(has(test::error_of([&] { options.validate(*sde); }), "order7"));
  options.flux = "auto";
  options.max_cells = 15;
  EXPECT_TRUE(has(test::error_of([&] { options.validate(*sde); }), "max_cells"));
  options.max_cells = 1000;
  for (const double tolerance : {1e-13, 0., -1., 1.}) {
    options.tolerance = tolerance;
    EXPECT_TRUE(has(test::error_of([&] { options.validate(*sde); }), "scheme.tolerance")) << tolerance;
  }
}

TEST(Stationary, RefusesGridsThatDoNotFitInMemoryBeforeAllocatingThem) {
  const auto sde = make_model({{"name", "momentum-regression"}});
  StationaryOptions options;
  options.mesh = test::make_mesh(*sde, {"linear(-1, 1) 20000", "linear(-1, 1) 20000"});
  options.memory_limit = 2e9;
  const std::string message = test::error_of([&] { static_cast<void>(stationary(MPI_COMM_SELF, *sde, options)); });
  EXPECT_TRUE(has(message, "memory")) << message;
}

TEST(Stationary, ChoosesTheFluxThatFitsAndSaysWhy) {
  const auto one = study_of(*relaxation(), {"auto 60"});
  EXPECT_EQ(one.flux, "exact");
  EXPECT_FALSE(one.why.empty());
  const auto two =
      study_of(*make_model({{"name", "momentum-regression"}}), {"auto 24", "auto 24"}, {"auto", -1, false});
  EXPECT_EQ(two.flux, "order8");
  EXPECT_EQ(two.damping, 1);
  EXPECT_FALSE(two.why.empty());
}

TEST(Stationary, RefusesTheExactFluxInTwoVariables) {
  const auto sde = make_model({{"name", "momentum-regression"}});
  EXPECT_TRUE(has(test::error_of([&] {
                    static_cast<void>(study_of(*sde, {"auto 24", "auto 24"}, {"exact"}));
                  }),
                  "one variable"));
}

TEST(Stationary, ReportsEveryQuantityWithAnErrorThatCoversIt) {
  const auto sde = relaxation();
  for (const char* flux : {"exact", "order2", "order4", "order8", "monotone"}) {
    const auto answer = study_of(*sde, {"auto 48"}, {flux}, {{*sde, "square", "x1^2"}, {*sde, "wave", "cos(x1)"}});
    ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
    test::expect_covered(answer, "mean.x1", .5);
    test::expect_covered(answer, "cov.x1.x1", .25);
    test::expect_covered(answer, "mode.x1", .5);
    test::expect_covered(answer, "square", .5);
    test::expect_covered(answer, "wave", std::cos(.5) * std::exp(-.125));
  }
}

TEST(Stationary, ErrorsCoverTheTruthOfANonlinearOscillator) {
  const auto sde = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "-x - x^3 - v"}, {"noise.v.1", "1"}});
  const theory::KineticGibbsLaw law([](double x) { return x * x / 2 + x * x * x * x / 4; }, .5);
  const double variance = law.position().mean([](double x) { return x * x; });
  const double kurtosis = law.position().mean([](double x) { return x * x * x * x; });
  for (const char* flux : {"order2", "order4", "order6", "order8", "monotone"}) {
    const auto answer = study_of(*sde, {"linear(-2.7, 2.7) 40", "linear(-5, 5) 40"}, {flux}, {{*sde, "fourth", "x^4"}});
    test::expect_covered(answer, "cov.x.x", variance);
    test::expect_covered(answer, "cov.v.v", .5);
    test::expect_covered(answer, "cov.x.v", 0);
    test::expect_covered(answer, "fourth", kurtosis);
  }
}

TEST(Stationary, ErrorsCoverWhatATightMeshCutsOff) {
  const auto answer = study_of(*relaxation(), {"linear(-1, 2) 200"});
  test::expect_covered(answer, "cov.x1.x1", .25);
  EXPECT_GT(answer.audit.outside_mass, 1e-3);
}

TEST(Stationary, DoesNotCountAWallAsTruncation) {
  // Uniform density between two walls.
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  const auto answer = study_of(*sde, {"linear(0, 3) 90 reflecting reflecting"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_EQ(answer.audit.outside_mass, 0);
  test::expect_covered(answer, "mean.x", 1.5);
  test::expect_covered(answer, "cov.x.x", .75);
}

TEST(Stationary, WithoutConfinementIsRefused) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  for (const char* axis : {"linear(-3, 3) 50", "auto 50"}) {
    const auto answer = study_of(*sde, {axis});
    EXPECT_EQ(answer.verdict, Verdict::no_stationary_density) << axis;
    EXPECT_FALSE(answer.reason.empty());
  }
}

TEST(Stationary, WithAnAbsorbingWallIsRefused) {
  const auto answer = study_of(*relaxation(), {"linear(-1, 2) 50 absorbing"});
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(has(answer.reason, "absorbs")) << answer.reason;
}

TEST(Stationary, OfWellsThatNeverMixNamesSeveralComponents) {
  const auto answer = study_of(*well("sqrt(2*0.00025)"), {"linear(-1.4, 1.4) 300"});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
  EXPECT_EQ(exit_code(answer.verdict), core::ExitCode::no_answer);
  EXPECT_FALSE(answer.reason.empty());
}

TEST(Stationary, OfWellsThatMixIsOneDensity) {
  const auto answer = study_of(*well("0.5"), {"auto 200"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  test::expect_covered(answer, "mean.x", 0);
}

TEST(Stationary, NotesThatErrorsAreMissingWhenTheyAreNotEstimated) {
  const auto answer = study_of(*relaxation(), {"auto 60"}, {"exact", -1, false});
  ASSERT_FALSE(answer.remarks.empty());
  EXPECT_TRUE(has(answer.remarks.back(), "estimate"));
}

TEST(Stationary, TellsItsProgress) {
  const auto sde = relaxation();
  StationaryOptions options;
  options.mesh = test::make_mesh(*sde, {"auto 40"});
  std::vector<double> done;
  options.progress = [&](const std::string& phase, double share) {
    EXPECT_FALSE(phase.empty());
    done.push_back(share);
  };
  static_cast<void>(stationary(MPI_COMM_SELF, *sde, options));
  ASSERT_GT(done.size(), 2U);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.back(), 1);
}

TEST(Stationary, AutomaticBoxHoldsANonlinearDensityInTwoVariables) {
  const auto sde = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "x - x^3 - v"}, {"noise.v.1", "0.7"}});
  const auto answer = study_of(*sde, {"auto 64", "auto 64"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_LT(answer.audit.outside_mass, 1e-8);
  const theory::KineticGibbsLaw law([](double x) { return -x * x / 2 + x * x * x * x / 4; }, .245, 1);
  test::expect_covered(answer, "cov.x.x", law.position().mean([](double x) { return x * x; }));
  EXPECT_NEAR(test::value(answer, "cov.v.v"), .245, 1e-4);
}

std::unique_ptr<model::Sde> line_model(const std::string& drift, const std::string& noise,
                                       const std::string& domain = "") {
  test::Lines settings{{"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", noise}};
  if (!domain.empty()) {
    settings.emplace_back("domain.x", domain);
  }
  return test::make_model(settings);
}

TEST(AutomaticLine, FindsNarrowDensitiesFarFromTheTypicalPoint) {
  const auto narrow = test::study_of(*line_model("-(x-3.7123)", "1e-6"), {"auto 200"});
  ASSERT_EQ(narrow.verdict, Verdict::converged) << narrow.reason;
  EXPECT_NEAR(test::value(narrow, "cov.x.x"), 5e-13, 1e-20);
  const auto far = test::study_of(*line_model("-(x-3e9)", "1"), {"auto 200"});
  EXPECT_NEAR(test::value(far, "mean.x"), 3e9, 1e-3);
}

TEST(AutomaticLine, PutsAWallAtTheEndOfTheNaturalDomain) {
  const auto answer = test::study_of(*line_model("-1", "1", "0 inf"), {"auto 800 reflecting truncated"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_EQ(answer.mesh[0].arguments[0], 0);
  test::expect_covered(answer, "mean.x", .5);
  const std::string message = test::error_of(
      [] { static_cast<void>(test::study_of(*line_model("-1", "1"), {"auto 800 reflecting truncated"})); });
  EXPECT_NE(message.find("needs a position"), std::string::npos) << message;
}

TEST(Stationary, RefusesAMeshThatLeavesTheModelsDomain) {
  const std::string message = test::error_of(
      [] { static_cast<void>(test::study_of(*line_model("1/x-x", "1", "0 inf"), {"linear(-3, 3) 101"})); });
  EXPECT_NE(message.find("leaves the model's domain of x"), std::string::npos) << message;
}

TEST(Stationary, FewCellsStillGetAnErrorThatCovers) {
  const auto answer = test::study_of(*line_model("-(x-0.3)^3", "1"), {"linear(-2, 3) 4 reflecting"});
  test::expect_covered(answer, "mean.x", .3);
}

TEST(Stationary, TheModeOfARingMayLieOnItsCut) {
  const auto answer = test::study_of(*line_model("-sin(x)", "1"), {"linear(0, 2*pi) 100 periodic"});
  EXPECT_NEAR(std::cos(test::value(answer, "mode.x")), 1, 1e-12);
}

TEST(Stationary, ErrorsOfFormulasWithKinksAndOfTruncatedCurrentsCover) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 1"}, {"noise_matrix", "1 0; 0 1"}});
  const auto answer = test::study_of(*sde, {"linear(-2.1, 2.1) 64", "linear(-2.1, 2.1) 64"});
  const core::Estimate& rate = answer.current.quantities.at("entropy_production");
  EXPECT_LE(std::abs(*rate.value - 2), *rate.error);
  const std::vector<model::Observable> kink{{*sde, "kink", "abs(x1-0.1)"}};
  const auto wide = test::study_of(*sde, {"auto 64", "auto 64"}, {}, kink);
  // E|x − c| for a normal x of variance ½.
  const double truth = std::exp(-.01) / std::sqrt(M_PI) + .1 * std::erf(.1);
  test::expect_covered(wide, "kink", truth);
}

TEST(Verdicts, HaveTheWordsAndCodesOfTheReport) {
  EXPECT_EQ(to_string(Verdict::converged), "converged");
  EXPECT_EQ(to_string(Verdict::not_converged), "not-converged");
  EXPECT_EQ(to_string(Verdict::no_stationary_density), "no-stationary-density");
  EXPECT_EQ(to_string(Verdict::several_ergodic_components), "several-ergodic-components");
  EXPECT_EQ(exit_code(Verdict::converged), core::ExitCode::done);
  EXPECT_EQ(exit_code(Verdict::not_converged), core::ExitCode::not_converged);
  EXPECT_EQ(exit_code(Verdict::no_stationary_density), core::ExitCode::no_answer);
}

/// With truncated ends a box holds some density even of what spreads without end.
TEST(Stationary, RefusesALinearDriftThatDoesNotPullBackOnAGivenMesh) {
  const auto sde = test::make_model(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "-0.05 0; 0 1"}, {"noise_matrix", "1 0; 0 1"}});
  const auto answer = test::study_of(*sde, {"linear(-6, 6) 32", "linear(-4, 4) 24"});
  EXPECT_EQ(answer.verdict, study::Verdict::no_stationary_density);
  EXPECT_TRUE(test::has(answer.reason, "pull back")) << answer.reason;
}

}  // namespace
}  // namespace sgdflux::study
