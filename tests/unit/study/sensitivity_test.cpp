/// Sensitivities of stationary averages against exact laws and against central differences of whole solves.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/gibbs.hpp"
#include "sgdflux/theory/ziyin_2023.hpp"
#include "support/sensitivities.hpp"

namespace sgdflux::study {
namespace {

using test::expect_sensitivity;
using test::Family;

Family network(int depth, double temperature) {
  return {{{"name", "diagonal-network"}, {"depth", std::to_string(depth)}}, "T", temperature, 1e-3 * temperature};
}

/// d/dT of a number of the exact law.
double by_temperature(int depth, double temperature, double (theory::DiagonalNetworkLaw::*number)() const) {
  return test::central(
      [&](double t) {
        theory::DiagonalNetwork network;
        network.depth = depth;
        network.temperature = t;
        return (theory::DiagonalNetworkLaw(network).*number)();
      },
      temperature, 2e-3 * std::abs(1. / 3 - temperature));
}

/// All sensitivities against differences of whole solves on the same mesh, whose discretisation errors they share.
void expect_whole_solves(const Family& family, const std::vector<std::string>& axes, double step, double tolerance,
                         const test::StudySetup& setup = {}) {
  const StationaryAnswer answer = family.study(axes, setup);
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const test::StudySetup plain{answer.flux, -1, false};
  std::map<int, StationaryAnswer> solves;
  for (int k = -3; k <= 3; ++k) {
    solves.emplace(k, family.study(answer.mesh, family.value + k * step, false, plain));
  }
  for (const auto& [name, found] : answer.sensitivities.at(family.parameter)) {
    if (!found.value) {
      continue;
    }
    double size = 0;
    const double whole = test::central(
        [&](double p) {
          const int k = static_cast<int>(std::lround((p - family.value) / step));
          const double value = test::value(solves.at(k), name);
          size = std::max(size, std::abs(value));
          return value;
        },
        family.value, step);
    EXPECT_NEAR(*found.value, whole, tolerance * (std::abs(whole) + size) + 1e-11)
        << name << " by " << family.parameter;
  }
}

TEST(Sensitivity, OfTheNetworkIsThatOfItsExactLaw) {
  for (const double temperature : {.1, .2, .3}) {
    const StationaryAnswer answer = network(1, temperature).study({"auto 400"});
    const auto exact = [&](auto number) { return by_temperature(1, temperature, number); };
    expect_sensitivity(answer, "T", "mean.v", exact(&theory::DiagonalNetworkLaw::mean_v), 1e-10, 1e-9);
    expect_sensitivity(answer, "T", "cov.v.v", exact(&theory::DiagonalNetworkLaw::variance_v), 1e-10, 1e-9);
    expect_sensitivity(answer, "T", "mean.s", exact(&theory::DiagonalNetworkLaw::mean_s), 1e-10, 1e-9);
    expect_sensitivity(answer, "T", "cov.s.s", exact(&theory::DiagonalNetworkLaw::variance_s), 1e-10, 2e-9);
  }
  for (const int depth : {2, 3}) {
    const StationaryAnswer answer = network(depth, .2).study({"auto 400"});
    const double exact = by_temperature(depth, .2, &theory::DiagonalNetworkLaw::mean_v);
    expect_sensitivity(answer, "T", "mean.v", exact, 1e-10, 1e-9);
  }
}

TEST(Sensitivity, OfAVarianceEndsWhereItIsInfinite) {
  for (const double temperature : {.1, .4}) {
    const StationaryAnswer answer = network(0, temperature).study({"auto 400"});
    expect_sensitivity(answer, "T", "cov.v.v", std::pow(1 - 2 * temperature, -2), 1e-9, 1e-8);
  }
  // Nearer to the end the tail beyond every mesh counts, and the errors say so.
  expect_sensitivity(network(0, .46).study({"auto 400"}), "T", "cov.v.v", std::pow(.08, -2), 1e-3, 0.3);
  expect_sensitivity(network(0, .478).study({"auto 400"}), "T", "cov.v.v", std::pow(.044, -2), 1e-2, 0.3);
  const StationaryAnswer answer = network(0, .6).study({"auto 400"});
  const core::Estimate& variance = answer.sensitivities.at("T").at("cov.v.v");
  EXPECT_FALSE(variance.value);
  EXPECT_TRUE(test::has(variance.reason, "infinite")) << variance.reason;
  EXPECT_NEAR(*test::sensitivity(answer, "T", "mean.v").value, 0, 1e-9);
}

TEST(Sensitivity, CountsWhatQuantitiesAndFormulasThemselvesDo) {
  const Family family{{{"name", "formula"},
                       {"variables", "x"},
                       {"parameters", "p=1"},
                       {"drift.x", "p - x - p*x^3"},
                       {"noise.x.1", "sqrt(0.5 + p*x^2/4)"},
                       {"derived.u", "exp(p*x/2)"}},
                      "p",
                      1,
                      1e-3,
                      {{"mixed", "p^2*cos(x) + u"}, {"plain", "x^4"}}};
  expect_whole_solves(family, {"auto 200"}, 4e-3, 1e-9);
}

TEST(Sensitivity, OfARingWithACurrentAndOfABoxWithWalls) {
  const test::Lines ring{{"name", "formula"},
                         {"variables", "x"},
                         {"parameters", "F=0.7"},
                         {"drift.x", "F + sin(x)"},
                         {"noise.x.1", "0.8"}};
  const test::Lines formulas{{"cosine", "cos(x)"}, {"sine", "sin(x)"}};
  expect_whole_solves({ring, "F", .7, 1e-3, formulas}, {"linear(0, 2*pi) 100 periodic"}, 4e-3, 1e-9);
  expect_whole_solves({ring, "F", .7, 1e-3, formulas}, {"linear(0, 2*pi) 100 periodic"}, 4e-3, 1e-9, {"order6"});
  expect_whole_solves({ring, "F", .7, 1e-3, formulas}, {"linear(0, 3) 100 reflecting reflecting"}, 4e-3, 1e-9);
}

TEST(Sensitivity, OfMomentumIsThatOfItsExactCovariance) {
  const double scale = 1. / 32;  // batch
  const auto family = [](const char* parameter, double value) {
    return Family{{{"name", "momentum-regression"}}, parameter, value, 1e-3 * value};
  };
  const std::vector<std::string> axes{"auto 48", "auto 48"};
  const auto of = [&](const char* parameter, double value, double theta, double v) {
    const StationaryAnswer answer = family(parameter, value).study(axes);
    expect_sensitivity(answer, parameter, "cov.theta.theta", theta, 5e-9, 5e-7);
    expect_sensitivity(answer, parameter, "cov.v.v", v, 5e-9, 5e-7);
  };
  of("beta", .9, scale * .1 / 2 / .01, scale * 1.8 / std::pow(.19, 2));
  of("sigma2", 1, scale * .5, scale / .19);
  const auto eta = family("eta", .1).study(axes);
  expect_sensitivity(eta, "eta", "cov.theta.theta", scale * 5, 5e-9, 5e-7);
  const auto rho = family("rho", 1).study(axes);
  expect_sensitivity(rho, "rho", "cov.v.v", scale / .19, 5e-9, 5e-7);
  const auto decay = family("weight_decay", .1).study(axes);
  expect_sensitivity(decay, "weight_decay", "cov.theta.theta", -scale * .5 / 1.21, 5e-9, 5e-7);
}

Family kinetic_wells(double noise, const test::Lines& formulas) {
  return {{{"name", "formula"},
           {"variables", "x v"},
           {"parameters", "th=0.25"},
           {"drift.x", "v"},
           {"drift.v", "x - x^3 - v"},
           {"noise.v.1", "sqrt(2*th)"},
           {"derived.energy", "v^2/2 - x^2/2 + x^4/4"}},
          "th",
          noise,
          4e-3 * noise,
          formulas};
}

/// d⟨x²⟩/dΘ of the position in the double well.
double position_slope(double noise) {
  return test::central(
      [](double t) {
        const theory::KineticGibbsLaw law([](double x) { return x * x * x * x / 4 - x * x / 2; }, t);
        return law.position().mean([](double x) { return x * x; });
      },
      noise, 0.05 * noise);
}

TEST(Sensitivity, OfAKineticDoubleWellByItsNoise) {
  const Family family = kinetic_wells(.25, {{"fourth", "th*x^4"}, {"right", "x > 0.3"}, {"edge", "x > th"}});
  expect_whole_solves(family, {"linear(-2.7, 2.7) 56", "linear(-3.6, 3.6) 56"}, 2e-3, 1e-9);
  const StationaryAnswer answer = family.study({"linear(-2.7, 2.7) 56", "linear(-3.6, 3.6) 56"});
  expect_sensitivity(answer, "th", "cov.x.x", position_slope(.25), 1e-5, 1e-3);
  expect_sensitivity(answer, "th", "cov.v.v", 1, 1e-5, 1e-3);
  const core::Estimate& edge = answer.sensitivities.at("th").at("edge");
  EXPECT_FALSE(edge.value) << "a jump that moves with the parameter";
  EXPECT_TRUE(test::has(edge.reason, "jumps")) << edge.reason;
}

TEST(Sensitivity, HoldsLimitedCellsAndSaysHowFarItIsOff) {
  const StationaryAnswer answer =
      kinetic_wells(.03, {}).study({"linear(-1.8, 1.8) 48", "linear(-1.2, 1.2) 48"}, {"limited"});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_GT(answer.scheme_numbers.at("limited_cells"), 0);
  expect_sensitivity(answer, "th", "cov.x.x", position_slope(.03), .1, 10);
  expect_sensitivity(answer, "th", "cov.v.v", 1, .1, 10);
}

TEST(Sensitivity, OfCorrelatedNoiseByAMonotoneFlux) {
  const Family family{{{"name", "formula"},
                       {"variables", "x y"},
                       {"parameters", "c=0.5"},
                       {"drift.x", "-x + y/2"},
                       {"drift.y", "-y - x/2"},
                       {"noise.x.1", "1"},
                       {"noise.y.1", "c"},
                       {"noise.y.2", "0.8"}},
                      "c",
                      .5,
                      1e-3};
  const std::vector<std::string> axes{"linear(-4, 4) 60", "linear(-4, 4) 60"};
  expect_whole_solves(family, axes, 1e-3, 1e-8, {"monotone"});
  const StationaryAnswer answer = family.study(axes, {"monotone"});
  expect_sensitivity(answer, "c", "cov.x.x", .25, 1e-3, .1);
  expect_sensitivity(answer, "c", "cov.x.y", .5, 1e-3, .1);
  expect_sensitivity(answer, "c", "cov.y.y", .25, 1e-3, .1);
}

TEST(Sensitivity, ByAParameterThatOnlySetsTheClockIsZeroWithinItsError) {
  const Family family{{{"name", "formula"},
                       {"variables", "x"},
                       {"parameters", "k=1"},
                       {"drift.x", "k*(x - x^3)"},
                       {"noise.x.1", "sqrt(k)"}},
                      "k",
                      1,
                      1e-3};
  const StationaryAnswer answer = family.study({"auto 200"});
  expect_sensitivity(answer, "k", "cov.x.x", 0, 1e-2, 1);
}

TEST(Sensitivity, IsNotAskedOfAStateSpaceInParts) {
  const Family family{
      {{"name", "formula"}, {"variables", "x"}, {"parameters", "k=1"}, {"drift.x", "k*x - x^3"}, {"noise.x.1", "x"}},
      "k",
      1,
      1e-3};
  const StationaryAnswer answer = family.study({"auto 200"});
  EXPECT_TRUE(answer.sensitivities.empty());
  EXPECT_EQ(answer.verdict, Verdict::several_ergodic_components);
}

}  // namespace
}  // namespace sgdflux::study
