#include <gtest/gtest.h>

#include <cmath>

#include "support/continuing.hpp"

namespace sgdflux::continuation {
namespace {

using namespace test;

Family line(const std::string& drift, const std::string& axis, const std::string& noise = "0.7") {
  return make_family({{"model.name", "formula"},
                      {"model.variables", "x"},
                      {"model.parameters", "a=0"},
                      {"model.drift.x", drift},
                      {"model.noise.x.1", noise}},
                     "model.a", {axis});
}

std::vector<Event> modes_of(const Family& family, double from, double to, int count) {
  return scan(prober(family), make_events({"mode-appears", "mode-vanishes"}), from, to, count);
}

void expect_only(const std::vector<Event>& events, const std::string& kind, double truth, double within) {
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind + " " + events[0].subject, kind + " x");
  EXPECT_LE(std::abs(events[0].value - truth), events[0].error) << "off by " << events[0].value - truth;
  EXPECT_LE(events[0].error, within);
}

/// V = x⁴/4 − ax²/2 + x/10: V' has a double zero where a = 3(1/20)^{2/3}.
TEST(ModeEvents, AFoldOfATiltedDoubleWellIsFound) {
  const double fold = 3 * std::pow(.05, 2. / 3);
  const Family family = line("-x^3 + a*x - 0.1", "linear(-5, 5) 200");
  expect_only(modes_of(family, -1, 1.1, 4), "mode-appears", fold, 1e-7);
  expect_only(modes_of(family, 1.1, -1, 4), "mode-vanishes", fold, 1e-7);
}

/// Untilted: the pitchfork at a = 0, where the slopes beside the middle are ∝ a^{3/2}, so that rounding covers 1e−6.
TEST(ModeEvents, APitchforkIsFound) {
  expect_only(modes_of(line("-x^3 + a*x", "linear(-5, 5) 200"), -1, 1.1, 4), "mode-appears", 0, 5e-6);
}

TEST(ModeEvents, AMaximumLeavesThroughAWall) {
  expect_only(modes_of(line("a - x", "linear(0, 8) 200 reflecting truncated", "1"), 1.1, -.9, 4), "mode-vanishes", 0,
              1e-8);
}

/// On a ring with V = cos x + (a/4) cos 2x the maximum at 0 of V becomes a minimum where a = −1.
TEST(ModeEvents, ARingIsNotCut) {
  const Family family = line("sin(x) + a/2*sin(2*x)", "linear(0, 2*pi) 100 periodic", "1");
  expect_only(modes_of(family, -.3, -2, 4), "mode-appears", -1, 5e-6);
  EXPECT_TRUE(modes_of(line("a*sin(x)", "linear(0, 2*pi) 60 periodic", "1"), -.9, 1, 4).empty());
}

/// A well that loses its weight keeps its maximum: V = x⁴/4 − 2x² + ax, whose wells live up to a = 2·(4/3)^{3/2}.
TEST(ModeEvents, AWellThatFadesBelowNoiseHasNotVanished) {
  const Family family = line("-x^3 + 4*x - a", "linear(-5, 5) 200", "0.4");
  EXPECT_TRUE(modes_of(family, .1, 2.6, 5).empty());
}

/// Kinetic double well: the marginal of x is that of the tilted double well, at any friction.
TEST(ModeEvents, MarginalsOfSeveralVariablesHaveModesToo) {
  const Family family = make_family({{"model.name", "formula"},
                                     {"model.variables", "x v"},
                                     {"model.parameters", "a=0"},
                                     {"model.drift.x", "v"},
                                     {"model.drift.v", "-x^3 + a*x - 0.1 - v"},
                                     {"model.noise.v.1", "0.7"}},
                                    "model.a", {"linear(-3.2, 3.2) 48", "linear(-4, 4) 48"});
  expect_only(modes_of(family, -.1, .9, 3), "mode-appears", 3 * std::pow(.05, 2. / 3), 1e-3);
}

}  // namespace
}  // namespace sgdflux::continuation
