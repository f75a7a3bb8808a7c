/// Parts of the state space that do not exchange mass, and questions without an answer.
#include <gtest/gtest.h>

#include <cmath>

#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

using test::has;
using test::make_model;

std::unique_ptr<model::Sde> line(const std::string& drift, const std::string& noise) {
  return make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", noise}});
}

std::unique_ptr<model::Sde> plane(const test::Lines& lines) {
  test::Lines all{{"name", "formula"}, {"variables", "x y"}};
  all.insert(all.end(), lines.begin(), lines.end());
  return make_model(all);
}

StationaryAnswer answer_of(const model::Sde& sde, const std::vector<std::string>& axes,
                           const std::vector<double>& start = {}) {
  StationaryOptions options;
  options.mesh = test::make_mesh(sde, axes);
  if (!start.empty()) {
    const auto n = static_cast<Eigen::Index>(start.size()) / 2;
    options.start = point_density(sde, Eigen::Map<const Eigen::VectorXd>(start.data(), n),
                                  Eigen::Map<const Eigen::VectorXd>(start.data() + n, n));
  }
  return stationary(MPI_COMM_SELF, sde, options);
}

void expect_value(const core::Estimate& found, double truth, const std::string& name) {
  ASSERT_TRUE(found.value && found.error) << name << ": " << found.reason;
  EXPECT_LE(std::abs(*found.value - truth), *found.error) << name << " = " << *found.value << ", truth " << truth;
}

void expect_value(const Component& component, const std::string& name, double truth) {
  expect_value(component.observables.at(name), truth, component.where + " " + name);
}

/// Normal distribution function.
double below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.)); }

// ---- one variable ---------------------------------------------------------------------------------------------------

/// dx = (x − x³) dt + x dW: p(|x|) = 2e^{−x²}/√π on either side of 0.
const double half_normal_mean = 1 / std::sqrt(M_PI);
const double half_normal_variance = 0.5 - 1 / M_PI;

TEST(LineComponents, AnInvariantPointLeavesADensityOnEitherSide) {
  for (const char* axis : {"auto 400", "linear(-4, 4) 300"}) {
    const auto answer = answer_of(*line("x - x^3", "x"), {axis});
    EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
    EXPECT_TRUE(answer.observables.empty());
    ASSERT_EQ(answer.components.size(), 2U);
    EXPECT_EQ(answer.components[0].where, "x < 0");
    EXPECT_EQ(answer.components[1].where, "x > 0");
    for (const Component& component : answer.components) {
      const double sign = component.where == "x > 0" ? 1 : -1;
      expect_value(component, "mean.x", sign * half_normal_mean);
      expect_value(component, "cov.x.x", half_normal_variance);
      EXPECT_FALSE(component.weight.value);
      EXPECT_TRUE(has(component.weight.reason, "stationary.start"));
    }
    ASSERT_EQ(answer.points.size(), 1U);
    EXPECT_EQ(answer.points[0].where, "x = 0");
    EXPECT_EQ(answer.points[0].attracts, false);
  }
}

TEST(LineComponents, AStartGivesEachItsWeight) {
  const auto answer = answer_of(*line("x - x^3", "x"), {"auto 200"}, {.2, .5});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components);
  expect_value(answer.components[0].weight, below(-.4), "x < 0");
  expect_value(answer.components[1].weight, below(.4), "x > 0");
  expect_value(answer.points[0].weight, 0, "x = 0");
}

TEST(LineComponents, AStartInOneOfThemMakesItTheAnswer) {
  const auto answer = answer_of(*line("x - x^3", "x"), {"auto 400"}, {-1, .05});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  test::expect_covered(answer, "mean.x", -half_normal_mean);
  EXPECT_EQ(answer.components.size(), 2U);
  EXPECT_TRUE(has(answer.remarks.back(), "x < 0")) << answer.remarks.back();
  EXPECT_FALSE(answer.fields.empty());
}

TEST(LineComponents, StrongNoiseCollapsesAllMassOnThePoint) {
  // 2/σ² − 2 < −1: not integrable at 0.
  const auto answer = answer_of(*line("x - x^3", "2*x"), {"auto 200"}, {1, .5});
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(answer.components.empty());
  ASSERT_EQ(answer.points.size(), 1U);
  EXPECT_EQ(answer.points[0].attracts, true);
  expect_value(answer.points[0].weight, 1, "x = 0");
}

