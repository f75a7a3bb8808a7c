/// First passage, quasi-stationary densities and transition paths: refusals, verdicts, errors.
#include "sgdflux/study/passage.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/dynamics.hpp"

namespace sgdflux::study {
namespace {

using test::double_well;
using test::has;
using test::make_model;
using test::set_of;

Eigen::VectorXd at(double x) { return Eigen::VectorXd::Constant(1, x); }

/// The message of a study of the double well whose options `ask` sets.
std::string refusal(const std::function<void(const model::Sde&, PassageOptions&)>& ask) {
  const auto sde = double_well();
  auto options = test::options_on<PassageOptions>(*sde, {"linear(-3, 3) 90"});
  ask(*sde, options);
  return test::error_of([&] { static_cast<void>(passage(MPI_COMM_SELF, *sde, options)); });
}

TEST(PassageOptions, WantAQuestion) {
  EXPECT_FALSE(refusal([](const auto&, auto&) {}).empty());
  const std::string half = refusal([](const auto& sde, auto& o) { o.from = set_of(sde, "-1 - x"); });
  EXPECT_TRUE(has(half, "passage.to is missing")) << half;
  const std::string two = refusal([](const auto& sde, auto& o) {
    o.start = Eigen::Vector2d::Zero();
    o.exit = set_of(sde, "x - 1");
  });
  EXPECT_TRUE(has(two, "2 numbers for 1 variables")) << two;
}

TEST(Passage, RefusesExitsThatAreEmptyOrHoldTheStart) {
  const auto exit = [](const char* formula, double start) {
    return refusal([&](const auto& sde, auto& o) {
      o.start = at(start);
      o.exit = set_of(sde, formula);
    });
  };
  EXPECT_TRUE(has(exit("x - 5", -1), "empty")) << exit("x - 5", -1);
  EXPECT_TRUE(has(exit("x + 2", -1), "inside the exit set")) << exit("x + 2", -1);
  EXPECT_TRUE(has(exit("x + 2", -1), "x = -1"));
  EXPECT_TRUE(has(exit("x - 1", -4), "outside the mesh")) << exit("x - 1", -4);
  EXPECT_TRUE(has(exit("1 + 0*x", -1), "covers the whole mesh")) << exit("1 + 0*x", -1);
}

TEST(Passage, RefusesSetsThatOverlapOrAreEmptyOrTouch) {
  const auto sets = [](const char* from, const char* to) {
    return refusal([&](const auto& sde, auto& o) {
      o.from = set_of(sde, from);
      o.to = set_of(sde, to);
    });
  };
  EXPECT_TRUE(has(sets("0.5 - x", "x"), "overlap")) << sets("0.5 - x", "x");
  EXPECT_TRUE(has(sets("-4 - x", "x"), "passage.from")) << sets("-4 - x", "x");
  EXPECT_TRUE(has(sets("-x", "x - 4"), "passage.to")) << sets("-x", "x - 4");
  EXPECT_TRUE(has(sets("-x", "x"), "no cell between")) << sets("-x", "x");
}

TEST(Passage, TransitionPathsNeedAStationaryDensity) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  auto options = test::options_on<PassageOptions>(*sde, {"linear(-3, 3) 60"});
  options.from = set_of(*sde, "-1 - x");
  options.to = set_of(*sde, "x - 1");
  const auto answer = passage(MPI_COMM_SELF, *sde, options);
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(answer.quantities.empty());
}

TEST(Passage, ExitTimeOfBrownianMotionIsAParabola) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  auto options = test::options_on<PassageOptions>(*sde, {"linear(-1, 1) 40 absorbing absorbing"});
  options.start = at(.3);
  const auto answer = passage(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  // E T = 1 − x², E T² = (1 − x²)(5 − x²)/3.
  const double mean = 1 - .09;
  test::expect_quantity(answer, "mean_time", mean);
  test::expect_quantity(answer, "variance", mean * (5 - .09) / 3 - mean * mean);
  EXPECT_NEAR(*answer.quantities.at("mean_time").value, mean, 1e-11);
  EXPECT_NEAR(*answer.quantities.at("variance").value, mean * (5 - .09) / 3 - mean * mean, 1e-11);
  // With absorbing walls the quasi-stationary density of the whole mesh is asked for, too: a cosine.
  test::expect_quantity(answer, "exit_rate", M_PI * M_PI / 8);
  EXPECT_NEAR(*answer.quantities.at("exit_rate").value, M_PI * M_PI / 8, 1e-11);
  EXPECT_NEAR(*answer.quantities.at("relaxation").value, M_PI * M_PI / 2, 1e-3);
  test::expect_covered(answer, "mean.x", 0);
  test::expect_covered(answer, "cov.x.x", 1 - 8 / (M_PI * M_PI));
  const auto& density = test::field(answer, "quasi_stationary").values;
  EXPECT_NEAR(density[20], M_PI / 4 * std::cos(M_PI / 2 * .025), 3e-4);
}

TEST(Passage, ErrorsCoverCoarseGrids) {
  const auto sde = double_well();
  for (const char* flux : {"order2", "order4", "order8"}) {
    auto options = test::options_on<PassageOptions>(*sde, {"linear(-3, 2.5) 60"}, {flux});
    options.start = at(-1);
    options.exit = set_of(*sde, "x - 1");
    options.region = set_of(*sde, "-x");
    const auto answer = passage(MPI_COMM_SELF, *sde, options);
    test::expect_quantity(answer, "mean_time", 14.277736637);
    test::expect_quantity(answer, "exit_rate", -test::well_slowest);
    EXPECT_LE(*answer.quantities.at("mean_time").error, 1) << flux;
  }
}

TEST(Passage, ACollapseThatComesLateHasAQuasiStationaryDensity) {
  // dv = (v − v²)dt + .4 v dW has v = 0 as its end; in ln v a wall far down takes what collapses.
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "s"}, {"drift.s", "0.3 - exp(s)"}, {"noise.s.1", "0.7"}});
  auto options = test::options_on<PassageOptions>(*sde, {"linear(-4, 2) 200 absorbing truncated"});
  const auto answer = passage(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const double rate = *answer.quantities.at("exit_rate").value;
  EXPECT_GT(rate, 0);
  EXPECT_GT(*answer.quantities.at("relaxation").value, 5 * rate) << "the density sets in long before the collapse";
  // The rate is the slowest eigenvalue of the same mesh.
  const auto spectrum = test::spectrum_of(*sde, {"linear(-4, 2) 200 absorbing truncated"}, 2);
  EXPECT_NEAR(spectrum.eigenvalues[0].value.real(), -rate, 1e-10);
  test::expect_quantity(answer, "relaxation", -spectrum.eigenvalues[1].value.real());
}

TEST(Passage, SaysThatTheTimeMayBeInfiniteWhenItDependsOnTheMesh) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  auto options = test::options_on<PassageOptions>(*sde, {"linear(-20, 3) 120"});
  options.start = at(0);
  options.exit = set_of(*sde, "x - 1");
  const auto answer = passage(MPI_COMM_SELF, *sde, options);
  EXPECT_EQ(answer.verdict, Verdict::not_converged);
  EXPECT_TRUE(has(answer.reason, "infinite")) << answer.reason;
}

}  // namespace
}  // namespace sgdflux::study
