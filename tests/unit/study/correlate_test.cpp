/// Stationary correlations: refusals, verdicts, consistency of what is reported.
#include "sgdflux/study/correlate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/dynamics.hpp"

namespace sgdflux::study {
namespace {

using test::double_well;
using test::has;
using test::make_model;

CorrelateOptions on_line(const model::Sde& sde) {
  auto options = test::options_on<CorrelateOptions>(sde, {"linear(-3.2, 3.2) 120"});
  options.times = {.1, 1, 10};
  return options;
}

TEST(CorrelateOptions, WantIncreasingPositiveTimes) {
  const auto sde = double_well();
  const auto message = [&](std::vector<double> times, std::vector<double> frequencies) {
    CorrelateOptions options = on_line(*sde);
    options.times = std::move(times);
    options.frequencies = std::move(frequencies);
    return test::error_of([&] { static_cast<void>(correlate(MPI_COMM_SELF, *sde, options, {*sde, "x", "x"})); });
  };
  EXPECT_TRUE(has(message({}, {}), "at least one time"));
  EXPECT_TRUE(has(message({0, 1}, {}), "correlate.times: 0.0"));
  EXPECT_TRUE(has(message({1, .5}, {}), "correlate.times: 0.5"));
  EXPECT_TRUE(has(message({1, INFINITY}, {}), "correlate.times"));
  EXPECT_TRUE(has(message({1}, {2, 2}), "correlate.frequencies: 2.0"));
  EXPECT_TRUE(has(message({1}, {-1}), "increasing numbers > 0"));
}

TEST(Correlate, RefusesWhatCannotFluctuateOrIsNotANumber) {
  const auto sde = double_well();
  const auto message = [&](const char* formula) {
    return test::error_of([&] {
      static_cast<void>(correlate(MPI_COMM_SELF, *sde, on_line(*sde), {*sde, formula, formula}));
    });
  };
  EXPECT_TRUE(has(message("3 + 0*x"), "constant")) << message("3 + 0*x");
  EXPECT_TRUE(has(message("3 + 0*x"), "3 + 0*x"));
  EXPECT_TRUE(has(message("sqrt(x)"), "NaN")) << message("sqrt(x)");
}

TEST(Correlate, HasNoAnswerWithoutAStationaryDensity) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  const auto answer = correlate(MPI_COMM_SELF, *sde, on_line(*sde), {*sde, "x", "x"});
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(answer.displacement.values.empty());
  auto options = on_line(*sde);
  options.mesh = test::make_mesh(*sde, {"linear(-3, 3) 60 absorbing"});
  EXPECT_EQ(correlate(MPI_COMM_SELF, *double_well(), options, {*sde, "x", "x"}).verdict,
            Verdict::no_stationary_density);
}

TEST(Correlate, NumbersFitTogether) {
  const auto sde = double_well();
  const auto answer = correlate(MPI_COMM_SELF, *sde, on_line(*sde), {*sde, "energy", "x^4/4 - x^2/2"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const double variance = test::value(answer, "variance");
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(answer.displacement.values[k], 2 * (variance - answer.autocorrelation.values[k]), 1e-10);
  }
  EXPECT_EQ(answer.frequencies, (std::vector<double>{1. / 10, 1, 1 / .1}));
  for (const double power : answer.power.values) {
    EXPECT_GT(power, 0);
  }
  EXPECT_EQ(answer.problems, 1);
  EXPECT_EQ(test::field(answer, "density").values.size(), 120U);
}

TEST(Correlate, ErrorsCoverACoarseGrid) {
  const auto sde = double_well();
  auto options = on_line(*sde);
  const auto fine = correlate(MPI_COMM_SELF, *sde, options, {*sde, "f", "x + x^3/2"});
  options.mesh = test::make_mesh(*sde, {"linear(-3.2, 3.2) 60"});
  for (const char* flux : {"order2", "order4", "order8"}) {
    options.flux = flux;
    const auto coarse = correlate(MPI_COMM_SELF, *sde, options, {*sde, "f", "x + x^3/2"});
    for (std::size_t k = 0; k < 3; ++k) {
      test::expect_covered(coarse.autocorrelation, k, fine.autocorrelation.values[k], "autocorrelation");
      test::expect_covered(coarse.displacement, k, fine.displacement.values[k], "displacement");
      test::expect_covered(coarse.exponent, k, fine.exponent.values[k], "exponent");
      test::expect_covered(coarse.power, k, fine.power.values[k], "power");
    }
  }
}

TEST(CorrelateSum, AddsTheModesAndNamesTheOneThatFails) {
  std::vector<std::unique_ptr<model::Sde>> modes;
  modes.push_back(make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}}));
  modes.push_back(make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "3"}, {"noise_matrix", "1"}}));
  auto options = test::options_on<CorrelateOptions>(*modes[0], {"auto 60"});
  options.times = {.2, 2};
  const auto sum = correlate_sum(MPI_COMM_SELF, modes, options, "scale*x1", {{"scale", 2}});
  ASSERT_EQ(sum.verdict, Verdict::converged) << sum.reason;
  EXPECT_EQ(sum.problems, 2);
  for (std::size_t k = 0; k < 2; ++k) {
    const double t = options.times[k];
    const double truth = 4 * ((1 - std::exp(-t)) + (1 - std::exp(-3 * t)) / 3);
    EXPECT_NEAR(sum.displacement.values[k], truth, 1e-9);
    test::expect_covered(sum.displacement, k, truth, "displacement");
  }
  EXPECT_TRUE(sum.reference_displacement.empty()) << "2·x1 is not a variable";
  modes.push_back(make_model({{"name", "formula"}, {"variables", "x1"}, {"drift.x1", "x1"}, {"noise.x1.1", "1"}}));
  const auto failed = correlate_sum(MPI_COMM_SELF, modes, options, "x1", {});
  EXPECT_EQ(failed.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(has(failed.reason, "mode 3")) << failed.reason;
  EXPECT_TRUE(failed.displacement.values.empty());
}

}  // namespace
}  // namespace sgdflux::study
