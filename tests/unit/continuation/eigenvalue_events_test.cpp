// Merging eigenvalues and closing gaps are found where theory has them, and only there.
#include <gtest/gtest.h>

#include <cmath>

#include "continuation/event_functions.hpp"
#include "support/dynamics.hpp"
#include "support/eigenvalues.hpp"

namespace sgdflux::continuation {
namespace {

using test::critical_beta;
using test::critical_rho;
using test::has;
using test::make_family;
using test::momentum_family;
using test::prober;
using test::slowest;

/// What one step of a branch sees of one kind of event.
std::vector<Event> events_between(const EventFunction& function, const MakeProbe& make, double from, double to,
                                  double tolerance = 1e-9) {
  const auto a = make(from, 1);
  const auto b = make(to, 1);
  std::vector<Event> events;
  for (const Crossing& crossing : function.between(*a, *b)) {
    Event event = locate(crossing, *a, *b, make, tolerance * std::abs(to - from));
    if (!crossing.confirm || crossing.confirm(event)) {
      events.push_back(event);
    }
  }
  return events;
}

void expect_merging(const Family& family, double from, double to, double truth, const std::string& what) {
  const auto events = events_between(*real_to_complex_event(), prober(family, slowest(6)), from, to);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, "real-to-complex");
  EXPECT_NEAR(events[0].value, truth, 1e-10);
  EXPECT_LE(std::abs(events[0].value - truth), events[0].error);
  EXPECT_LT(events[0].error, 1e-6);
  EXPECT_TRUE(has(events[0].what, what)) << events[0].what;
  EXPECT_EQ(events[0].subject, "1-2");
}

TEST(RealToComplex, IsCriticalDampingOverRho) {
  expect_merging(momentum_family("model.rho", .5, 1), .75, .9, critical_rho(.5), "merge into an oscillating pair as");
}

TEST(RealToComplex, IsCriticalDampingOverMomentumInTheOtherDirection) {
  expect_merging(momentum_family("model.beta", .5, 1), .52, .42, critical_beta(1),
                 "splits into two real eigenvalues as the parameter falls");
}

TEST(RealToComplex, IsFoundWhereOneOfTheTwoIsBeyondTheEigenvaluesLookedFor) {
  // At ρ = .4 the rates are .93 and 5.74: the slowest five are multiples of the slower one.
  const auto make = prober(momentum_family("model.rho", .5, 1), slowest(5));
  const auto events = events_between(*real_to_complex_event(), make, .4, 1.2);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_NEAR(events[0].value, critical_rho(.5), 1e-10);
  EXPECT_LT(events[0].error, 1e-6);
  EXPECT_TRUE(has(events[0].what, "beyond the eigenvalues looked for")) << events[0].what;
  const auto a = make(1.2, 1);
  const auto b = make(.4, 1);
  EXPECT_EQ(real_to_complex_event()->between(*a, *b).size(), 1U);
}

TEST(RealToComplex, NamesTheOtherLevelsThatMergeAtTheSamePlace) {
  const auto make = prober(momentum_family("model.rho", .5, 1), slowest(6));
  const auto a = make(.9, 1);
  const auto b = make(.82, 1);
  const auto found = real_to_complex_event()->between(*a, *b);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].subject, "1-2");
  EXPECT_TRUE(has(found[0].what, "the same happens to 4-5")) << found[0].what;
}

TEST(RealToComplex, IsNoCrossingOfRealEigenvalues) {
  const auto family = make_family(
      {{"model.name", "ornstein-uhlenbeck"}, {"model.drift_matrix", "1 0; 0 k"}, {"model.noise_matrix", "1 0; 0 1"}},
      "parameters.k", {"auto 36", "auto 36"});
  const auto make = prober(family, slowest(5));
  for (const double to : {1., 1.1}) {  // at k = 1 they are equal, up to rounding and in either direction
    EXPECT_TRUE(events_between(*real_to_complex_event(), make, .9, to).empty()) << to;
    EXPECT_TRUE(events_between(*real_to_complex_event(), make, to, .9).empty()) << to;
  }
}

