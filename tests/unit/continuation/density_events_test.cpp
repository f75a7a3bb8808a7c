#include <gtest/gtest.h>

#include <cmath>

#include "support/continuing.hpp"

namespace sgdflux::continuation {
namespace {

using namespace test;

std::vector<std::unique_ptr<EventFunction>> density_kinds() {
  return make_events({"normalisability", "origin-diverges", "mode-appears", "mode-vanishes"});
}

void expect_event(const std::vector<Event>& events, const std::string& kind, const std::string& subject, double truth,
                  double within) {
  const std::vector<Event> some = of_kind(events, kind);
  ASSERT_EQ(some.size(), 1u) << kind;
  EXPECT_EQ(some[0].subject, subject);
  EXPECT_NEAR(some[0].value, truth, within) << kind;
  EXPECT_LE(std::abs(some[0].value - truth), some[0].error) << kind << " off by " << some[0].value - truth;
  EXPECT_LE(some[0].error, within) << kind;
}

/// Events of y = x + ε at depth 1, over T from T_c/20 past T_c.
std::vector<Event> network_events(double sigma) {
  const double critical = theory::critical_temperature(theory::DataMoments::linear_teacher(1, sigma));
  return scan(prober(teacher_family(1, sigma, {}, "model.T", "auto 400")), density_kinds(), .05 * critical,
              1.2 * critical);
}

TEST(DensityEvents, TheNetworkHasItsThreeTemperatures) {
  for (const double sigma : {.9, 1., 1.5, 2.}) {
    SCOPED_TRACE(sigma);
    const auto moments = theory::DataMoments::linear_teacher(1, sigma);
    const auto events = network_events(sigma);
    EXPECT_EQ(events.size(), 3u);
    expect_event(events, "normalisability", "", theory::critical_temperature(moments), 1e-9);
    expect_event(events, "origin-diverges", "v", theory::origin_temperature(moments), 1e-9);
    expect_event(events, "mode-vanishes", "v", theory::mode_vanishing_temperature(moments).value(), 1e-8);
  }
}

TEST(DensityEvents, WithLittleNoiseTheModeLivesUpToTheCriticalTemperature) {
  const auto moments = theory::DataMoments::linear_teacher(1, .5);
  const auto events = network_events(.5);
  EXPECT_EQ(events.size(), 2u) << "no mode comes or goes, of v or of s";
  expect_event(events, "normalisability", "", theory::critical_temperature(moments), 1e-9);
  expect_event(events, "origin-diverges", "v", theory::origin_temperature(moments), 1e-9);
}

TEST(DensityEvents, WithMuchNoiseTheModeLeavesThroughTheOrigin) {
  const auto moments = theory::DataMoments::linear_teacher(1, 2.3);
  const auto events = network_events(2.3);
  EXPECT_EQ(events.size(), 3u);
  expect_event(events, "mode-vanishes", "v", theory::origin_temperature(moments), 1e-8);
}

TEST(DensityEvents, BackwardsTheModeAppears) {
  const auto moments = theory::DataMoments::linear_teacher(1, 1);
  const auto events = scan(prober(teacher_family(1, 1, {}, "model.T", "auto 400")), density_kinds(), .36, .15, 4);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kind, "normalisability") << "in the direction of the run";
  expect_event(events, "mode-appears", "v", theory::mode_vanishing_temperature(moments).value(), 1e-8);
}

TEST(DensityEvents, TheNoiseOfTheDataMayBeTheParameter) {
  // T_c = k/(2k² + σ²) at fixed T: σ_c² = k/T − 2k².
  Lines lines{{"parameters.sigma", "1"},
              {"model.name", "diagonal-network"},
              {"model.T", "0.2"},
              {"model.alpha1", "2"},
              {"model.alpha2", "2"},
              {"model.beta1", "1"},
              {"model.alpha3", "2+sigma^2"},
              {"model.beta2", "1"}};
  const Family family = make_family(lines, "parameters.sigma", {"auto 400"});
  const auto events = scan(prober(family), make_events({"normalisability"}), 1, 2.3, 3);
  expect_event(events, "normalisability", "", std::sqrt(3.), 1e-9);
}

TEST(DensityEvents, WithoutHiddenLayersTheDensityNeverCeasesToExist) {
  const auto events =
      scan(prober(teacher_family(1, 1, {{"model.depth", "0"}}, "model.T", "auto 400")), density_kinds(), .1, .9, 6);
  EXPECT_TRUE(events.empty()) << events[0].kind;
}

TEST(DensityEvents, AtDepthTwoOnlyTheDensityOfSHasASecondMaximumForAWhile) {
  const auto events =
      scan(prober(teacher_family(1, 1, {{"model.depth", "2"}}, "model.T", "auto 400")), density_kinds(), .1, .9, 6);
  ASSERT_EQ(events.size(), 2u);
  // The exact law (Ziyin et al.) on a fine line: how many maxima ln p(s) has beside these temperatures.
  const auto maxima = [](double temperature) {
    theory::DiagonalNetwork network;
    network.depth = 2;
    network.moments = theory::DataMoments::linear_teacher(1, 1);
    network.temperature = temperature;
    const theory::DiagonalNetworkLaw law(network);
    int count = 0;
    for (double s = -8; s < 3; s += 1e-3) {
      const double here = law.log_density(s);
      count += here > law.log_density(s - 1e-3) && here > law.log_density(s + 1e-3) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(events[0].kind + " " + events[0].subject, "mode-appears s");
  EXPECT_EQ(events[1].kind + " " + events[1].subject, "mode-vanishes s");
  for (const Event& event : events) {
    const int before = maxima(event.value - 1e-4);
    const int after = maxima(event.value + 1e-4);
    EXPECT_EQ(after - before, event.kind == "mode-appears" ? 1 : -1) << event.value;
    EXPECT_LE(event.error, 1e-8);
  }
}

/// dx = (a − x)dt + √(2x) dW: p ~ x^{a−1}e^{−x}, and x = 0 is reached for a < 1.
TEST(DensityEvents, AFiniteEndThatIsReachedEndsTheQuestion) {
  const Family family = make_family({{"model.name", "formula"},
                                     {"model.variables", "x"},
                                     {"model.parameters", "a=1"},
                                     {"model.drift.x", "a - x"},
                                     {"model.noise.x.1", "sqrt(2*x)"},
                                     {"model.domain.x", "0 inf"}},
                                    "model.a", {"auto 200"});
  const auto events = scan(prober(family), density_kinds(), .3, 2, 3);
  expect_event(events, "normalisability", "", 1, 1e-9);
  expect_event(events, "origin-diverges", "x", 1, 1e-9);
  EXPECT_NE(of_kind(events, "normalisability")[0].what.find("x → 0 is reached in finite time"), std::string::npos);
}

/// Two variables, dx = −ax dt + dW: without confinement, from a = 0 on, there is no density, and only the study knows.
TEST(DensityEvents, InSeveralVariablesTheSidesAreKnown) {
  const Family family = make_family(
      {{"model.name", "ornstein-uhlenbeck"}, {"model.drift_matrix", "a 0; 0 1"}, {"model.noise_matrix", "1 0; 0 1"}},
      "parameters.a", {"auto 8", "auto 8"});
  const MakeProbe make = prober(family);
  const auto a = make(.3, 1);
  const auto b = make(-.2, 1);
  const auto found = make_events({"normalisability"})[0]->between(*a, *b);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].sides);
  EXPECT_EQ(found[0].value(*a), 1);
  EXPECT_EQ(found[0].value(*b), -1);
  EXPECT_NE(found[0].what.find("no stationary density: the drift is linear"), std::string::npos) << found[0].what;
  EXPECT_TRUE(make_events({"normalisability"})[0]->between(*a, *a).empty());
}

}  // namespace
}  // namespace sgdflux::continuation
