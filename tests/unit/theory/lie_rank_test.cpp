/// Hörmander's condition by finite differences: no false alarm on noise that reaches everything by detours, and the
/// combination that it does not reach by name.
#include "sgdflux/theory/lie_rank.hpp"

#include <gtest/gtest.h>

#include "support/numerics.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::VectorXd;
using test::make_model;

LieRank rank_of(const model::Sde& sde, double scale = 1) {
  return lie_rank(sde, sde.typical_point(), VectorXd::Constant(sde.dimension(), scale));
}

void expect_full(const test::Lines& lines) {
  const auto sde = make_model(lines);
  EXPECT_EQ(rank_of(*sde).noise, sde->dimension()) << lines.front().second;
}

TEST(LieRank, IsFullWhereNoiseReachesEverythingThroughTheDrift) {
  expect_full({{"name", "momentum-regression"}});
  expect_full({{"name", "momentum-regression"}, {"eta", "1e-4"}, {"beta", "0.999"}, {"rho", "3 0.01"}});
  expect_full({{"name", "balance-pair"}, {"T", "0.1"}});
  // A chain of four, with noise on its last link.
  expect_full({{"name", "ornstein-uhlenbeck"},
               {"drift_matrix", "1 -1 0 0; 0 1 -1 0; 0 0 1 -1; 1 0 0 1"},
               {"noise_matrix", "0; 0; 0; 1"}});
  expect_full({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1e-3; 1e3 1"}, {"noise_matrix", "0; 1e-4"}});
  // Kinetic motion in a potential, Heisenberg's group (brackets of the noise alone), noise in polar directions.
  expect_full(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "x - x^3 - v"}, {"noise.v.1", "0.7"}});
  expect_full({{"name", "formula"},
               {"variables", "x y z"},
               {"drift.x", "-x"},
               {"drift.y", "-y"},
               {"drift.z", "-z"},
               {"noise.x.1", "1"},
               {"noise.y.2", "1"},
               {"noise.z.1", "-y"},
               {"noise.z.2", "x"}});
}

TEST(LieRank, NamesAConservedCombination) {
  const std::string drift = "-4*(exp(a) + exp(b) - 1 + 0.2*(2*(exp(a)+exp(b))^2 + 3))";
  const std::string noise = "4*sqrt(0.2*(2*(exp(a)+exp(b))^2 + 3))";
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "a b"},
                               {"drift.a", drift},
                               {"drift.b", drift},
                               {"noise.a.1", noise},
                               {"noise.b.1", noise}});
  const LieRank rank = rank_of(*sde);
  EXPECT_EQ(rank.all, 1);
  ASSERT_TRUE(rank.still);
  EXPECT_EQ(combination(sde->variables(), *rank.still), "a - b");
}

TEST(LieRank, NamesACombinationThatMovesWithoutNoise) {
  const auto sde = make_model(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0 0; 0 1 0; 0 0 2"}, {"noise_matrix", "1 0; 2 0; 0 1"}});
  const LieRank rank = rank_of(*sde, 1e-3);
  EXPECT_EQ(rank.noise, 2);
  EXPECT_EQ(rank.all, 3);
  ASSERT_TRUE(rank.noiseless);
  EXPECT_EQ(combination(sde->variables(), *rank.noiseless), "x1 - 0.5*x2");
}

TEST(LieRank, OfAConservedRadiusIsDeficientWithoutAConstantCombination) {
  // Diffusion on circles (Stratonovich): x² + y² is conserved, its gradient is nowhere the same.
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x/2"},
                               {"drift.y", "-y/2"},
                               {"noise.x.1", "-y"},
                               {"noise.y.1", "x"}});
  const LieRank rank = rank_of(*sde);
  EXPECT_EQ(rank.all, 1);
  EXPECT_FALSE(rank.still);
}

}  // namespace
}  // namespace sgdflux::theory