TEST(LineComponents, APointThatIsCrossedOneWayLeavesOneDensity) {
  // dx = (1 − x) dt + x dW ends on x > 0 with an inverse gamma law of mean 1 and variance 1.
  const auto answer = answer_of(*line("1 - x", "x"), {"auto 400"}, {-3, .5});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  test::expect_covered(answer, "mean.x", 1);
  test::expect_covered(answer, "cov.x.x", 1);
  ASSERT_EQ(answer.components.size(), 1U);
  expect_value(answer.components[0].weight, 1, "x > 0");
  EXPECT_TRUE(answer.points.empty());
}

TEST(LineComponents, MassBetweenTwoPointsIsSharedByTheScale) {
  // A martingale: the probability to end at 1 rather than at 0 is x.
  const auto answer = answer_of(*line("0", "x*(1-x)"), {"auto 200"}, {.3, .02});
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  ASSERT_EQ(answer.points.size(), 2U);
  expect_value(answer.points[0].weight, .7, "x = 0");
  expect_value(answer.points[1].weight, .3, "x = 1");
}

TEST(LineComponents, TransientPartsFeedTheOthers) {
  // 0 < x < 1 empties into the points; beyond 2 there is a density (an entrance at 2): mass that starts there stays.
  const auto answer = answer_of(*line("x < 1.5 ? 0 : 4 - x", "x*(1-x)*(2-x)/(1+x^2)"), {"auto 200"}, {.25, .01});
  ASSERT_GE(answer.points.size(), 2U);
  expect_value(answer.points[1].weight, .25, "x = 1");
}

TEST(LineComponents, OfARingAreItsArcs) {
  const auto answer = answer_of(*line("sin(2*x)/2", "sin(x)/2"), {"linear(0.5, 2*pi + 0.5) 200 periodic"});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
  ASSERT_EQ(answer.components.size(), 2U);
  expect_value(answer.components[0], "mean.x", 1.5 * M_PI);
  expect_value(answer.components[1], "mean.x", 2.5 * M_PI);
}

TEST(LineComponents, RespectWalls) {
  // Between the wall at 1.5 and the point 0.
  const auto answer = answer_of(*line("x - x^3", "x"), {"linear(-2, 1.5) 400 reflecting reflecting"}, {1, .05});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const double mass = std::erf(1.5) * std::sqrt(M_PI) / 2;
  test::expect_covered(answer, "mean.x", (1 - std::exp(-2.25)) / 2 / mass);
  EXPECT_EQ(answer.mesh[0].arguments[1], 1.5);
}

TEST(LineComponents, TooManyAreNotListed) {
  const auto answer = answer_of(*line("sin(x)", "sin(x)"), {"auto 100"});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components);
  EXPECT_TRUE(has(answer.reason, "more than 32 points")) << answer.reason;
}

TEST(LineComponents, AStartMustBeADensity) {
  const auto sde = line("x - x^3", "x");
  StationaryOptions options;
  options.mesh = test::make_mesh(*sde, {"auto 100"});
  const auto refusal = [&](const std::string& formula) {
    options.start = formula_density(*sde, formula, {}, "start");
    options.start->key = "stationary.start";
    return test::error_of([&] { static_cast<void>(stationary(MPI_COMM_SELF, *sde, options)); });
  };
  EXPECT_TRUE(has(refusal("0*x"), "zero everywhere"));
  EXPECT_TRUE(has(refusal("1 + 0*x"), "does not converge"));
  EXPECT_TRUE(has(refusal("sqrt(x)*exp(-x)"), "stationary.start"));
}

// ---- diagonal network -----------------------------------------------------------------------------------------------

std::unique_ptr<model::Sde> network(const std::string& temperature, const std::string& sign) {
  return make_model({{"name", "diagonal-network"},
                     {"T", temperature},
                     {"sign", sign},
                     {"beta1", "1"},
                     {"beta2", "1"},
                     {"alpha1", "2"},
                     {"alpha2", "2"},
                     {"alpha3", "3"}});
}

