#include "sgdflux/observe/current.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/theory/ornstein_uhlenbeck.hpp"
#include "support/solving.hpp"

namespace sgdflux::observe {
namespace {

/// Solution, state and current on one rank.
struct Flow {
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  fv::Discretisation problem;
  fv::Generator generator;
  solve::StationaryResult result;
  State state;
  Current flow;

  Flow(std::unique_ptr<model::Sde> model, const std::vector<std::string>& axes, const fv::Scheme& scheme)
      : sde(std::move(model)),
        grid(test::make_grid(*sde, axes)),
        partition(grid, 1),
        problem(fv::discretise(*sde, grid, scheme, test::whole(grid))),
        generator(fv::generator(problem, test::whole(grid))),
        result(solve::stationary(MPI_COMM_SELF, {grid, partition, generator}, {})),
        state(make_state(MPI_COMM_SELF, grid, partition, result.density)),
        flow(current(state, problem)) {}
  Flow(const Flow&) = delete;
};

const Eigen::Matrix2d drift_matrix{{1.0, -1.5}, {2.0, 1.2}};
const Eigen::Matrix2d noise_matrix{{1.0, 0.0}, {0.4, 0.8}};

std::unique_ptr<model::Sde> rotation() {
  return test::make_model(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1.5; 2 1.2"}, {"noise_matrix", "1 0; 0.4 0.8"}});
}

theory::GaussianLaw law() {
  return theory::GaussianLaw::stationary(drift_matrix, noise_matrix, Eigen::Vector2d::Zero());
}

std::vector<std::string> box(Index cells) {
  return {test::symmetric_axis(std::sqrt(law().covariance()(0, 0)), 7, cells),
          test::symmetric_axis(std::sqrt(law().covariance()(1, 1)), 7, cells)};
}

TEST(Current, OfARotatingGaussianIsExactAtTheCentres) {
  const Flow f(rotation(), box(64), {fv::Flux::order8, 0});
  const core::Batch exact = law().current(f.state.points());
  EXPECT_LT((f.flow.cells - exact).abs().maxCoeff(), 1e-5 * exact.abs().maxCoeff());
  EXPECT_NEAR(f.flow.max, exact.abs().maxCoeff(), .02 * f.flow.max);
}

TEST(Current, CirculationAndEntropyProductionAreThoseOfTheGaussianLaw) {
  const Flow f(rotation(), box(64), {fv::Flux::order8, 0});
  const double exact = law().circulation(0, 1);
  EXPECT_GT(std::abs(exact), .5) << "the case rotates";
  EXPECT_NEAR(circulation(f.state, f.flow, 0, 1), exact, 1e-9 * std::abs(exact));
  EXPECT_NEAR(circulation(f.state, f.flow, 1, 0), -exact, 1e-9 * std::abs(exact));
  EXPECT_NEAR(entropy_production(f.state, f.flow, *f.sde), law().entropy_production().value(),
              1e-6 * law().entropy_production().value());
}

TEST(Current, OfMappedAxesIsPhysical) {
  const Eigen::Matrix2d s = law().covariance();
  const auto axis = [](double sigma) {
    return "sinh(" + test::number(-7 * sigma) + ", " + test::number(7 * sigma) + ", " + test::number(2 * sigma) +
           ") 64";
  };
  const Flow f(rotation(), {axis(std::sqrt(s(0, 0))), axis(std::sqrt(s(1, 1)))}, {fv::Flux::order8, 0});
  const core::Batch exact = law().current(f.state.points());
  EXPECT_LT((f.flow.cells - exact).abs().maxCoeff(), 1e-3 * exact.abs().maxCoeff());
  EXPECT_NEAR(circulation(f.state, f.flow, 0, 1), law().circulation(0, 1), 1e-5);
  EXPECT_NEAR(entropy_production(f.state, f.flow, *f.sde), law().entropy_production().value(), 1e-3);
}

TEST(Current, DivergenceIsTheResidualOfTheScheme) {
  const Flow f(rotation(), box(48), {fv::Flux::order6, 1});
  EXPECT_LT(divergence(f.state, f.flow), 1e-10);
  State wrong = f.state;
  wrong.density *= 1 + .1 * f.state.points().col(0).sin();
  EXPECT_GT(divergence(wrong, current(wrong, f.problem)), .01) << "another density has another residual";
}

TEST(Current, OfTheMirroredProblemIsTheMirroredCurrent) {
  const auto make = [](const char* drift) {
    return Flow(test::make_model(
                    {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", drift}, {"noise_matrix", "1 0; 0 1"}}),
                {"linear(-5, 5) 32", "linear(-5, 5) 32"}, {fv::Flux::order8, 0})
        .flow.cells;
  };
  const core::Batch left = make("1 -2; 2 1");
  const core::Batch right = make("1 2; -2 1");
  const double scale = left.abs().maxCoeff();
  for (Index i = 0; i < 32; ++i) {
    for (Index j = 0; j < 32; ++j) {
      const Index mirrored = 32 * (31 - i) + j;
      EXPECT_NEAR(left(32 * i + j, 0), -right(mirrored, 0), 1e-12 * scale);
      EXPECT_NEAR(left(32 * i + j, 1), right(mirrored, 1), 1e-12 * scale);
    }
  }
}

TEST(Current, OfDetailedBalanceIsZeroToRounding) {
  const Flow f(test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "1"}}),
               {"linear(-4, 4) 120"}, {fv::Flux::exact, 0});
  EXPECT_LT(f.flow.max, 1e-12 * f.flow.opposing);
  EXPECT_LT(divergence(f.state, f.flow), 1e-10) << "in units of the opposing fluxes";
  EXPECT_LT(entropy_production(f.state, f.flow, *f.sde), 1e-18);
}

TEST(NetFlux, OnTheRingIsTheSameThroughEverySection) {
  const Flow f(test::make_model(
                   {{"name", "formula"}, {"variables", "x"}, {"drift.x", "0.7 - sin(x)"}, {"noise.x.1", "sqrt(2)"}}),
               {"linear(0, 2*pi) 64 periodic"}, {fv::Flux::exact, 0});
  const NetFlux net = net_flux(f.state, f.flow, 0);
  EXPECT_NEAR(net.mean, .0797588551880543, 1e-5);
  EXPECT_LT(net.spread, 1e-13);
}

TEST(NetFlux, ThroughAFullCrossSectionOfTwoDimensionsIsThatOfTheRing) {
  const Flow f(test::make_model({{"name", "formula"},
                                 {"variables", "x y"},
                                 {"drift.x", "0.7 - sin(x)"},
                                 {"drift.y", "-y"},
                                 {"noise.x.1", "sqrt(2)"},
                                 {"noise.y.2", "1"}}),
               {"linear(0, 2*pi) 64 periodic", "linear(-5, 5) 32"}, {fv::Flux::order8, 0});
  EXPECT_NEAR(net_flux(f.state, f.flow, 0).mean, .0797588551880543, 1e-10);
  EXPECT_LT(net_flux(f.state, f.flow, 0).spread, 1e-12);
  EXPECT_LT(std::abs(net_flux(f.state, f.flow, 1).mean), 1e-13);
}

TEST(EntropyProduction, OfSingularNoiseIsNotANumber) {
  const Flow f(test::make_model({{"name", "formula"},
                                 {"variables", "x v"},
                                 {"drift.x", "v"},
                                 {"drift.v", "-x - v"},
                                 {"noise.v.1", "sqrt(2)"}}),
               {"linear(-6, 6) 24", "linear(-6, 6) 24"}, {fv::Flux::order4, 1});
  EXPECT_TRUE(std::isnan(entropy_production(f.state, f.flow, *f.sde)));
}

TEST(EntropyProduction, OfTheTiltedRingIsFluxTimesForceOverTemperature) {
  // Θ = 1: work per round 2π·0.7 times the current.
  const Flow f(test::make_model(
                   {{"name", "formula"}, {"variables", "x"}, {"drift.x", "0.7 - sin(x)"}, {"noise.x.1", "sqrt(2)"}}),
               {"linear(0, 2*pi) 128 periodic"}, {fv::Flux::order8, 0});
  EXPECT_NEAR(entropy_production(f.state, f.flow, *f.sde), 2 * M_PI * .7 * .0797588551880543, 1e-9);
}

}  // namespace
}  // namespace sgdflux::observe
