/// Paths of every built-in model against exact laws; SGD against the discrete algorithm; standard errors on replicas.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/sample/sde_process.hpp"
#include "sgdflux/sample/sgd_process.hpp"
#include "sgdflux/study/sample.hpp"
#include "sgdflux/theory/reference.hpp"
#include "support/numerics.hpp"

namespace sgdflux::test {
namespace {

study::SampleOptions sde_options(const model::Sde& sde, double dt, sample::Integrator integrator) {
  study::SampleOptions options;
  for (const std::string& name : sde.variables()) {
    options.mesh.push_back(mesh::parse_axis(name, "auto 40"));
  }
  options.plan.paths = 1000;
  options.plan.steps = 4000;
  options.plan.burn = 1000;
  sample::SdeOptions steps;
  steps.dt = dt;
  steps.integrator = integrator;
  options.weak_order = sample::weak_order(sde, steps);
  options.process = [steps, &sde](bool half) {
    sample::SdeOptions level = steps;
    level.level = half ? 1 : 0;
    return sample::make_sde_process(sde, level);
  };
  return options;
}

/// Bias taken off; what the leading order of the bias leaves counts as a quarter of it.
void expect_exact(const study::SampleAnswer& answer, const std::string& name, double exact) {
  const core::Estimate& found = answer.observables.at(name);
  ASSERT_TRUE(found.value.has_value()) << name << ": " << found.reason;
  double bias = 0;
  double error = *found.error;
  if (const auto step = answer.step_error.find(name); step != answer.step_error.end()) {
    bias = step->second.value.value_or(0);
    error = std::hypot(error, step->second.error.value_or(0));
  }
  EXPECT_NEAR(*found.value - bias, exact, 4.5 * error + 0.25 * std::abs(bias)) << name;
}

struct Model {
  std::string label;
  Lines lines;
  double dt;
  sample::Integrator integrator;
};

class PathsOfModels : public testing::TestWithParam<Model> {};

TEST_P(PathsOfModels, MeetTheExactMoments) {
  const auto sde = make_model(GetParam().lines);
  const auto answer = study::sample(MPI_COMM_SELF, *sde, sde_options(*sde, GetParam().dt, GetParam().integrator));
  EXPECT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const auto reference = theory::reference(*sde);
  ASSERT_NE(reference, nullptr);
  int compared = 0;
  for (const auto& [name, exact] : reference->observables) {
    const auto found = answer.observables.find(name);
    if (found != answer.observables.end() && found->second.reason.empty()) {  // no errors that heavy tails make useless
      expect_exact(answer, name, exact);
      ++compared;
    }
  }
  EXPECT_GE(compared, 2);
}

std::vector<Model> all_models() {
  using sample::Integrator;
  return {{"TwoLayersEuler", {{"name", "diagonal-network"}, {"T", "0.1"}}, 0.01, Integrator::euler},
          {"TwoLayersMilstein", {{"name", "diagonal-network"}, {"T", "0.1"}}, 0.01, Integrator::milstein},
          {"TwoLayersPlaten", {{"name", "diagonal-network"}, {"T", "0.1"}}, 0.01, Integrator::platen},
          {"OneWeight", {{"name", "diagonal-network"}, {"depth", "0"}, {"T", "0.05"}}, 0.02, Integrator::automatic},
          {"ThreeLayers", {{"name", "diagonal-network"}, {"depth", "2"}, {"T", "0.1"}}, 0.01, Integrator::automatic},
          {"MomentumExact", {{"name", "momentum-regression"}}, 0.1, Integrator::exact},
          {"MomentumSplit", {{"name", "momentum-regression"}}, 0.1, Integrator::baoab},
          {"TwoModes", {{"name", "momentum-regression"}, {"rho", "1 3"}}, 0.05, Integrator::automatic},
          {"OrnsteinUhlenbeck",
           {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -2; 2 1"}, {"noise_matrix", "1 0; 0.3 0.8"}},
           0.02,
           Integrator::automatic}};
}
INSTANTIATE_TEST_SUITE_P(Sample, PathsOfModels, testing::ValuesIn(all_models()),
                         [](const auto& tested) { return tested.param.label; });

/// Where plain Euler–Maruyama explodes or gives .830 (docs/numerics.md): no path is lost, events are counted.
TEST(Sample, TamedEulerStandsLargeStepsInTheLogarithm) {
  const auto sde = make_model({{"name", "diagonal-network"}, {"T", "0.1"}});
  study::SampleOptions options = sde_options(*sde, 0.04, sample::Integrator::euler);
  const auto answer = study::sample(MPI_COMM_SELF, *sde, options);
  EXPECT_EQ(answer.diverged, 0);
  EXPECT_GT(answer.tamed, 0);
  EXPECT_LT(answer.tamed, 0.05);
  expect_exact(answer, "mean.v", 0.844936);
}

study::SampleAnswer paths_of_formula(const std::string& drift, int paths) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", drift}, {"noise.x.1", "0.8"}});
  study::SampleOptions options = sde_options(*sde, 0.01, sample::Integrator::automatic);
  options.mesh = {mesh::parse_axis("x", "linear(-5, 5) 40")};
  options.plan.paths = paths;
  options.plan.burn = 200;
  options.plan.steps = 2000;
  return study::sample(MPI_COMM_SELF, *sde, options);
}

TEST(Sample, ExplosionInFiniteTimeIsNotTamedAway) {
  const auto answer = paths_of_formula("x^3", 100);
  EXPECT_EQ(answer.verdict, study::Verdict::no_stationary_density) << answer.reason;
  EXPECT_EQ(answer.diverged, 100);
  EXPECT_GT(answer.first_divergence, 0);
}

/// The mean of a symmetric runaway does not drift; its spread does.
TEST(Sample, WhatSpreadsWithoutEndIsNotConverged) {
  for (const std::string drift : {"0", "x"}) {
    EXPECT_EQ(paths_of_formula(drift, 200).verdict, study::Verdict::not_converged) << drift;
  }
  EXPECT_EQ(paths_of_formula("-x", 200).verdict, study::Verdict::converged);
}

TEST(Sample, CirculationAroundACircleMeetsTheSolver) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "q y"},
                               {"drift.q", "1+y"},
                               {"drift.y", "-y"},
                               {"noise.q.1", "0.5"},
                               {"noise.y.2", "1"}});
  study::SampleOptions options = sde_options(*sde, 0.01, sample::Integrator::automatic);
  options.mesh = {mesh::parse_axis("q", "linear(0, 6.283185307179586) 32 periodic"),
                  mesh::parse_axis("y", "linear(-5, 5) 32")};
  const auto answer = study::sample(MPI_COMM_SELF, *sde, options);
  expect_exact(answer, "circulation.q.y", -0.5);
}