TEST(NetworkComponents, AreListedForBothSignsOfV) {
  const auto plus = answer_of(*network("0.2", "1"), {"auto 400"});
  ASSERT_EQ(plus.verdict, Verdict::converged) << plus.reason;
  const auto minus = answer_of(*network("0.2", "-1"), {"auto 400"});
  EXPECT_EQ(minus.verdict, Verdict::no_stationary_density);
  for (const auto& answer : {plus, minus}) {
    ASSERT_EQ(answer.components.size(), 1U);
    EXPECT_EQ(answer.components[0].where, "v > 0");
    EXPECT_NEAR(*answer.components[0].observables.at("mean.v").value, .580905, 1e-6);
    ASSERT_EQ(answer.points.size(), 1U);
    EXPECT_EQ(answer.points[0].where, "v = 0");
  }
  const auto hot = answer_of(*network("0.5", "1"), {"auto 400"});
  EXPECT_EQ(hot.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(hot.components.empty());
  EXPECT_EQ(hot.points.size(), 1U);
}

TEST(NetworkComponents, OfBothSignsInOneFormulaAreThoseOfTheTheory) {
  const auto both = [](const std::string& t) {
    return make_model({{"name", "formula"},
                       {"variables", "v"},
                       {"drift.v", "-4*abs(v)*(v-1) + 4*v*" + t + "*(2*v^2-4*v+3)"},
                       {"noise.v.1", "4*v*sqrt(" + t + "*(2*v^2-4*v+3))"}});
  };
  const auto cold = answer_of(*both("0.2"), {"auto 800"}, {.3, .3});
  EXPECT_EQ(cold.verdict, Verdict::several_ergodic_components) << cold.reason;
  ASSERT_EQ(cold.components.size(), 1U);
  expect_value(cold.components[0].weight, below(1), "v > 0");
  expect_value(cold.points.at(0).weight, below(-1), "v = 0");
  EXPECT_NEAR(*cold.components[0].observables.at("mean.v").value, .580905, 2e-6);
  EXPECT_NEAR(*cold.components[0].observables.at("cov.v.v").value, .372097, 2e-6);
  const auto hot = answer_of(*both("0.5"), {"auto 400"});
  EXPECT_EQ(hot.verdict, Verdict::no_stationary_density);
  EXPECT_EQ(hot.points.at(0).attracts, true);
}

// ---- wells ----------------------------------------------------------------------------------------------------------

/// Mean and variance of e^{−V/D} on x > 0 for V = x⁴/4 − x²/2: midpoint sums about 1, where it lies.
std::pair<double, double> right_well(double d) {
  constexpr int points = 4000;
  double mass = 0;
  double first = 0;
  double second = 0;
  for (int i = 0; i < points; ++i) {
    const double x = 2.5 * (i + .5) / points;
    const double p = std::exp(-(x * x * x * x / 4 - x * x / 2 + .25) / d);
    mass += p;
    first += p * (x - 1);
    second += p * (x - 1) * (x - 1);
  }
  return {1 + first / mass, second / mass - first * first / mass / mass};
}

TEST(Wells, SeparatedBy40KTAreToldApart) {
  const auto [mean, variance] = right_well(.00625);
  const auto answer = answer_of(*line("x - x^3", "sqrt(2*0.00625)"), {"linear(-1.7, 1.7) 300"}, {-.1, .2});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
  ASSERT_EQ(answer.components.size(), 2U);
  expect_value(answer.components[0], "mean.x", -mean);
  expect_value(answer.components[1], "mean.x", mean);
  expect_value(answer.components[1], "cov.x.x", variance);
  // Between the wells paths fall to the side that an error function tells: s' = e^{V/D} is a Gaussian to first order.
  EXPECT_NEAR(*answer.components[0].weight.value, .67882, 2e-5);
  EXPECT_NEAR(*answer.components[0].weight.value + *answer.components[1].weight.value, 1, 1e-9);
}

TEST(Wells, InThePlaneAreToldApartOnGivenAndAutomaticMeshes) {
  const auto [mean, variance] = right_well(.00625);
  const auto sde = plane(
      {{"drift.x", "x - x^3"}, {"drift.y", "-y"}, {"noise.x.1", "sqrt(2*0.00625)"}, {"noise.y.2", "sqrt(2*0.00625)"}});
  for (const std::vector<std::string>& axes :
       {std::vector<std::string>{"linear(-1.7, 1.7) 96", "linear(-0.6, 0.6) 40"}, {"auto 96", "auto 40"}}) {
    const auto answer = answer_of(*sde, axes);
    EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
    ASSERT_EQ(answer.components.size(), 2U) << answer.reason;
    expect_value(answer.components[0], "mean.x", -mean);
    expect_value(answer.components[1], "mean.x", mean);
    expect_value(answer.components[1], "cov.x.x", variance);
    expect_value(answer.components[1], "cov.y.y", .00625);
  }
}

TEST(Wells, AStartInOneOfThemMakesItTheAnswer) {
  const auto [mean, variance] = right_well(.00625);
  const auto sde = plane(
      {{"drift.x", "x - x^3"}, {"drift.y", "-y"}, {"noise.x.1", "sqrt(2*0.00625)"}, {"noise.y.2", "sqrt(2*0.00625)"}});
  const auto answer = answer_of(*sde, {"linear(-1.7, 1.7) 96", "linear(-0.6, 0.6) 40"}, {1, 0, .05, .05});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  test::expect_covered(answer, "mean.x", mean);
  test::expect_covered(answer, "cov.x.x", variance);
  EXPECT_NEAR(answer.current.max, 0, 1e-6);
  EXPECT_FALSE(answer.fields.empty());
}

TEST(Wells, ThreeOfThemAreThreeComponents) {
  // V' = 40·2·x(x² − 1)(x² − 1/3)·… : minima at −1, 0, 1 of nearly equal depth, barriers of more than 60 kT.
  const auto answer =
      answer_of(*line("-16*x*(x^2 - 1)*(x^2 - 0.3)", "sqrt(2*0.004)"), {"linear(-1.4, 1.4) 500"}, {0, .5});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
  ASSERT_EQ(answer.components.size(), 3U) << answer.reason;
  EXPECT_NEAR(*answer.components[1].observables.at("mean.x").value, 0, 1e-8);
  const double side = *answer.components[0].weight.value;
  EXPECT_NEAR(side, *answer.components[2].weight.value, 1e-8);
  // The barriers are at ±√.3.
  EXPECT_NEAR(side, below(-std::sqrt(.3) / .5), 3e-3);
}

// ---- surfaces -------------------------------------------------------------------------------------------------------

/// dx = (x − x³) dt + σx dW₁ beside an oscillator y: p(x) ~ x^κ e^{−x²/σ²}, κ = 2/σ² − 2.
std::unique_ptr<model::Sde> crossed(const std::string& sigma) {
  return plane({{"drift.x", "x - x^3"}, {"drift.y", "-y"}, {"noise.x.1", sigma + "*x"}, {"noise.y.2", "1"}});
}

TEST(Surfaces, ThatRepelSeparateComponents) {
  const double kappa = 2 / .64 - 2;
  const double mean = .8 * std::exp(std::lgamma(kappa / 2 + 1) - std::lgamma((kappa + 1) / 2));
  for (const std::vector<std::string>& axes :
       {std::vector<std::string>{"linear(-3, 3) 80", "linear(-4, 4) 32"}, {"auto 60", "auto 32"}}) {
    const auto answer = answer_of(*crossed("0.8"), axes, {.5, 0, .5, .5});
    EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components) << answer.reason;
    ASSERT_EQ(answer.components.size(), 2U) << answer.reason;
    expect_value(answer.components[0], "mean.x", -mean);
    expect_value(answer.components[1], "mean.x", mean);
    expect_value(answer.components[1], "cov.y.y", .5);
    expect_value(answer.components[1].weight, below(1), "x > 0");
  }
}

