#include "sgdflux/solve/stationary.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

using core::Index;

/// Birth and death rates between n cells in a row: up(i) from i to i + 1, down(i) from i + 1 to i.
struct Chain {
  Eigen::ArrayXd up;
  Eigen::ArrayXd down;

  [[nodiscard]] fv::Generator generator(const mesh::Box& box) const {
    const Index n = up.size() + 1;
    fv::Generator g{box, {{}, {-1, 0, 0, 0}, {1, 0, 0, 0}}, core::Batch::Zero(n, 3)};
    for (Index i = 0; i + 1 < n; ++i) {
      g.values(i, 0) -= up(i);
      g.values(i + 1, 0) -= down(i);
      g.values(i + 1, 1) = up(i);
      g.values(i, 2) = down(i);
    }
    return g;
  }
  /// Detailed balance, Σ = 1 per unit of ξ-volume 1.
  [[nodiscard]] Eigen::ArrayXd law() const {
    Eigen::ArrayXd p = Eigen::ArrayXd::Ones(up.size() + 1);
    for (Index i = 0; i < up.size(); ++i) {
      p(i + 1) = p(i) * up(i) / down(i);
    }
    return p / p.sum();
  }
};

StationaryResult solve_chain(const Chain& chain) {
  const auto sde = test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  const Index n = chain.up.size() + 1;
  const mesh::Grid grid = test::make_grid(*sde, {"linear(0, " + std::to_string(n) + ") " + std::to_string(n)});
  const mesh::Partition partition(grid, 1);
  const fv::Generator g = chain.generator(test::whole(grid));
  return stationary(MPI_COMM_SELF, {grid, partition, g}, {});
}

TEST(Stationary, OfABirthDeathChainIsDetailedBalanceExactly) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(.5, 1.5);
  Chain chain{Eigen::ArrayXd(199), Eigen::ArrayXd(199)};
  for (Index i = 0; i < 199; ++i) {
    chain.up(i) = uniform(random) * (i < 80 ? 1.3 : .8);
    chain.down(i) = uniform(random);
  }
  const StationaryResult result = solve_chain(chain);
  EXPECT_TRUE(result.converged && result.simple) << result.reason;
  EXPECT_LT(((result.density - chain.law()) / chain.law()).abs().maxCoeff(), 1e-10) << "every cell, in relative terms";
  EXPECT_LT(result.conservation, 1e-14);
  EXPECT_NEAR(result.density.sum(), 1, 1e-14);
}

TEST(Stationary, OfAChainWhoseRatesSpanFortyDecadesIsExact) {
  Chain chain{Eigen::ArrayXd(119), Eigen::ArrayXd(119)};
  for (Index i = 0; i < 119; ++i) {
    const double scale = std::pow(10., static_cast<double>(i) / 3);
    chain.up(i) = scale * (i < 40 ? 1.5 : .5);
    chain.down(i) = scale;
  }
  const StationaryResult result = solve_chain(chain);
  EXPECT_TRUE(result.converged && result.simple) << result.reason;
  EXPECT_LT(((result.density - chain.law()) / chain.law()).abs().maxCoeff(), 1e-10);
}

TEST(Stationary, OfOneVariableIsExactInRelativeTermsInTheFarthestTail) {
  // p ~ (1 + x²)^{−2.6}: 1e−105 at the ends, which the fourth power of x there lifts to 1e−21.
  const auto sde = test::make_model(
      {{"name", "formula"}, {"variables", "x"}, {"drift.x", "-1.6*x"}, {"noise.x.1", "sqrt(1 + x^2)"}});
  const auto answer = test::solved(*sde, {"sinh(-1e21, 1e21, 0.5) 600"}, {fv::Flux::exact, 0});
  const Eigen::ArrayXd exact = (1 + answer.points.col(0).square()).pow(-2.6) * answer.jacobian;
  const Eigen::ArrayXd ratio = answer.result.density / exact;
  EXPECT_LT((ratio / ratio(300) - 1).abs().maxCoeff(), 1e-9);
}

TEST(Stationary, OfTwoDisconnectedChainsHasNoSimpleZero) {
  Chain chain{Eigen::ArrayXd::Constant(59, 1.1), Eigen::ArrayXd::Constant(59, .9)};
  chain.up(30) = chain.down(30) = 0;
  EXPECT_FALSE(solve_chain(chain).simple);
}

