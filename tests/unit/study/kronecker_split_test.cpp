/// Which variables interact least, and the generators of the groups.
#include "study/kronecker_split.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "sgdflux/solve/matrix_free.hpp"
#include "sgdflux/solve/stationary.hpp"
#include "sgdflux/theory/reference.hpp"
#include "support/kronecker.hpp"
#include "support/numerics.hpp"

namespace sgdflux::study {
namespace {

using test::make_model;
using test::number;
using Axes = std::vector<int>;

std::unique_ptr<model::Sde> two_modes(const std::string& correlation) {
  return make_model({{"name", "momentum-regression"}, {"rho", "1 2"}, {"noise_correlation", correlation}});
}

std::unique_ptr<model::Sde> relaxation(const std::string& drift, const std::string& noise,
                                       const std::string& center = "0 0 0 0") {
  return make_model(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", drift}, {"noise_matrix", noise}, {"center", center}});
}

/// A box that reaches as many standard deviations in every direction as the exact law has.
std::vector<std::string> box(const model::Sde& sde, double reach, core::Index cells) {
  const auto law = theory::reference(sde);
  std::vector<std::string> axes;
  for (const std::string& variable : sde.variables()) {
    const double sigma = std::sqrt(law->observables.at("cov." + variable + "." + variable));
    axes.push_back(test::symmetric_axis(sigma, reach, cells));
  }
  return axes;
}

Assembly assembly(const model::Sde& sde, const std::vector<std::string>& axes, fv::Flux flux = fv::Flux::order8) {
  return {MPI_COMM_SELF, sde, make_axes(test::make_mesh(sde, axes)), {flux, 1}};
}

TEST(KroneckerSplit, OfGroupsThatDoNotInteractIsTheGeneratorItself) {
  const auto modes = two_modes("0");
  const auto crossed =
      relaxation("1 0 .5 0; 0 2 0 .3; -.5 0 1 0; 0 .4 0 1", "1 0 .4 0; 0 1 0 0; 0 0 1 0; 0 .3 0 1", ".1 .2 -.1 .3");
  const std::vector<std::string> mesh = {"linear(-1, 1) 5", "linear(-2, 2) 6", "sinh(-1, 2, 1) 7", "linear(-2, 2) 4"};
  for (const model::Sde* sde : {modes.get(), crossed.get()}) {
    for (const fv::Flux flux : {fv::Flux::order8, fv::Flux::order2}) {
      const Assembly whole = assembly(*sde, mesh, flux);
      const auto split = kronecker_split(whole);
      ASSERT_TRUE(split);
      EXPECT_EQ(split->first, sde == modes.get() ? (Axes{0, 1}) : (Axes{0, 2}));
      EXPECT_LT(split->neglected, 1e-15);
      const GroupGenerators groups = group_generators(whole, *split);
      const Eigen::MatrixXd exact = test::dense(whole.grid, whole.generator());
      const Eigen::MatrixXd sum = test::kronecker_sum(whole.grid.shape(), 4, split->first, groups.first, groups.second);
      EXPECT_LT((exact - sum).cwiseAbs().maxCoeff(), 1e-13 * exact.cwiseAbs().maxCoeff());
    }
  }
}

TEST(KroneckerSplit, CountsCorrelationsOfTheNoiseThatItLoses) {
  // In units of the axes A is {1, c; c, 1} in the two velocities: 2c² of 2 + 2c² is lost.
  for (const double c : {.2, .8}) {
    const auto sde = two_modes(number(c));
    const Assembly whole = assembly(*sde, box(*sde, 6, 8));
    const auto split = kronecker_split(whole);
    ASSERT_TRUE(split);
    EXPECT_EQ(split->first, (Axes{0, 1}));
    EXPECT_NEAR(split->neglected, c / std::sqrt(1 + c * c), 1e-12);
    EXPECT_EQ(split->first_cells, 64);
  }
}

TEST(KroneckerSplit, CountsTheDriftThatDependsOnTheOtherGroup) {
  // Unit noise in a box of equal sides: Σ of the squares of the entries of A across the groups, over all.
  const auto sde = relaxation("2 0 0 .3; 0 2 .1 0; 0 0 2 0; .4 0 0 2", "1 0 0 0; 0 1 0 0; 0 0 1 0; 0 0 0 1");
  const std::string axis = "linear(-3, 3) 6";
  const Assembly whole = assembly(*sde, {axis, axis, axis, axis});
  const auto split = kronecker_split(whole);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->first, (Axes{0, 3})) << "the strongest couplings stay";
  EXPECT_EQ(split->second, (Axes{1, 2}));
  EXPECT_LT(split->neglected, 1e-15);
  const auto pairs = relaxation("2 0 .3 .3; 0 2 0 0; .1 0 2 0; .4 0 0 2", "1 0 0 0; 0 1 0 0; 0 0 1 0; 0 0 0 1");
  const Assembly other = assembly(*pairs, {axis, axis, axis, axis});
  const double all = 16 + .09 + .09 + .01 + .16;
  EXPECT_NEAR(kronecker_split(other)->neglected, std::sqrt((.09 + .01) / all), 1e-12);
  EXPECT_NEAR(kronecker_split(other)->drift_rate, std::sqrt(.09 + .01), 1e-12);
}

TEST(KroneckerSplit, HoldsTheOthersAtTheMeanWhereThatIsKnown) {
  const auto sde = relaxation("1 0 .2 0; 0 1 0 0; 0 0 1 0; 0 0 0 1", "1 0 0 0; 0 1 0 0; 0 0 1 0; 0 0 0 1", "1 2 3 4");
  const std::string axis = "linear(-5, 8) 6";
  const auto split = kronecker_split(assembly(*sde, {axis, axis, axis, axis}));
  ASSERT_TRUE(split);
  EXPECT_LT((split->point - Eigen::Vector4d(1, 2, 3, 4)).norm(), 1e-12);
}

TEST(KroneckerSplit, TakesAPairAndASingleVariableInThreeDimensions) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x v z"},
                               {"drift.x", "v"},
                               {"drift.v", "x - x^3 - v"},
                               {"drift.z", "-z + 0.1*x"},
                               {"noise.v.1", "1"},
                               {"noise.z.2", "1"}});
  const auto split = kronecker_split(assembly(*sde, {"linear(-3, 3) 8", "linear(-3, 3) 9", "linear(-3, 3) 10"}));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->first, (Axes{0, 1}));
  EXPECT_EQ(split->second, (Axes{2}));
  EXPECT_EQ(split->first_cells, 72);
  EXPECT_EQ(split->second_cells, 10);
  EXPECT_GT(split->neglected, .01);
  EXPECT_LT(split->neglected, .1);
}