/// d ln|u² − w²| = −4Tg dt along every path.
TEST(Sample, PathsOfAPairObeyTheLawOfBalance) {
  const auto sde = make_model({{"name", "balance-pair"}, {"T", "0.02"}});
  study::SampleOptions options = sde_options(*sde, 0.002, sample::Integrator::automatic);
  options.mesh = {mesh::parse_axis("s", "linear(-6, 4) 40"), mesh::parse_axis("phi", "linear(-2, 2) 40")};
  options.plan.paths = 400;
  options.plan.burn = 0;
  options.plan.steps = 1000;
  options.plan.every = 1;
  options.weak_order = 0;
  options.process = [&sde](bool) {
    sample::SdeOptions steps;
    steps.dt = 0.002;
    steps.start = Eigen::Vector2d(0, 0.5);
    return sample::make_sde_process(*sde, steps);
  };
  const auto symbols = options.process(false)->quantities();
  const auto formula = [&](const std::string& name, const std::string& text) {
    options.plan.formulas.push_back({name, std::make_shared<core::Formula>(name, text, symbols)});
  };
  formula("order", "log(abs(imbalance))");
  formula("g", "2*v^2 - 4*v + 3");
  const auto answer = study::sample(MPI_COMM_SELF, *sde, options);
  const auto& order = answer.series.at("order").values;
  const double time = answer.times.back() - answer.times.front();
  const double expected = -4 * 0.02 * answer.observables.at("g").value.value() * time;
  EXPECT_NEAR(order.back() - order.front(), expected, 0.001 * std::abs(expected));
}

study::SampleOptions sgd_options(double eta, std::uint64_t seed) {
  study::SampleOptions options;
  options.mesh = {mesh::parse_axis("s", "linear(-12, 6) 40")};
  options.process = [eta, seed](bool) {
    sample::SgdOptions steps;
    steps.eta = eta;
    steps.seed = seed;
    return sample::make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {}, steps);
  };
  return options;
}

/// Discrete SGD, S = 1, η = T: 10⁹ steps gave these, the last digit uncertain by the number in brackets.
TEST(Sample, SgdMeetsTheDiscreteAlgorithm) {
  struct Row {
    double eta, mean, mean_error, variance, variance_error;
  };
  const auto sde = make_model({{"name", "diagonal-network"}, {"T", "0.01"}});
  for (const Row& row : {Row{0.01, 0.98938, 2e-5, 0.021067, 3e-6}, Row{0.02, 0.97718, 2e-5, 0.044629, 5e-6},
                         Row{0.03, 0.96267, 2e-5, 0.07154, 1e-5}}) {
    study::SampleOptions options = sgd_options(row.eta, 7);
    options.plan.paths = 4000;
    options.plan.burn = 1000;
    options.plan.steps = 8000;
    const auto answer = study::sample(MPI_COMM_SELF, *sde, options);
    const core::Estimate& mean = answer.observables.at("mean.v");
    const core::Estimate& variance = answer.observables.at("clipped.var.v");
    EXPECT_NEAR(*mean.value, row.mean, 3 * std::hypot(*mean.error, row.mean_error)) << row.eta;
    EXPECT_NEAR(*variance.value, row.variance, 3 * std::hypot(*variance.error, row.variance_error)) << row.eta;
  }
}

/// The third moment is infinite: the tail of the density is v^(−7/2).
TEST(Sample, StandardErrorsOfSgdHoldOnReplicas) {
  const auto sde = make_model({{"name", "diagonal-network"}, {"T", "0.03"}});
  constexpr int replicas = 200;
  int mean_covered = 0;
  int variance_covered = 0;
  for (int replica = 0; replica < replicas; ++replica) {
    study::SampleOptions options = sgd_options(0.03, static_cast<std::uint64_t>(1000 + replica));
    options.plan.paths = 128;
    options.plan.burn = 200;
    options.plan.steps = 800;
    options.plan.history = 0;
    const auto answer = study::sample(MPI_COMM_SELF, *sde, options);
    const core::Estimate& mean = answer.observables.at("clipped.mean.v");
    const core::Estimate& variance = answer.observables.at("clipped.var.v");
    mean_covered += std::abs(*mean.value - 0.96267) <= 1.96 * *mean.error ? 1 : 0;
    variance_covered += std::abs(*variance.value - 0.07154) <= 1.96 * *variance.error ? 1 : 0;
  }
  EXPECT_GE(mean_covered, 0.9 * replicas);
  EXPECT_GE(variance_covered, 0.9 * replicas);
}

}  // namespace
}  // namespace sgdflux::test