TEST(Surfaces, ThatAttractLeaveNoDensity) {
  const auto answer = answer_of(*crossed("2"), {"linear(-3, 3) 40", "linear(-4, 4) 32"});
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(has(answer.reason, "contracts onto x = 0")) << answer.reason;
  EXPECT_TRUE(has(answer.reason, "-1 ±")) << answer.reason;  // 1 − σ²/2
}

TEST(Surfaces, TheBalancedManifoldAttractsAtTheRateOfTheLawOfBalance) {
  const auto sde = make_model({{"name", "balance-pair"},
                               {"T", "0.1"},
                               {"beta1", "1"},
                               {"beta2", "1"},
                               {"alpha1", "2"},
                               {"alpha2", "2"},
                               {"alpha3", "3"}});
  for (const std::vector<std::string>& axes :
       {std::vector<std::string>{"linear(-3, 1) 40", "linear(-1, 1) 40"}, {"auto 48", "auto 48"}}) {
    const auto answer = answer_of(*sde, axes);
    EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
    EXPECT_TRUE(has(answer.reason, "contracts onto phi = 0, where imbalance = 0")) << answer.reason;
    // −4(T E[g] + γ) = 4(E[v] − 1) with E[v] = .844936.
    EXPECT_TRUE(has(answer.reason, "-0.6203 ±")) << answer.reason;
  }
}

