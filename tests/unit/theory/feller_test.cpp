#include "sgdflux/theory/feller.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <sstream>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/ziyin_2023.hpp"
#include "unit/theory/make_model.hpp"

namespace sgdflux::theory {
namespace {

/// The network of y = x + ε, ε ~ N(0,1), with these settings besides.
std::unique_ptr<model::Sde> network(std::map<std::string, std::string> values) {
  values.insert({{"name", "diagonal-network"},
                 {"beta1", "1"},
                 {"beta2", "1"},
                 {"alpha1", "2"},
                 {"alpha2", "2"},
                 {"alpha3", "3"}});
  return make(values);
}

std::unique_ptr<model::Sde> formula(const std::string& drift, const std::string& noise,
                                    const std::string& domain = "") {
  std::map<std::string, std::string> values{
      {"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", noise}};
  if (!domain.empty()) {
    values["domain.x"] = domain;
  }
  return make(values);
}

TEST(Feller, ShallowNetworkIsNormalisableUpToTheCriticalTemperature) {
  for (const double share : {.03, .6, .999, .9999, .999999}) {
    const Classification c = classify(*network({{"T", std::to_string(share) + "/3"}}));
    EXPECT_TRUE(c.normalisable()) << share;
    EXPECT_TRUE(c.lower.unreachable && c.upper.unreachable && c.lower.unbounded && c.upper.unbounded);
    EXPECT_NEAR(c.lower.rate, (1 / share - 1) / 2, 1e-9 * (1 / share - 1) + 1e-15) << share;
    EXPECT_NEAR(c.upper.rate, -2.5, 1e-9);
  }
  for (const char* temperature : {".34", ".5", "2"}) {
    const Classification c = classify(*network({{"T", temperature}}));
    EXPECT_FALSE(c.normalisable());
    EXPECT_FALSE(c.lower.integrable);
    EXPECT_FALSE(c.lower.unreachable);
    EXPECT_FALSE(c.trapped);
    EXPECT_TRUE(c.upper.integrable);
  }
}

TEST(Feller, WordsNameTheEndAndTheExponents) {
  const Classification below = classify(*network({{"T", ".999/3"}}));
  EXPECT_EQ(below.lower.where, "s → −∞ (v = 0)");
  EXPECT_EQ(below.lower.decay, "p(s) ~ exp(0.000500501·s), p(v) ~ |v|^-0.999499");
  EXPECT_EQ(below.upper.where, "s → +∞ (v = +∞)");
  EXPECT_EQ(below.upper.decay, "p(s) ~ exp(-2.5·s), p(v) ~ |v|^-3.5");
  const Classification above = classify(*network({{"T", ".5"}}));
  EXPECT_EQ(above.lower.decay, "p(s) ~ exp(-0.166667·s), p(v) ~ |v|^-1.16667");
  const Classification wrong_sign = classify(*network({{"T", ".1"}, {"sign", "-1"}}));
  EXPECT_FALSE(wrong_sign.lower.integrable);
  EXPECT_EQ(wrong_sign.lower.where, "s → −∞ (v = 0)");
  EXPECT_EQ(wrong_sign.upper.where, "s → +∞ (v = −∞)");
}

TEST(Feller, DeepNetworkWithoutDecayIsAlwaysNormalisable) {
  for (const char* temperature : {".01", ".1", "1", "30"}) {
    for (const char* depth : {"2", "3", "7"}) {
      const Classification c = classify(*network({{"T", temperature}, {"depth", depth}}));
      EXPECT_TRUE(c.normalisable()) << temperature << ' ' << depth;
      EXPECT_EQ(c.lower.exponent, -std::numeric_limits<double>::infinity());
      EXPECT_EQ(c.lower.rate, std::numeric_limits<double>::infinity());
      const double tail = -5 + 3.0 / (std::stoi(depth) + 1);
      EXPECT_NEAR(c.upper.rate, tail + 1, 1e-6);
    }
  }
  // ln p ~ −(d^{1−2/m}β₂/(Tα₃(m−2)))·v^{−(m−2)/m}·…: the factor of q^{−1} for m = 3 is β₂/(Tα₃).
  const Classification c = classify(*network({{"T", ".1"}, {"depth", "2"}}));
  EXPECT_EQ(c.lower.decay, "ln p(s) ~ -3.33333·exp(-0.333333·s), ln p(v) ~ -3.33333·|v|^-0.333333");
}

TEST(Feller, DeepNetworkWithDecayTrapsItsMassButHasNoDensity) {
  const Classification c = classify(*network({{"T", ".1"}, {"depth", "2"}, {"gamma", ".05"}}));
  EXPECT_FALSE(c.normalisable());
  EXPECT_FALSE(c.lower.integrable);
  EXPECT_TRUE(c.upper.integrable);
  EXPECT_TRUE(c.trapped);
  // Trapezoidal sums of 2b/a over 3.3 million points in numpy: ln p falls by 22.09046077 from s = −.204 to s = −8.84.
  EXPECT_NEAR(c.barrier, 22.09046, 1e-4);
  // log p ~ +γ v^{−q}/(q m T α₃), q = 2/3.
  EXPECT_NE(c.lower.decay.find("ln p(v) ~ 0.0833"), std::string::npos) << c.lower.decay;
}

TEST(Feller, NeuronWithoutHiddenLayerIsAlwaysNormalisable) {
  for (const char* temperature : {".01", ".5", "50"}) {
    const Classification c = classify(*network({{"T", temperature}, {"depth", "0"}}));
    EXPECT_TRUE(c.normalisable()) << temperature;
    const double exponent = -2 - .5 / std::stod(temperature);
    EXPECT_NEAR(c.lower.exponent, exponent, 1e-9 * std::abs(exponent));
    EXPECT_NEAR(c.upper.exponent, exponent, 1e-9 * std::abs(exponent));
    EXPECT_EQ(c.lower.rate, 0);
  }
  EXPECT_EQ(classify(*network({{"T", ".5"}, {"depth", "0"}})).upper.decay, "p(v) ~ |v|^-3");
}

TEST(Feller, SecondOrderCorrectionMovesTheCriticalTemperatureAndTheTail) {
  EXPECT_TRUE(classify(*network({{"T", ".2499"}, {"second_order", "1"}})).normalisable());
  EXPECT_FALSE(classify(*network({{"T", ".2501"}, {"second_order", "1"}})).normalisable());
  // v^{−7/2−3β₁²/(2α₁)} = v^{−4.25}
  EXPECT_NEAR(classify(*network({{"T", ".1"}, {"second_order", "1"}})).upper.rate, -3.25, 1e-9);
}

TEST(Feller, OrnsteinUhlenbeckAndItsUnstablePartner) {
  const Classification stable = classify(*formula("-2*(x-3)", "0.5"));
  EXPECT_TRUE(stable.normalisable());
  EXPECT_TRUE(stable.lower.unreachable && stable.upper.unreachable);
  EXPECT_EQ(stable.upper.rate, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(stable.lower.rate, std::numeric_limits<double>::infinity());
  EXPECT_EQ(stable.upper.decay, "ln p(x) ~ -8·|x|^2");
  const Classification unstable = classify(*formula("x", "1"));
  EXPECT_FALSE(unstable.lower.integrable || unstable.upper.integrable);
  EXPECT_FALSE(unstable.trapped);
}

TEST(Feller, BrownianMotionSpreadsAndDriftCarriesAway) {
  const Classification flat = classify(*formula("0", "1"));
  EXPECT_FALSE(flat.lower.integrable || flat.upper.integrable);
  EXPECT_TRUE(flat.lower.unreachable && flat.upper.unreachable);  // recurrent
  EXPECT_EQ(flat.lower.exponent, 0);
  const Classification drifting = classify(*formula("1", "1"));
  EXPECT_TRUE(drifting.lower.integrable);
  EXPECT_FALSE(drifting.upper.integrable || drifting.upper.unreachable);
  EXPECT_NEAR(drifting.upper.rate, 2, 1e-9);
}

TEST(Feller, SquareRootProcessReachesZeroWhenItsNoiseIsStrong) {
  for (const double noise : {.5, 1.0, 1.4, 1.5, 3.0}) {
    const std::string root = std::to_string(noise) + "*sqrt(x)";
    const Classification c = classify(*formula("1-x", root, "0 inf"));
    const double shape = 2 / (noise * noise);
    EXPECT_TRUE(c.normalisable()) << noise;
    EXPECT_EQ(c.lower.unreachable, shape >= 1) << noise;
    EXPECT_FALSE(c.lower.unbounded);
    EXPECT_NEAR(c.lower.exponent, shape - 1, 1e-8) << noise;
    EXPECT_NEAR(c.upper.rate, -shape, 1e-8) << noise;
    EXPECT_TRUE(c.upper.unreachable);
  }
  EXPECT_EQ(classify(*formula("1-x", "sqrt(x)", "0 inf")).lower.where, "x → 0");
  // Drift away from the end missing: p ~ 1/x at 0.
  EXPECT_FALSE(classify(*formula("-x", "sqrt(x)", "0 inf")).lower.integrable);
}

TEST(Feller, FiniteDomainWithTwoEnds) {
  // Wright–Fisher with mutation: p ~ x^{2μ−1}(1−x)^{2ν−1}.
  const Classification c = classify(*formula("0.3*(1-x)-0.8*x", "sqrt(x*(1-x))", "0 1"));
  EXPECT_TRUE(c.normalisable());
  EXPECT_NEAR(c.lower.exponent, -.4, 1e-6);
  EXPECT_NEAR(c.upper.exponent, .6, 1e-6);
  EXPECT_FALSE(c.lower.unreachable);
  EXPECT_TRUE(c.upper.unreachable);
  EXPECT_EQ(c.upper.where, "x → 1");
}

TEST(Feller, StretchedAndLogNormalTailsAreIntegrable) {
  EXPECT_TRUE(classify(*formula("-x/(1+x^2)^0.75", "1")).normalisable());  // ln p ~ −4|x|^{1/2}
  EXPECT_TRUE(classify(*formula("-x/(1+x^2)", "1")).normalisable());       // p ~ x^{−2}
  EXPECT_FALSE(classify(*formula("-0.4*x/(1+x^2)", "1")).normalisable());  // p ~ x^{−.8}
  EXPECT_NEAR(classify(*formula("-x/(1+x^2)", "1")).upper.exponent, -2, 1e-9);
}

TEST(Feller, SteepPotentialsEndWhereDoublesEnd) {
  const Classification well = classify(*formula("x-x^3", "0.3"));
  EXPECT_TRUE(well.normalisable());
  EXPECT_EQ(well.upper.decay, "ln p(x) ~ -5.55556·|x|^4");
  const Classification wall = classify(*formula("-sinh(x)", "1"));
  EXPECT_TRUE(wall.normalisable());
  EXPECT_EQ(wall.lower.decay, "ln p(x) ~ -1·exp(-1·x)");
  EXPECT_NEAR(classify(*formula("-exp(x)/(1+exp(x))+0.5", "1")).upper.rate, -1, 1e-9);
}

TEST(Feller, OscillationsAreAveraged) {
  EXPECT_FALSE(classify(*formula("sin(x)", "1")).normalisable());
  const Classification tilted = classify(*formula("0.7-sin(x)", "sqrt(2)"));
  EXPECT_TRUE(tilted.lower.integrable);
  EXPECT_FALSE(tilted.upper.integrable);
  EXPECT_NEAR(tilted.upper.rate, .7, 1e-3);
}

TEST(Feller, MetastableWellIsTrapped) {
  // V = x²/2 − x³/3 falls to −∞ on the right behind a barrier of 1/6; p ∝ exp(−2V/.05²).
  const Classification c = classify(*formula("-x+x^2", "0.05"));
  EXPECT_FALSE(c.upper.integrable);
  EXPECT_TRUE(c.lower.integrable);
  EXPECT_TRUE(c.trapped);
  EXPECT_NEAR(c.barrier, 2 / .0025 / 6, 1e-2);
}

TEST(Feller, NoiseThatVanishesInsideIsNamed) {
  EXPECT_THROW(static_cast<void>(classify(*formula("-x", "x-1"))), core::SettingsError);
  EXPECT_THROW(static_cast<void>(classify(*formula("-x", "x"))), core::SettingsError);
  try {
    static_cast<void>(classify(*formula("-x/10", "sqrt(1-x^2)")));
    FAIL() << "no error";
  } catch (const core::SettingsError& error) {
    EXPECT_NE(std::string(error.what()).find("x = "), std::string::npos) << error.what();
  }
}

TEST(SpeedDensity, AgreesWithTheClosedFormOfTheNetwork) {
  for (const char* depth : {"0", "1", "2", "4"}) {
    const auto sde = network({{"T", ".2"}, {"depth", depth}});
    const DiagonalNetworkLaw law({DataMoments::linear_teacher(1, 1), std::stoi(depth), 1, .2, 0, 1});
    const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(40, -4, 5);
    const Eigen::ArrayXd speed = log_speed_density(*sde, x);
    const double shift = law.log_density(x[20]) - speed[20];
    EXPECT_EQ(speed.maxCoeff(), 0);
    for (Eigen::Index k = 0; k < x.size(); ++k) {
      EXPECT_NEAR(law.log_density(x[k]) - speed[k] - shift, 0, 1e-11 * (1 + std::abs(speed[k])))
          << depth << ' ' << x[k];
    }
  }
}

TEST(SpeedDensity, NamesBadPoints) {
  EXPECT_THROW(
      static_cast<void>(log_speed_density(*formula("-x", "sqrt(x)", "0 inf"), Eigen::ArrayXd::LinSpaced(3, 0, 1))),
      core::SettingsError);
}

TEST(MomentExponent, TellsFiniteFromInfiniteMoments) {
  const auto shallow = network({{"T", ".2"}});
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(moment_exponent(*shallow, 0, 2, true), -infinity);  // E[v²] finite: v^{−7/2}
  EXPECT_EQ(moment_exponent(*shallow, 0, 3, true), infinity);   // E[|v|³] infinite
  EXPECT_EQ(moment_exponent(*shallow, 0, 1, false), -infinity);
  EXPECT_EQ(moment_exponent(*network({{"T", ".9999/3"}}), 0, 2, false), -infinity);
  EXPECT_EQ(moment_exponent(*network({{"T", ".9999/3"}}), -1, 2, false), -infinity);
  // D = 0: E[v²] = ∞ from T = β₁/α₁ = ½ on; the exponent of v²p is −β₁/(Tα₁), and −1 diverges.
  EXPECT_LT(moment_exponent(*network({{"T", ".49"}, {"depth", "0"}}), -1, 2, true), -1.01);
  EXPECT_NEAR(moment_exponent(*network({{"T", ".5"}, {"depth", "0"}}), -1, 2, true), -1, 1e-9);
  EXPECT_GT(moment_exponent(*network({{"T", ".51"}, {"depth", "0"}}), -1, 2, false), -.99);
  EXPECT_NEAR(moment_exponent(*network({{"T", ".5"}, {"depth", "0"}}), -1, 0, true), -3, 1e-9);
  EXPECT_EQ(moment_exponent(*formula("-x", "1"), -1, 40, true), -infinity);
}

/// The parameter value where f, which changes sign between a and b, does so; bisection to rounding.
double zero(const std::function<double(double)>& f, double a, double b) {
  const bool rising = f(a) < 0;
  for (int step = 0; step < 60; ++step) {
    const double middle = a / 2 + b / 2;
    ((f(middle) < 0) == rising ? a : b) = middle;
  }
  return a / 2 + b / 2;
}

std::unique_ptr<model::Sde> network_at(double temperature) {
  std::ostringstream text;
  text.precision(17);
  text << temperature;
  return network({{"T", text.str()}});
}

TEST(Feller, MarginsVanishAtTheCriticalTemperature) {
  const auto integrable = [](double t) { return classify(*network_at(t)).lower.margin; };
  const auto reach = [](double t) { return classify(*network_at(t)).lower.reach_margin; };
  EXPECT_NEAR(zero(integrable, .2, .5), 1. / 3, 1e-14);
  EXPECT_NEAR(zero(reach, .2, .5), 1. / 3, 1e-14);
  EXPECT_NEAR(classify(*network_at(.1)).upper.margin, 2.5, 1e-12);
}

TEST(Feller, TheDensityOfVDivergesFromAThirdOfTheCriticalTemperatureOn) {
  const auto exponent = [](double t) { return edge_exponent(*network_at(t), 0, false)->exponent; };
  EXPECT_NEAR(zero(exponent, .05, .3), 1. / 9, 1e-13);
  EXPECT_EQ(edge_exponent(*network_at(.1), 0, false)->limit, 0);
  EXPECT_FALSE(edge_exponent(*network_at(.1), -1, false)) << "s has no finite end";
  EXPECT_FALSE(edge_exponent(*network_at(.1), 0, true)) << "v is infinite at the upper end";
  const auto deep = edge_exponent(*network({{"depth", "2"}}), 0, false);
  EXPECT_EQ(deep->exponent, std::numeric_limits<double>::infinity());
}

/// dx = (a − x)dt + √(2x) dW: p ~ x^{a−1}e^{−x}, and 0 is reached for a < 1.
TEST(Feller, MarginsAndExponentsAtAFiniteEndFollowTheParameter) {
  const auto model = [](double a) {
    std::ostringstream text;
    text.precision(17);
    text << a << " - x";
    return formula(text.str(), "sqrt(2*x)", "0 inf");
  };
  EXPECT_NEAR(zero([&](double a) { return edge_exponent(*model(a), -1, false)->exponent; }, .5, 2), 1, 1e-13);
  EXPECT_NEAR(zero([&](double a) { return classify(*model(a)).lower.reach_margin; }, .5, 2), 1, 1e-13);
  EXPECT_NEAR(zero([&](double a) { return classify(*model(a)).lower.margin; }, -.5, 2), 0, 1e-13);
}

/// p ~ e^{−kx²}: what decays faster than exponentially is measured by its factor.
TEST(Feller, MarginOfAGaussianIsContinuousThroughZero) {
  const auto margin = [](double k) { return classify(*formula(std::to_string(-k) + "*x", "1")).upper.margin; };
  EXPECT_NEAR(margin(1), 1, 1e-9);
  EXPECT_NEAR(margin(1e-3), 1e-3, 1e-12);
  EXPECT_NEAR(margin(-1e-3), -1e-3, 1e-12);
}

}  // namespace
}  // namespace sgdflux::theory