TEST(Stationary, OfTwoWellsThatExchangeOverATinyRateHasNoSimpleZeroToWorkingPrecision) {
  // 1-D wells at ±1 with exp(−40·25) between them.
  const auto sde = test::make_model(
      {{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(2*0.00025)"}});
  EXPECT_FALSE(test::solved(*sde, {"linear(-1.4, 1.4) 200"}, {fv::Flux::exact, 0}).result.simple);
}

TEST(Stationary, OfTwoWellsThatDoExchangeHasASimpleZeroAndTheSlowGap) {
  // Kramers: λ₂ ≈ √2/π·e^{−ΔV/Θ} = .0082 at Θ = .0625, times 1 − O(Θ).
  const auto sde = test::make_model(
      {{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(2*0.0625)"}});
  const auto result = test::solved(*sde, {"linear(-2.4, 2.4) 300"}, {fv::Flux::exact, 0}).result;
  EXPECT_TRUE(result.simple && result.converged);
  EXPECT_NEAR(result.gap, std::sqrt(2.) / M_PI * std::exp(-4.), .2 * result.gap);
}

TEST(Stationary, GapOfTheRelaxationOnSevenSigmaIsItsRate) {
  for (const double rate : {.01, 1., 700.}) {
    const auto sde = test::make_model({{"name", "ornstein-uhlenbeck"},
                                       {"drift_matrix", test::number(rate)},
                                       {"noise_matrix", test::number(std::sqrt(2 * rate))}});
    for (const fv::Flux flux : {fv::Flux::order8, fv::Flux::exact}) {
      const auto result = test::solved(*sde, {"linear(-7, 7) 200"}, {flux, 0}).result;
      EXPECT_TRUE(result.converged && result.simple);
      EXPECT_NEAR(result.gap / rate, 1, 1e-2) << fv::to_string(flux);
    }
  }
}

TEST(Stationary, GapOfARotatingRelaxationIsTheModulusOfItsPair) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -3; 3 1"}, {"noise_matrix", "1 0; 0 1"}});
  const auto result = test::solved(*sde, {"linear(-5, 5) 48", "linear(-5, 5) 48"}, {fv::Flux::order8, 1}).result;
  EXPECT_TRUE(result.converged && result.simple);
  EXPECT_GT(result.gap, .5);
  EXPECT_LT(result.gap, 4);
}

/// Methods that iterate start from a neighbour's density and must reach the direct solver's.
void expect_iterative_agrees(const model::Sde& sde, const std::vector<std::string>& axes, const fv::Scheme& scheme,
                             la::Method method) {
  const mesh::Grid grid = test::make_grid(sde, axes);
  const mesh::Partition partition(grid, 1);
  const fv::Generator generator = test::make_generator(sde, grid, scheme);
  const fv::Generator low = test::make_generator(sde, grid, {fv::Flux::order2, scheme.damping});
  const StationaryResult direct = stationary(MPI_COMM_SELF, {grid, partition, generator}, {});
  const StationaryResult second = stationary(MPI_COMM_SELF, {grid, partition, low}, {});
  StationaryOptions options;
  options.method = method;
  options.start = second.density;
  options.known_gap = direct.gap;
  const StationaryResult result = stationary(MPI_COMM_SELF, {grid, partition, generator, &low}, options);
  EXPECT_TRUE(result.converged) << result.reason;
  const double volume = grid.cell_volume();
  const double distance = (result.density - direct.density).abs().sum() * volume;
  EXPECT_LE(distance, (result.residual + direct.residual) / direct.gap) << la::to_string(method);
  EXPECT_LT(distance, 1e-8);
  EXPECT_GT((second.density - direct.density).abs().sum() * volume, 1e-4) << "the start was elsewhere";
}

TEST(Stationary, MethodsAgreeWithinTheirReportedError) {
  const auto noisy =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 2"}, {"noise_matrix", "1 0; 0.5 1"}});
  const std::vector<std::string> wide = {"linear(-5, 5) 60", "linear(-5, 5) 60"};
  expect_iterative_agrees(*noisy, wide, {fv::Flux::order6, 0}, la::Method::multigrid);
  expect_iterative_agrees(*noisy, wide, {fv::Flux::order6, 0}, la::Method::preconditioned);
  const auto inertial = test::make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "-x - v"}, {"noise.v.1", "sqrt(2)"}});
  expect_iterative_agrees(*inertial, {"linear(-6, 6) 40", "linear(-6, 6) 40"}, {fv::Flux::order8, 1},
                          la::Method::preconditioned);
}

TEST(Stationary, ThatDoesNotConvergeSaysSo) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 2"}, {"noise_matrix", "1 0; 0.5 1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-5, 5) 40", "linear(-5, 5) 40"});
  const mesh::Partition partition(grid, 1);
  const fv::Generator generator = test::make_generator(*sde, grid, {fv::Flux::order6, 0});
  StationaryOptions options;
  options.method = la::Method::multigrid;
  options.iterations = 3;
  const StationaryResult result = stationary(MPI_COMM_SELF, {grid, partition, generator}, options);
  EXPECT_FALSE(result.converged);
  EXPECT_TRUE(test::has(result.reason, "iteration limit")) << result.reason;
}

TEST(Stationary, TheResidualIsThatOfTheDensity) {
  const auto sde = test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}});
  const auto answer = test::solved(*sde, {"linear(-5, 5) 60"}, {fv::Flux::order4, 0});
  const Eigen::MatrixXd matrix = test::dense(*sde, answer.grid, {fv::Flux::order4, 0});
  const double residual = (matrix * answer.result.density.matrix()).cwiseAbs().sum() * answer.grid.cell_volume();
  EXPECT_LT(std::abs(answer.result.residual - residual), 1e-12);
  EXPECT_LT(answer.result.residual, 1e-11);
  EXPECT_LT(answer.result.relative_residual, 1e-14);
}

}  // namespace
}  // namespace sgdflux::solve
