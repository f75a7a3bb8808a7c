/// Sensitivities are the same on every number of ranks.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/adjoint.hpp"
#include "support/sensitivities.hpp"

namespace sgdflux::test {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

/// Within `tolerance` of each other or of their common error, whichever is larger.
void expect_independent_of_ranks(const Family& family, const std::vector<std::string>& axes, const StudySetup& setup,
                                 double tolerance, const std::string& solver) {
  const auto all = family.study(axes, setup, world);
  const auto alone = family.study(axes, setup, MPI_COMM_SELF);
  EXPECT_TRUE(has(all.solver, solver)) << all.solver;
  const auto& expected = alone.sensitivities.at(family.parameter);
  const auto& found = all.sensitivities.at(family.parameter);
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, estimate] : expected) {
    ASSERT_TRUE(estimate.value && found.at(name).value) << name << estimate.reason << found.at(name).reason;
    EXPECT_NEAR(*found.at(name).value, *estimate.value, tolerance * std::max(1., std::abs(*estimate.value))) << name;
  }
}

TEST(RanksOfSensitivities, AgreeInOneVariable) {
  expect_independent_of_ranks({{{"name", "diagonal-network"}}, "T", .2, 2e-4, {{"loss", "beta1*v^2 - 2*beta2*v"}}},
                              {"auto 200"}, {}, 1e-10, "LU");
}

TEST(RanksOfSensitivities, AgreeOnARingAndInThePlane) {
  const Lines plane{{"name", "formula"}, {"variables", "x v"},          {"parameters", "c=0.4"},
                    {"drift.x", "v"},    {"drift.v", "c - sin(x) - v"}, {"noise.v.1", "1"}};
  expect_independent_of_ranks({plane, "c", .4, 1e-3, {{"cosine", "cos(x)"}}},
                              {"linear(0, 2*pi) 32 periodic", "linear(-5, 5) 40"}, {"auto", -1, false}, 1e-10, "LU");
}

TEST(RanksOfSensitivities, AgreeForJumpsAlongOffsets) {
  const Lines coupled{{"name", "formula"},     {"variables", "x y"}, {"parameters", "c=0.5"}, {"drift.x", "-x + y/2"},
                      {"drift.y", "-y - x/2"}, {"noise.x.1", "1"},   {"noise.y.1", "c"},      {"noise.y.2", "0.8"}};
  expect_independent_of_ranks({coupled, "c", .5, 1e-3}, {"linear(-4, 4) 32", "linear(-4, 4) 32"},
                              {"monotone", -1, false}, 1e-10, "LU");
}

/// ∫ψ_f g P of f = x², g = xy − y² on a rotating plane, by FGMRES.
double pairing(MPI_Comm comm, la::Method method) {
  const auto sde =
      make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0.5; -0.7 2"}, {"noise_matrix", "1 0; 0 1.3"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-5, 5) 24", "linear(-5, 5) 24"});
  const mesh::Partition partition(grid, la::size(comm));
  const mesh::Box owned = partition.owned(la::rank(comm));
  const auto rows = [&](const fv::Scheme& scheme) {
    return fv::generator(fv::discretise(*sde, grid, scheme, owned), owned);
  };
  const fv::Generator high = rows({fv::Flux::order8, 1});
  const fv::Generator low = rows({fv::Flux::fitted, 0});
  const solve::StationaryProblem problem{grid, partition, high, &low};
  const Eigen::ArrayXd density = solve::stationary(comm, problem, {}).density;
  const core::Batch x = fv::physical(grid, fv::centres(grid, owned));
  const auto result = solve::adjoint(comm, problem, density, x.col(0).square(), {method});
  EXPECT_TRUE(result[0].converged) << result[0].reason;
  return la::sum(comm, (result[0].values * (x.col(0) - x.col(1)) * x.col(1) * density).sum()) * grid.cell_volume();
}

TEST(RanksOfSensitivities, AgreeByIterativeSolvers) {
  for (const la::Method method : {la::Method::multigrid, la::Method::incomplete, la::Method::preconditioned}) {
    const double alone = pairing(MPI_COMM_SELF, method);
    EXPECT_NEAR(pairing(world, method), alone, 1e-12) << la::to_string(method);
    EXPECT_NE(alone, 0);
  }
}

}  // namespace
}  // namespace sgdflux::test
