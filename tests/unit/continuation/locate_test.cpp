#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/continuing.hpp"

namespace sgdflux::continuation {
namespace {

using namespace test;

/// Probes of a model that nobody solves: functions of their parameter and of the factor on their cells.
Event found(const std::function<double(double, double)>& f, double from, double to, bool sides = false,
            double resolution = 0) {
  const Family family =
      make_family({{"model.name", "ornstein-uhlenbeck"}, {"model.drift_matrix", "1"}, {"model.noise_matrix", "1"}},
                  "parameters.p", {"auto 16"});
  const MakeProbe make = prober(family);
  const Crossing crossing{"kind", "subject",
                          "what", [f](Probe& probe) { return f(probe.parameter(), probe.inquiry().cells); },
                          sides,  resolution};
  const auto a = make(from, 1);
  const auto b = make(to, 1);
  return locate(crossing, *a, *b, make, 1e-10);
}

TEST(Locate, FindsTheRootInEitherDirection) {
  const auto f = [](double p, double) { return std::expm1(p) - 1; };
  for (const auto& [from, to] : {std::pair{0., 3.}, {3., 0.}}) {
    const Event event = found(f, from, to);
    EXPECT_EQ(event.kind + "/" + event.subject + "/" + event.what, "kind/subject/what");
    EXPECT_NEAR(event.value, std::log(2.), 1e-12);
    EXPECT_GE(event.error, std::abs(event.value - std::log(2.)));
    EXPECT_LE(event.error, 4e-10);
  }
}

TEST(Locate, TheErrorReachesTheRootOnTheCoarseGrid) {
  for (const double shift : {-1e-3, 1e-6, 1e-4, .05}) {
    const Event event =
        found([&](double p, double cells) { return std::tanh(p - 1 - (cells < 1 ? shift : 0)); }, -2, 4);
    EXPECT_NEAR(event.value, 1, 1e-10);
    EXPECT_GE(event.error, std::abs(shift));
    EXPECT_LE(event.error, 2.5 * std::abs(shift));
  }
}

TEST(Locate, BisectsWhereOnlySidesAreKnown) {
  const Event event = found([](double p, double cells) { return p < (cells < 1 ? .3 : .31) ? 1. : -1.; }, 0, 1, true);
  EXPECT_NEAR(event.value, .31, 1e-10);
  EXPECT_GE(event.error, .01);
  EXPECT_LE(event.error, .04);
}

TEST(Locate, AJumpIsFoundAndItsBracketIsTheError) {
  const Event event = found([](double p, double) { return p < .3 ? p + 5 : -1; }, 0, 1);
  EXPECT_NEAR(event.value, .3, 1e-10);
  EXPECT_LE(event.error, 1e-9);
}

TEST(Locate, WhatLiesWithinTheResolutionCountsAsError) {
  const Event event = found([](double p, double) { return std::pow(p - .4, 3); }, 0, 1, false, 1e-9);
  EXPECT_NEAR(event.value, .4, 1e-3);
  EXPECT_GE(event.error, 1e-3);
  EXPECT_LE(event.error, 5e-3);
}

TEST(Locate, WithoutValuesInBetweenTheErrorIsWhatIsLeft) {
  const Event event = found(
      [](double p, double) { return std::abs(p - .5) < .3 ? std::numeric_limits<double>::quiet_NaN() : p - .5; }, 0, 1);
  EXPECT_LE(std::abs(event.value - .5), event.error);
  EXPECT_GE(event.error, .3);
  EXPECT_NE(event.what.find("no value"), std::string::npos) << event.what;
}

}  // namespace
}  // namespace sgdflux::continuation
