/// The search of automatic boxes in several variables against laws that are known: wherever the mass is, it is found.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/gibbs.hpp"
#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

using test::has;
using test::make_model;
using test::number;
using test::study_of;

/// Motion in a potential V of x; in the second variable an independent relaxation (overdamped) or the velocity.
struct Landscape {
  std::string name;
  std::string force;
  theory::Potential potential;
  double temperature;
  bool kinetic;
  double guess = 0;
  double stiffness = 1;  ///< of the second variable, overdamped
};

std::unique_ptr<model::Sde> model_of(const Landscape& land) {
  const std::string noise = "sqrt(2*" + number(land.temperature) + ")";
  if (land.kinetic) {
    return make_model({{"name", "formula"},
                       {"variables", "x y"},
                       {"drift.x", "y"},
                       {"drift.y", land.force + " - y"},
                       {"noise.y.1", noise}});
  }
  return make_model({{"name", "formula"},
                     {"variables", "x y"},
                     {"drift.x", land.force},
                     {"drift.y", "-" + number(land.stiffness) + "*y"},
                     {"noise.x.1", noise},
                     {"noise.y.2", noise}});
}

void expect_found(const Landscape& land) {
  SCOPED_TRACE(land.name);
  const auto answer = study_of(*model_of(land), {"auto 64", "auto 64"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const theory::GibbsLaw law(land.potential, land.temperature, land.guess);
  const double mean = law.mean([](double x) { return x; });
  const double variance = law.mean([&](double x) { return (x - mean) * (x - mean); });
  constexpr double tolerance = 2e-7;  // 1e-10 to 1e-7 were measured
  EXPECT_NEAR(test::value(answer, "mean.x"), mean, tolerance * std::sqrt(variance));
  EXPECT_NEAR(test::value(answer, "cov.x.x") / variance, 1, tolerance);
  EXPECT_NEAR(test::value(answer, "cov.y.y") / (land.temperature / (land.kinetic ? 1 : land.stiffness)), 1, tolerance);
  test::expect_covered(answer, "cov.x.x", variance);
}

double double_well(double x) { return x * x * x * x / 4 - x * x / 2; }

TEST(AutomaticLine, TakesDriftsThatLeaveTheDoublesFarOut) {
  // p ∝ exp(−x⁶/3): E x² = 3^{1/3} Γ(1/2)/Γ(1/6); p ∝ exp(−x⁸/4) likewise.
  const std::vector<std::pair<std::string, double>> cases{
      {"-x^5", std::cbrt(3.) * std::tgamma(1. / 2) / std::tgamma(1. / 6)},
      {"-x^7", std::pow(4., 1. / 4) * std::tgamma(3. / 8) / std::tgamma(1. / 8)}};
  for (const auto& [drift, variance] : cases) {
    const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", "1"}});
    const auto answer = study_of(*sde, {"auto 400"});
    ASSERT_EQ(answer.verdict, Verdict::converged) << drift << ": " << answer.reason;
    EXPECT_NEAR(test::value(answer, "cov.x.x") / variance, 1, 1e-11) << drift;
    test::expect_covered(answer, "cov.x.x", variance);
  }
}

TEST(AutomaticBox, HoldsBothWellsAtLowTemperature) {
  expect_found({"barrier of 8 kT", "x - x^3", double_well, .03, true});
  expect_found({"barrier of 12 kT", "x - x^3", double_well, .02, true});
  expect_found({"ten apart, barrier of 10 kT", "-(x^2-100)*x/100",
                [](double x) { return (x * x - 100) * (x * x - 100) / 400; }, 2.5, false, 10});
}

TEST(AutomaticBox, HoldsAShallowWellThatCarriesAThousandthOfTheMass) {
  expect_found({"tilted", "x - x^3 - 0.1", [](double x) { return double_well(x) + .1 * x; }, .05, true, -1});
}

TEST(AutomaticBox, DoesNotDependOnUnits) {
  for (const double unit : {1e-6, 1e-3, 1e6}) {
    const std::string u = number(unit);
    expect_found({"unit " + u, u + "*((x/" + u + ") - (x/" + u + ")^3)",
                  [unit](double x) { return unit * unit * double_well(x / unit); }, .1 * unit * unit, true, unit});
  }
}

TEST(AutomaticBox, FindsWellsFarFromTheTypicalPointAndWithoutCurvature) {
  expect_found({"quartic at 1e4", "-(x-1e4)^3", [](double x) { return std::pow(x - 1e4, 4) / 4; }, .2, true, 1e4});
  expect_found({"quartic, cold", "-x^3", [](double x) { return x * x * x * x / 4; }, 1e-6, true});
}

TEST(AutomaticBox, HoldsStronglyAnisotropicWells) {
  for (const double stiffness : {1e-4, 1e4}) {
    expect_found({"stiffness " + number(stiffness), "-x^3", [](double x) { return x * x * x * x / 4; }, .2, false, 0,
                  stiffness});
  }
}

TEST(AutomaticBox, BendsItsAxesWhereTailsAreHeavierThanGaussian) {
  const Landscape exponential{"exponential", "-x/sqrt(1+x^2)", [](double x) { return std::sqrt(1 + x * x); }, .3, true};
  const auto answer = study_of(*model_of(exponential), {"auto 64", "auto 64"});
  EXPECT_EQ(answer.mesh[0].map, "sinh");
  EXPECT_EQ(answer.mesh[1].map, "linear") << "Gaussian-like marginals keep even cells, on which moments are exact";
  expect_found(exponential);
  expect_found({"stretched", "-0.5*x*(1+x^2)^(-0.75)", [](double x) { return std::pow(1 + x * x, .25); }, .2, true});
}

std::unique_ptr<model::Sde> beside_a_singularity(const std::string& extra) {
  return make_model({{"name", "formula"},
                     {"variables", "x y"},
                     {"drift.x", "-x^3" + extra},
                     {"drift.y", "-y"},
                     {"noise.x.1", "0.7"},
                     {"noise.y.2", "1"}});
}

TEST(AutomaticBox, KeepsAwayFromPointsWithoutCoefficientsWhereNoMassIs) {
  const auto answer = study_of(*beside_a_singularity(" + 0*log(4 + x)"), {"auto 64", "auto 64"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const theory::GibbsLaw law([](double x) { return x * x * x * x / 4; }, .245);
  test::expect_covered(answer, "cov.x.x", law.mean([](double x) { return x * x; }));
}

TEST(AutomaticBox, NamesThePointWithoutCoefficientsWhereMassIs) {
  const std::string message = test::error_of([] {
    static_cast<void>(study_of(*beside_a_singularity(" + 0*log(0.5 + x)"), {"auto 64", "auto 64"}));
  });
  EXPECT_TRUE(has(message, "drift of model formula is NaN at x = ")) << message;
}

/// dx = −x dt + √(2q(1 + x² + y²)) dW₁ and the same for y with W₂: no current, b p = ½∇(a p) gives the isotropic
/// Pearson law p ∝ (1 + x² + y²)^{−1−1/(2q)}. Marginals fall like |x|^{−1−1/q}; E x² = q/(1 − 2q), infinite from q = ½
/// on.
std::unique_ptr<model::Sde> pearson(double q) {
  const std::string noise = "sqrt(2*" + number(q) + "*(1+x^2+y^2))";
  return make_model({{"name", "formula"},
                     {"variables", "x y"},
                     {"drift.x", "-x"},
                     {"drift.y", "-y"},
                     {"noise.x.1", noise},
                     {"noise.y.2", noise}});
}

TEST(AlgebraicTails, HaveTheirExponentsAndLoseTheVarianceBeyondTheBorder) {
  for (const double q : {.25, .4, .45, .55}) {
    SCOPED_TRACE("q = " + number(q));
    const auto answer = study_of(*pearson(q), {"auto 64", "auto 64"});
    ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
    ASSERT_EQ(answer.tails.size(), 4U);
    for (const TailDecay& tail : answer.tails) {
      EXPECT_EQ(tail.kind, "algebraic") << tail.axis;
      EXPECT_NEAR(tail.exponent, -1 - 1 / q, tail.error) << tail.axis;
      EXPECT_LE(tail.error, .04);
    }
    test::expect_covered(answer, "mean.x", 0);
    if (q < .5) {
      test::expect_covered(answer, "cov.x.x", q / (1 - 2 * q));
    } else {
      const core::Estimate& variance = answer.observables.at("cov.x.x");
      EXPECT_FALSE(variance.value);
      EXPECT_TRUE(has(variance.reason, "infinite: tail exponent")) << variance.reason;
    }
  }
}

TEST(AlgebraicTails, OfOneVariableAreExact) {
  // dx = −x dt + √(2q(1 + x²)) dW: p ∝ (1 + x²)^{−1−1/(2q)}.
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-x"}, {"noise.x.1", "sqrt(2*0.3*(1+x^2))"}});
  const auto answer = study_of(*sde, {"auto 200"});
  ASSERT_EQ(answer.tails.size(), 2U);
  for (const TailDecay& tail : answer.tails) {
    EXPECT_TRUE(tail.exact);
    EXPECT_EQ(tail.kind, "algebraic");
    EXPECT_NEAR(tail.exponent, -2 - 1 / .3, 1e-5);
  }
}

}  // namespace
}  // namespace sgdflux::study
