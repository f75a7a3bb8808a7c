/// Claims of docs/theory.md that join models and exact results: no solver takes part.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <random>

#include "sgdflux/model/registry.hpp"
#include "sgdflux/theory/feller.hpp"
#include "sgdflux/theory/reference.hpp"
#include "sgdflux/theory/ziyin_2023.hpp"

namespace sgdflux::theory {
namespace {

/// Moments (x², xy) of ten random points with noise: what a small data set would give.
DataMoments random_moments(std::mt19937& random) {
  std::normal_distribution<double> normal;
  Eigen::ArrayXd x = Eigen::ArrayXd::NullaryExpr(10, [&]() { return normal(random); });
  const Eigen::ArrayXd xx = x.square();
  const Eigen::ArrayXd xy = x * (x + 0.7 * Eigen::ArrayXd::NullaryExpr(10, [&]() { return normal(random); }));
  return {xx.mean(), xy.mean(), (xx - xx.mean()).square().mean(), ((xx - xx.mean()) * (xy - xy.mean())).mean(),
          (xy - xy.mean()).square().mean()};
}

std::unique_ptr<model::Sde> make(const DiagonalNetwork& network) {
  const DataMoments& m = network.moments;
  core::Settings settings;
  settings.set("model.name", "diagonal-network", "test");
  const std::map<std::string, double> values{{"beta1", m.beta1},      {"beta2", m.beta2},   {"alpha1", m.alpha1},
                                             {"alpha2", m.alpha2},    {"alpha3", m.alpha3}, {"T", network.temperature},
                                             {"gamma", network.gamma}};
  for (const auto& [name, value] : values) {
    char text[40];
    static_cast<void>(std::snprintf(text, sizeof text, "%.17g", value));
    settings.set("model." + name, text, "test");
  }
  settings.set("model.depth", std::to_string(network.depth), "test");
  settings.set("model.sign", std::to_string(network.sign), "test");
  settings.set("model.width", std::to_string(static_cast<int>(network.width)), "test");
  return model::make(settings);
}

TEST(TheoryClaims, BoundaryClassificationAgreesWithTheExistenceTheoremOnRandomData) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform;
  int with = 0;
  for (int trial = 0; trial < 200; ++trial) {
    DiagonalNetwork network{random_moments(random), trial % 5, 1, 0.6 * uniform(random) + .01, 0, 1};
    network.sign = network.depth > 0 && trial % 3 == 0 ? -1 : 1;
    network.gamma = trial % 4 == 0 ? .1 * uniform(random) : 0;
    const bool exists = DiagonalNetworkLaw::exists(network);
    const Classification found = classify(*make(network));
    EXPECT_EQ(found.normalisable(), exists) << "depth " << network.depth << " T " << network.temperature << " sign "
                                            << network.sign << ": " << found.lower.decay << "; " << found.upper.decay;
    with += exists ? 1 : 0;
  }
  EXPECT_GT(with, 50);
  EXPECT_LT(with, 150);
}

TEST(TheoryClaims, ExactDensityOfEveryNetworkIsTheSpeedDensityOfItsModel) {
  std::mt19937 random(12);
  std::uniform_real_distribution<double> uniform;
  for (int trial = 0; trial < 60; ++trial) {
    DiagonalNetwork network{random_moments(random), trial % 5, 1, .02 + .3 * uniform(random), 0, 1};
    network.width = network.depth == 0 ? 1 : 1 + trial % 4;
    network.gamma = network.depth < 2 ? .02 : 0;
    const auto sde = make(network);
    const auto exact = reference(*sde);
    EXPECT_EQ(exact != nullptr, DiagonalNetworkLaw::exists(network));
    if (!exact) {
      continue;
    }
    const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(60, -3, 3);
    const Eigen::ArrayXd difference = exact->log_density(core::Batch(x)) - log_speed_density(*sde, x);
    const double scale = 1 + log_speed_density(*sde, x).abs().maxCoeff();
    EXPECT_LT((difference - difference[30]).abs().maxCoeff(), 1e-10 * scale) << "depth " << network.depth;
  }
}

TEST(TheoryClaims, AboveTheCriticalTemperatureMassEndsOnZeroWithTheLyapunovExponentOfZero) {
  // The drift of s at −∞ is 4(β₂ − γ − Tα₃): it changes sign at T_c, and the density rate there is (T_c/T − 1)/2.
  for (const double temperature : {.2, .33, .34, .5}) {
    const DiagonalNetwork network{DataMoments::linear_teacher(1, 1), 1, 1, temperature, 0, 1};
    const Classification found = classify(*make(network));
    EXPECT_NEAR(found.lower.rate, (1 / (3 * temperature) - 1) / 2, 1e-12);
    EXPECT_EQ(found.lower.integrable, temperature < 1.0 / 3);
    EXPECT_NE(found.lower.where.find("v = 0"), std::string::npos);
  }
}

}  // namespace
}  // namespace sgdflux::theory