TEST(KroneckerSplit, RefusesGroupsThatAreTooLargeAbsorbingWallsAndThePlane) {
  const auto sde = two_modes("0");
  const std::string few = "linear(-1, 1) 4";
  EXPECT_FALSE(kronecker_split(assembly(*sde, {"linear(-1, 1) 1300", few, few, few})));
  EXPECT_FALSE(kronecker_split(assembly(*sde, {few, "linear(-1, 1) 4 absorbing absorbing", few, few})));
  const auto plane = make_model({{"name", "momentum-regression"}});
  EXPECT_FALSE(kronecker_split(assembly(*plane, {few, few})));
}

TEST(KroneckerSplit, EstimatesTheMemoryThatTheInverseTakes) {
  const mesh::Cell shape{20, 15, 16, 14};
  mesh::Box lattice;
  lattice.upper = shape;
  const Eigen::MatrixXd a = test::random_generator(300, 1);
  const Eigen::MatrixXd b = test::random_generator(224, 2);
  const la::KroneckerSum inverse(MPI_COMM_SELF, {{lattice}, shape, {}, 4}, {0, 1}, a, b);
  const double dense = 8 * static_cast<double>(a.size() + b.size());
  const KroneckerCost cost = kronecker_cost(300, 224, 1);
  EXPECT_NEAR(cost.bytes / (inverse.bytes() + dense), 1, .01);
  EXPECT_LT(kronecker_cost(4096, 4096, 2).application_seconds, .6 * kronecker_cost(4096, 4096, 1).application_seconds);
}

/// FGMRES to rounding, without a matrix.
solve::StationaryResult solved(const Assembly& whole, const Eigen::ArrayXd& start) {
  const Split split = kronecker_split(whole).value();
  const GroupGenerators groups = group_generators(whole, split);
  la::KroneckerSum inverse(whole.comm, la::decomposition(whole.grid, whole.partition), split.first, groups.first,
                           groups.second);
  const solve::MatrixFree op(whole.comm, whole.problem, whole.partition);
  const solve::AppliedGenerator generator{op.matrix(), op.rates(), inverse};
  solve::StationaryOptions options;
  options.start = start;
  return solve::stationary(whole.comm, solve::AppliedProblem{whole.grid, whole.partition, generator}, options);
}

TEST(KroneckerSplit, SolvesTwoModesWithCorrelatedNoiseInFewIterations) {
  const auto sde = two_modes("0.2");
  const Assembly whole = assembly(*sde, box(*sde, 4.5, 12));
  // Started from the density without correlation.
  const auto points = fv::physical(whole.grid, fv::centres(whole.grid, whole.owned));
  const auto jacobian = fv::jacobian(whole.grid, whole.owned);
  const Eigen::ArrayXd start = theory::reference(*two_modes("0"))->log_density(points).exp() * jacobian;
  const auto result = solved(whole, start);
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_LE(result.iterations, 14);
  EXPECT_LE(result.relative_residual, 1e-12);
  const Eigen::ArrayXd exact = theory::reference(*sde)->log_density(points).exp() * jacobian;
  EXPECT_LT((result.density - exact).abs().sum() * whole.grid.cell_volume(), 2e-2) << "12 cells along each axis";
  const auto covariance = [&](int i, int j) {
    return (result.density * points.col(i) * points.col(j)).sum() * whole.grid.cell_volume();
  };
  for (const auto& [i, j] : {std::pair{0, 2}, {0, 3}, {1, 2}, {1, 3}}) {
    const auto& names = sde->variables();
    const double scale = std::sqrt(covariance(i, i) * covariance(j, j));
    EXPECT_NEAR(covariance(i, j), theory::reference(*sde)->observables.at("cov." + names[i] + "." + names[j]),
                2e-4 * scale);
  }
}

}  // namespace
}  // namespace sgdflux::study
