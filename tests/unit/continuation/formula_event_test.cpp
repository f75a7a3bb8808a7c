#include <gtest/gtest.h>

#include <cmath>

#include "support/continuing.hpp"

namespace sgdflux::continuation {
namespace {

using namespace test;

/// dx = −k(x − c) dt + √(2k) dW: mean c and variance 1, over c.
Family oscillator() {
  return make_family({{"parameters.mean_x", "7"},
                      {"model.name", "formula"},
                      {"model.variables", "x"},
                      {"model.parameters", "c=0 k=2"},
                      {"model.drift.x", "-k*(x - c)"},
                      {"model.noise.x.1", "sqrt(2*k)"},
                      {"model.derived.twice", "2*x"}},
                     "model.c", {"linear(-9, 9) 120"}, {{"second", "x^2"}});
}

std::vector<Event> events_of(const Family& family, const std::string& formula, double from, double to,
                             Inquiry inquiry = {}) {
  std::vector<std::unique_ptr<EventFunction>> functions;
  functions.push_back(formula_event("mine", formula, family.at(from)));
  return scan(prober(family, inquiry), functions, from, to, 3);
}

std::string message_of(const std::string& formula) {
  try {
    static_cast<void>(formula_event("mine", formula, oscillator().at(0)));
  } catch (const core::SettingsError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(FormulaEvent, SeesReportedNamesObservablesConstantsAndTheParameter) {
  for (const auto& [formula, truth] : {std::pair<std::string, double>{"mean.x - 0.3", .3},
                                       {"second - 1.25", .5},
                                       {"cov.x.x*c - 1.e-1", .1},
                                       {"mean.twice/2 + mean_x - 7.7", .7},
                                       {"mode.x*k - 1", .5},
                                       {"exp(c) - 1.5", std::log(1.5)}}) {
    const auto events = events_of(oscillator(), formula, -.2, .9);
    ASSERT_EQ(events.size(), 1u) << formula;
    EXPECT_EQ(events[0].kind, "mine");
    EXPECT_NEAR(events[0].value, truth, 1e-8) << formula;
    EXPECT_LE(std::abs(events[0].value - truth), events[0].error) << formula;
    EXPECT_EQ(events[0].what, formula + " turns positive");
  }
}

TEST(FormulaEvent, GapAndFrequencyNeedASpectrum) {
  Inquiry inquiry;
  inquiry.eigenvalues = 3;
  const Family family = oscillator();
  EXPECT_TRUE(formula_event("mine", "gap - 3*c", family.at(0))->needs_spectrum());
  EXPECT_FALSE(formula_event("mine", "mean.x - 3*c", family.at(0))->needs_spectrum());
  const auto events = events_of(family, "gap + frequency - 3*c", .2, .9, inquiry);  // the gap is k = 2
  ASSERT_EQ(events.size(), 1u);
  EXPECT_LE(std::abs(events[0].value - 2. / 3), events[0].error);
  EXPECT_LE(events[0].error, 1e-6);
}

TEST(FormulaEvent, WrongFormulasNameTheKeyAndTheNearestName) {
  EXPECT_EQ(message_of("mean.y - 1"), "continue.event.mine: unknown name 'mean.y'; did you mean 'mean.x'?");
  EXPECT_EQ(message_of("secnd - 1"), "continue.event.mine: unknown name 'secnd'; did you mean 'second'?");
  EXPECT_EQ(message_of("mean.x - "), "continue.event.mine = mean.x - : the formula ends too early");
  EXPECT_EQ(message_of("mean.x mean.x"), "continue.event.mine = mean.x mean.x: an operator is missing before 'mean.x'");
  EXPECT_NE(message_of("mean.x = 1").find("assignment"), std::string::npos);
  EXPECT_NE(message_of("").find("empty"), std::string::npos);
  EXPECT_THROW(static_cast<void>(formula_event("gap-closes", "mean.x", oscillator().at(0))), core::SettingsError);
}

TEST(FormulaEvent, WithoutAValueNothingHappens) {
  // D = 0: Var v = T/(1 − 2T) is infinite from T = ½ on, where the formula would change sign.
  const Family family = teacher_family(1, 1, {{"model.depth", "0"}});
  EXPECT_TRUE(events_of(family, "1 - (cov.v.v > 0)*T", .3, 1.3).empty());
  const auto events = events_of(family, "cov.v.v - 0.4", .1, .4);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_NEAR(events[0].value, 2. / 9, 1e-9);
  EXPECT_LE(std::abs(events[0].value - 2. / 9), events[0].error);
}

TEST(MakeEvents, KnowsTheKindsAndNamesTheNearest) {
  EXPECT_EQ(event_kinds(), (std::vector<std::string>{"normalisability", "origin-diverges", "mode-appears",
                                                     "mode-vanishes", "real-to-complex", "gap-closes"}));
  EXPECT_EQ(make_events({"mode-vanishes", "normalisability", "mode-appears"}).size(), 2u);
  try {
    static_cast<void>(make_events({"mode-vanish"}));
    FAIL() << "accepted";
  } catch (const core::SettingsError& error) {
    EXPECT_STREQ(error.what(), "continue.events: unknown kind of event 'mode-vanish'; did you mean 'mode-vanishes'?");
  }
}

}  // namespace
}  // namespace sgdflux::continuation
