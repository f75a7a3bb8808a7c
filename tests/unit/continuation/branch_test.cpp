/// Whole branches on one rank.
#include "sgdflux/continuation/branch.hpp"

#include <cmath>

#include "sgdflux/theory/kunin_2021.hpp"
#include "support/continuing.hpp"
#include "support/studying.hpp"

namespace sgdflux {
namespace {

using continuation::Branch;

continuation::Options over(double from, double to) {
  continuation::Options options;
  options.from = from;
  options.to = to;
  options.events = {"normalisability", "origin-diverges", "mode-appears", "mode-vanishes"};
  options.sensitivities = false;
  options.stationary.estimate = false;
  return options;
}

Branch follow(const continuation::Family& family, const continuation::Options& options, Branch earlier = {}) {
  return continuation::follow(MPI_COMM_SELF, family, options, {}, std::move(earlier));
}

std::vector<double> parameters(const Branch& branch) {
  std::vector<double> values;
  for (const auto& point : branch.points) {
    values.push_back(point.parameter);
  }
  return values;
}

double observed(const continuation::Point& point, const std::string& name) {
  return point.answer.observables.at(name).value.value();
}

TEST(Branch, FindsTheThreeTemperaturesOfTheNetworkInOneRunInBothDirections) {
  const auto family = test::teacher_family(1, 1);
  const auto moments = theory::DataMoments::linear_teacher(1, 1);
  const Branch up = follow(family, over(0.05, 0.36));
  ASSERT_EQ(up.events.size(), 3U);
  EXPECT_EQ(up.events[0].kind, "origin-diverges");
  EXPECT_EQ(up.events[1].kind, "mode-vanishes");
  EXPECT_EQ(up.events[2].kind, "normalisability");
  EXPECT_NEAR(up.events[0].value, theory::origin_temperature(moments), 1e-8);
  EXPECT_NEAR(up.events[1].value, theory::mode_vanishing_temperature(moments).value(), 1e-8);
  EXPECT_NEAR(up.events[2].value, theory::critical_temperature(moments), 1e-8);
  EXPECT_EQ(up.points.front().parameter, 0.05);
  EXPECT_EQ(up.points.back().parameter, 0.36);
  const Branch down = follow(family, over(0.3, 0.15));
  ASSERT_EQ(down.events.size(), 1U);
  EXPECT_EQ(down.events[0].kind, "mode-appears");
  EXPECT_NEAR(down.events[0].value, up.events[1].value, 1e-8);
}

TEST(Branch, StepsKeepTheDistanceOfNeighbouringDensities) {
  auto options = over(0.02, 0.3);
  options.change = 0.05;
  const auto family = test::teacher_family(1, 1);
  const Branch branch = follow(family, options);
  const auto make = test::prober(family);
  for (std::size_t i = 1; i < branch.points.size(); ++i) {
    EXPECT_LE(std::abs(observed(branch.points[i], "mean.v") - observed(branch.points[i - 1], "mean.v")), 0.1);
  }
  options.change = 0.2;
  EXPECT_LT(follow(family, options).points.size(), 0.6 * static_cast<double>(branch.points.size()));
}

TEST(Branch, EndsWithTheEventThatItIsToldToStopAt) {
  auto options = over(0.05, 0.36);
  options.stop = {"mode-vanishes"};
  const Branch branch = follow(test::teacher_family(1, 1), options);
  ASSERT_FALSE(branch.events.empty());
  EXPECT_EQ(branch.events.back().kind, "mode-vanishes");
  EXPECT_LT(branch.points.back().parameter, 0.3);
  EXPECT_TRUE(test::has(branch.ended, "mode-vanishes")) << branch.ended;
}

TEST(Branch, EndsWhereTheParametersRangeDoesAndSaysSo) {
  const auto family = test::make_family({{"model.name", "momentum-regression"}, {"model.rho", "1"}}, "model.beta",
                                        {"auto 24", "auto 24"});
  auto options = over(0.7, 1.2);
  options.max_step = 0.1;
  options.min_step = 0.02;
  const Branch branch = follow(family, options);
  EXPECT_LT(branch.points.back().parameter, 1);
  EXPECT_GT(branch.points.back().parameter, 0.9);
  EXPECT_TRUE(test::has(branch.ended, "beta")) << branch.ended;
}

/// A generator that kept values of the point before would give that point's numbers: every point must be that of its
/// own parameter, with factors of others at work.
TEST(Branch, EveryPointIsThatOfItsOwnParameter) {
  const auto family =
      test::make_family({{"model.name", "momentum-regression"}, {"model.rho", "1"}, {"model.eta", "0.1"}},
                        "model.sigma2", {"linear(-1.5, 1.5) 48", "linear(-5, 5) 48"});
  auto options = over(1, 2);
  options.step = 0.1;
  options.max_step = 0.1;
  const Branch branch = follow(family, options);
  ASSERT_EQ(branch.points.size(), 11U);
  EXPECT_GE(branch.solves.warm, 5);
  for (const auto& point : branch.points) {
    const auto exact = theory::MomentumRegression{0.1, 0.9, 32, 0, point.parameter}.position_variance(1);
    EXPECT_NEAR(observed(point, "cov.theta.theta") / exact, 1, 1e-8) << point.parameter;
  }
}

TEST(Branch, GoesOnFromWhereAnEarlierRunEnded) {
  const auto family = test::teacher_family(1, 1);
  const Branch whole = follow(family, over(0.05, 0.25));
  auto options = over(0.05, 0.25);
  // The same steps up to the middle, as if the run had been cut there.
  Branch cut;
  const continuation::Observer keep = [&](const Branch& so_far, const continuation::Point&) {
    if (so_far.points.size() == 5) {
      cut = so_far;
    }
  };
  static_cast<void>(continuation::follow(MPI_COMM_SELF, family, options, keep));
  ASSERT_EQ(cut.points.size(), 5U);
  const Branch resumed = follow(family, options, cut);
  ASSERT_EQ(parameters(resumed), parameters(whole));
  ASSERT_EQ(resumed.events.size(), whole.events.size());
  for (std::size_t i = 0; i < whole.events.size(); ++i) {
    EXPECT_NEAR(resumed.events[i].value, whole.events[i].value, 1e-10);
  }
  for (std::size_t i = 5; i < whole.points.size(); ++i) {
    EXPECT_NEAR(observed(resumed.points[i], "mean.v"), observed(whole.points[i], "mean.v"), 1e-10);
  }
}

TEST(Branch, AFinishedOneIsRefinedByASmallerLargestStep) {
  const auto family = test::teacher_family(1, 1);
  auto options = over(0.05, 0.15);
  const Branch coarse = follow(family, options);
  options.max_step = 0.004;
  const Branch fine = follow(family, options, coarse);
  EXPECT_GT(fine.points.size(), coarse.points.size());
  for (std::size_t i = 1; i < fine.points.size(); ++i) {
    EXPECT_LE(fine.points[i].parameter - fine.points[i - 1].parameter, 0.004 * (1 + 1e-9));
    EXPECT_GT(fine.points[i].parameter, fine.points[i - 1].parameter);
  }
  EXPECT_EQ(fine.events.size(), coarse.events.size());
}

TEST(Branch, PointsWithoutADensityAreNoFailureUnlessAllAre) {
  const auto family = test::teacher_family(1, 1);
  EXPECT_EQ(continuation::judge(follow(family, over(0.3, 0.36))).verdict, study::Verdict::converged);
  const auto none = continuation::judge(follow(family, over(0.35, 0.36)));
  EXPECT_EQ(none.verdict, study::Verdict::no_stationary_density);
  EXPECT_FALSE(none.reason.empty());
}

TEST(Branch, SensitivitiesAreTheSlopesOfItsOwnCurves) {
  auto options = over(0.1, 0.101);
  options.sensitivities = true;
  options.step = 0.0005;
  options.max_step = 0.0005;
  const Branch branch = follow(test::teacher_family(1, 1), options);
  ASSERT_EQ(branch.points.size(), 3U);
  const auto& slopes = branch.points[1].answer.sensitivities.at("model.T");
  for (const std::string name : {"mean.v", "cov.v.v", "mean.s"}) {
    const double difference = (observed(branch.points[2], name) - observed(branch.points[0], name)) / 0.001;
    EXPECT_NEAR(slopes.at(name).value.value() / difference, 1, 3e-5) << name << ", differences of second order";
  }
}

TEST(Branch, WrongOptionsAreRefusedByName) {
  const auto family = test::teacher_family(1, 1);
  const auto message = [&](const continuation::Options& options) {
    try {
      options.validate(family);
    } catch (const core::SettingsError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  auto reversed = over(0.1, 0.2);
  reversed.min_step = 0.05;
  reversed.max_step = 0.01;
  EXPECT_TRUE(test::has(message(reversed), "continue.min_step"));
  EXPECT_TRUE(test::has(message(over(0.1, 0.1)), "empty"));
  auto unknown = over(0.1, 0.2);
  unknown.stop = {"mode-vanish"};
  EXPECT_TRUE(test::has(message(unknown), "mode-vanishes")) << message(unknown);
  auto still = over(0.1, 0.2);
  still.change = 0;
  EXPECT_TRUE(test::has(message(still), "continue.change"));
}

}  // namespace
}  // namespace sgdflux