TEST(RealToComplex, IsNoRotationThatStopsAndTurnsBack) {
  // −1 ± iw: a pair on either side of w = 0, two equal eigenvalues there, whose vectors stay orthogonal.
  const auto family = make_family(
      {{"model.name", "ornstein-uhlenbeck"}, {"model.drift_matrix", "1 w; -w 1"}, {"model.noise_matrix", "1 0; 0 1"}},
      "parameters.w", {"auto 36", "auto 36"});
  const auto make = prober(family, slowest(5));
  EXPECT_TRUE(events_between(*real_to_complex_event(), make, -.2, 0).empty());
  EXPECT_TRUE(events_between(*real_to_complex_event(), make, 0, .2).empty());
  EXPECT_TRUE(events_between(*real_to_complex_event(), make, -.2, .2).empty());
}

Family line(const test::Lines& model, const std::string& parameter, const std::string& axis) {
  test::Lines lines{{"model.name", "formula"}, {"model.variables", "x"}};
  lines.insert(lines.end(), model.begin(), model.end());
  return make_family(lines, "parameters." + parameter, {axis});
}

Family restoring_force() { return line({{"model.drift.x", "-k*x"}, {"model.noise.x.1", "1"}}, "k", "auto 60"); }

TEST(GapCloses, WhereTheRestoringForceVanishes) {
  const auto make = prober(restoring_force(), slowest(3));
  for (const auto& [from, to] : {std::pair{1., -.7}, std::pair{-.5, .3}}) {
    const auto events = events_between(*gap_closes_event(), make, from, to);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].kind, "gap-closes");
    EXPECT_LE(std::abs(events[0].value), events[0].error);
    EXPECT_LT(events[0].error, 1e-8);
    EXPECT_TRUE(has(events[0].what, to < 0 ? "from here on there is none" : "from here on there is a gap"));
  }
}

TEST(GapCloses, NotWhereThereIsAGapOnBothSides) {
  EXPECT_TRUE(events_between(*gap_closes_event(), prober(restoring_force(), slowest(3)), 1, .01).empty());
}

TEST(GapCloses, NotWhereTheDensityEndsWithAGap) {
  // dx = (a − x) dt + √x dW: from a = ½ down zero is reached in finite time; the gap is 1 throughout.
  const auto family =
      line({{"model.domain.x", "0 inf"}, {"model.drift.x", "a-x"}, {"model.noise.x.1", "sqrt(x)"}}, "a", "auto 150");
  const auto make = prober(family, slowest(3));
  EXPECT_TRUE(events_between(*gap_closes_event(), make, .7, .3, 1e-4).empty());
  const auto refused = make(.3, 1);
  EXPECT_EQ(refused->spectrum().verdict, study::Verdict::no_stationary_density)
      << "so that there is something to doubt";
}

Family two_wells() { return line({{"model.drift.x", "x-x^3"}, {"model.noise.x.1", "sqrt(2*D)"}}, "D", "auto 200"); }

TEST(GapCloses, NotWhereAnExchangeMerelyBecomesRare) {
  // The gap is √2/π·e^{−1/(4D)}: 4e−2 and 4e−4.
  EXPECT_TRUE(events_between(*gap_closes_event(), prober(two_wells(), slowest(4)), .1, .033).empty());
}

TEST(GapCloses, WhereAnExchangeIsLostInRoundingWithTheErrorThatThisMeans) {
  // √2/π·e^{−1/(4D)} is never zero: the error must reach to where it is much smaller still.
  const auto events = events_between(*gap_closes_event(), prober(two_wells(), slowest(4)), .025, .008, 1e-3);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(has(events[0].what, "zero to working precision")) << events[0].what;
  EXPECT_TRUE(has(events[0].what, "the gap falls from")) << events[0].what;
  EXPECT_GT(events[0].error, 1e-4);
  EXPECT_LT(std::exp(-1 / (4 * events[0].value)), 1e-6);
}

}  // namespace
}  // namespace sgdflux::continuation