// ---- no answer ------------------------------------------------------------------------------------------------------

TEST(NoAnswer, WithoutNoise) {
  const auto flat = answer_of(*line("-x", "0"), {"auto 40"});
  EXPECT_EQ(flat.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(has(flat.reason, "identically zero")) << flat.reason;
  const auto sde =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "0 0; 0 0"}});
  const auto answer = answer_of(*sde, {"linear(-1, 1) 20", "linear(-1, 1) 20"});
  EXPECT_EQ(exit_code(answer.verdict), core::ExitCode::no_answer);
  EXPECT_TRUE(has(answer.reason, "identically zero")) << answer.reason;
}

TEST(NoAnswer, WithAConservedQuantity) {
  const std::string drift = "-4*(exp(a) + exp(b) - 1 + 0.2*(2*(exp(a)+exp(b))^2 - 4*(exp(a)+exp(b)) + 3))";
  const std::string noise = "4*sqrt(0.2*(2*(exp(a)+exp(b))^2 - 4*(exp(a)+exp(b)) + 3))";
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "a b"},
                               {"drift.a", drift},
                               {"drift.b", drift},
                               {"noise.a.1", noise},
                               {"noise.b.1", noise}});
  const auto answer = answer_of(*sde, {"auto 32", "auto 32"});
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components);
  EXPECT_TRUE(has(answer.reason, "a - b does not change")) << answer.reason;
}

TEST(NoAnswer, WithACombinationThatMovesWithoutNoise) {
  const auto sde = make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1; 1"}});
  const auto answer = answer_of(*sde, {"auto 32", "auto 32"});
  EXPECT_EQ(answer.verdict, Verdict::no_stationary_density);
  EXPECT_TRUE(has(answer.reason, "x1 - x2 moves without noise")) << answer.reason;
}

TEST(NoAnswer, ButARingThatTurnsWithoutNoiseHasOne) {
  const auto sde = plane({{"drift.x", "1 + 0.5*sin(x)"}, {"drift.y", "-y"}, {"noise.y.1", "1"}});
  const auto answer = answer_of(*sde, {"linear(0, 2*pi) 32 periodic", "linear(-5, 5) 32"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  test::expect_covered(answer, "cov.y.y", .5);
}

/// V = (k/2) ln(1 + r²) at temperature 1: p ~ r^{−k}, normalisable in the plane for k > 2.
std::unique_ptr<model::Sde> logarithmic(const std::string& k) {
  return plane({{"drift.x", "-" + k + "*x/(1+x^2+y^2)"},
                {"drift.y", "-" + k + "*y/(1+x^2+y^2)"},
                {"noise.x.1", "sqrt(2)"},
                {"noise.y.2", "sqrt(2)"}});
}

TEST(NoAnswer, WhereMassLeavesThroughTheEndsOfAGivenMesh) {
  for (const char* k : {"0", "1", "1.5", "1.9"}) {
    const auto answer = answer_of(*logarithmic(k), {"linear(-5, 5) 48", "linear(-5, 5) 48"});
    EXPECT_EQ(answer.verdict, Verdict::no_stationary_density) << k;
    EXPECT_TRUE(has(answer.reason, "truncated ends")) << answer.reason;
  }
  const auto unstable =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "-1 0; 0 1"}, {"noise_matrix", "1 0; 0 1"}});
  EXPECT_EQ(answer_of(*unstable, {"linear(-2, 2) 32", "linear(-3, 3) 32"}).verdict, Verdict::no_stationary_density);
}

TEST(NoAnswer, ButTailsThatCanBeNormalisedHaveOne) {
  EXPECT_EQ(answer_of(*logarithmic("3"), {"linear(-5, 5) 48", "linear(-5, 5) 48"}).verdict, Verdict::converged);
  EXPECT_EQ(answer_of(*logarithmic("5"), {"linear(-5, 5) 48", "linear(-5, 5) 48"}).verdict, Verdict::converged);
  // Half of the mass lies outside, but the rest of it does not go on for ever: a doubt, no refusal.
  const auto early = answer_of(*logarithmic("2.2"), {"linear(-5, 5) 48", "linear(-5, 5) 48"});
  EXPECT_EQ(early.verdict, Verdict::not_converged);
  EXPECT_TRUE(has(early.reason, "ends too early")) << early.reason;
}

}  // namespace
}  // namespace sgdflux::study
