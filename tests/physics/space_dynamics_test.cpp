/// Eigenvalues in three dimensions and densities over time in four, without matrices: docs/numerics.md.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "study/memory.hpp"
#include "support/dynamics.hpp"

namespace sgdflux::test {
namespace {

using Complex = std::complex<double>;

/// A rotation in a plane that drives a third variable; correlated noise.
std::unique_ptr<model::Sde> coupled_in_space() {
  return make_model({{"name", "ornstein-uhlenbeck"},
                     {"drift_matrix", "1 .4 0; -.3 1.5 .2; .1 0 2"},
                     {"noise_matrix", "1 0 0; 0 1.2 0; .3 0 1"}});
}

TEST(SpectrumInSpace, IsTheExactOneWithinItsErrors) {
  const auto sde = coupled_in_space();
  const auto answer = spectrum_of(*sde, {"auto 26", "auto 26", "auto 26"}, 3, {"order6", -1});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_TRUE(has(answer.solver, "geometric multigrid")) << answer.solver;
  const auto truth = theory::linear_dynamics(*sde)->eigenvalues(3);
  ASSERT_EQ(answer.eigenvalues.size(), truth.size());
  for (std::size_t k = 0; k < truth.size(); ++k) {
    const auto& found = answer.eigenvalues[k];
    const double distance = std::abs(found.value - truth[k]);
    EXPECT_LE(distance, 1e-5 * std::abs(truth[1])) << found.value;
    EXPECT_LE(distance, found.error) << found.value;
    EXPECT_LE(found.error, 1e-2) << found.value;
    EXPECT_LE(found.residual, 1e-9) << found.value << ", to the right and to the left";
  }
}

TEST(SpectrumInSpace, BeyondTheMemoryForFactorsIsRefusedWhereNothingElseServes) {
  const auto sde = coupled_in_space();
  const auto refusal = [&](const std::string& axis) {
    auto options = options_on<study::SpectrumOptions>(*sde, {axis, axis, axis}, {"order8", -1, false});
    options.memory_limit = 4e9;
    return error_of([&] { static_cast<void>(study::spectrum(MPI_COMM_SELF, *sde, options)); });
  };
  const std::string message = refusal("linear(-4, 4) 96 absorbing");
  EXPECT_TRUE(has(message, "96 × 96 × 96 cells need about") && has(message, "cells fit")) << message;
}

/// Means and covariances at every time, within `tolerance` and their errors; mass to rounding.
void expect_exact_gaussian(const model::Sde& sde, const study::EvolveOptions& options, double tolerance,
                           const std::string& solver) {
  const auto answer = study::evolve(MPI_COMM_SELF, sde, options, {});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_TRUE(has(answer.solver, solver)) << answer.solver;
  EXPECT_LE(answer.audit.mass_error, 1e-13);
  ASSERT_TRUE(answer.reference.has_value());
  double largest = 0;
  for (const auto& [name, truth] : *answer.reference) {
    for (std::size_t k = 0; k < truth.size(); ++k) {
      expect_covered(answer.series.at(name), k, truth[k], name);
      largest = std::max(largest, std::abs(answer.series.at(name).values[k] - truth[k]));
    }
  }
  EXPECT_LE(largest, tolerance);
}

TEST(EvolutionInFourDimensions, OfACoupledRelaxationIsTheExactGaussian) {
  const auto sde = make_model({{"name", "ornstein-uhlenbeck"},
                               {"drift_matrix", "1 .4 0 0; -.4 1 .2 0; 0 0 1.5 .3; 0 .1 0 1.2"},
                               {"noise_matrix", "1 0 0 0; 0 1 0 0; .3 0 1 0; 0 0 0 1"}});
  const std::string axis = "linear(-3.2, 3.2) 12";
  const auto options = from_point(*sde, {axis, axis, "linear(-2.8, 2.8) 12", axis}, Eigen::Vector4d(.5, 0, -.4, .3),
                                  Eigen::Vector4d::Constant(.6), {.5, 1}, {"order6", -1});
  expect_exact_gaussian(*sde, options, 2.5e-4, "geometric multigrid");
}

/// Two modes with correlated noise, the learning rate going down.
std::unique_ptr<model::Sde> annealed(double time) {
  return make_model({{"name", "momentum-regression"},
                     {"rho", "1 0.4"},
                     {"noise_correlation", "0.2"},
                     {"eta", number(.1 * (1 - 1.6 * time))}});
}

TEST(EvolutionInFourDimensions, FollowsASchedule) {
  const auto sde = annealed(0);
  auto options =
      from_point(*sde, {"linear(-.8, .8) 12", "linear(-2.6, 2.6) 12", "linear(-.8, .8) 12", "linear(-1.7, 1.7) 12"},
                 Eigen::Vector4d(.06, 0, -.05, .1), Eigen::Vector4d(.14, .45, .14, .29), {.25}, {"order8", -1, false});
  options.schedule = annealed;
  options.tolerance = 1e-7;
  const auto answer = study::evolve(MPI_COMM_SELF, *sde, options, {});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_TRUE(has(answer.solver, "Kronecker sum") && has(answer.solver, "no matrix")) << answer.solver;
  EXPECT_LE(answer.audit.mass_error, 1e-12);
  const auto coefficients = [](double time) { return theory::linear_dynamics(*annealed(time))->coefficients(); };
  const theory::Moments start{options.initial.center, options.initial.width.array().square().matrix().asDiagonal()};
  const auto truth = theory::moments_over_time(coefficients, start, {0, .25}).back();
  const auto frozen = theory::linear_dynamics(*sde)->moments(.25, start);
  double worst = 0;
  double apart = 0;
  for (int a = 0; a < 4; ++a) {
    const std::string& name = sde->variables()[static_cast<std::size_t>(a)];
    const double unit = std::sqrt(truth.covariance(a, a));
    worst = std::max(worst, std::abs(answer.series.at("mean." + name).values[0] - truth.mean(a)) / unit);
    apart = std::max(apart, std::abs(frozen.mean(a) - truth.mean(a)) / unit);
  }
  EXPECT_LE(worst, 3e-4);
  EXPECT_GE(apart, .05);
}

TEST(EvolutionInFourDimensions, OfTwoModesOfMomentumIsTheExactGaussian) {
  const auto sde = make_model({{"name", "momentum-regression"}, {"rho", "1 0.4"}, {"noise_correlation", "0.2"}});
  const auto options =
      from_point(*sde, {"linear(-.8, .8) 12", "linear(-2.6, 2.6) 12", "linear(-.8, .8) 12", "linear(-1.7, 1.7) 12"},
                 Eigen::Vector4d(.06, 0, -.05, .1), Eigen::Vector4d(.14, .45, .14, .29), {.25}, {"order8", -1});
  expect_exact_gaussian(*sde, options, 5e-4, "Kronecker sum");
}

}  // namespace
}  // namespace sgdflux::test
