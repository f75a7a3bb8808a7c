/// Time steppers without matrices: the numbers of those with matrices and factors, on any number of ranks.
#include "study/scheduled_operator.hpp"

#include <gtest/gtest.h>

#include "sgdflux/la/halo.hpp"
#include "support/numerics.hpp"

namespace sgdflux::test {
namespace {

using Array = Eigen::ArrayXd;
using study::Assembly;
using study::ScheduledOperator;

struct Case {
  ScheduledOperator::Models models;
  std::vector<std::string> axes;
  Eigen::VectorXd spread;
  study::Way way;
};

Array gaussian(const Assembly& assembly, const Eigen::VectorXd& spread) {
  const core::Batch x = fv::physical(assembly.grid, fv::centres(assembly.grid, assembly.owned));
  Array exponent = Array::Zero(x.rows());
  for (int d = 0; d < assembly.grid.dimension(); ++d) {
    exponent -= (x.col(d) / spread(d) - .3 * d).square() / 2;
  }
  const Array p = exponent.exp();
  return p / (la::sum(assembly.comm, p.sum()) * assembly.grid.cell_volume());
}

/// The density, and a few numbers of it, after a time.
struct Outcome {
  Array density;
  solve::EvolveStep figures;
};

Outcome outcome(const Assembly& assembly, const Case& c, const ScheduledOperator* applied,
                const solve::EvolveOptions& options) {
  const solve::EvolveProblem problem{assembly.grid, assembly.partition,
                                     [&](double time) {
                                       const auto sde = c.models(time);
                                       return fv::generator(assembly.discretisation_of(*sde), assembly.owned);
                                     },
                                     applied != nullptr ? &applied->generators() : nullptr};
  Outcome result{gaussian(assembly, c.spread), {}};
  result.figures = solve::evolve(assembly.comm, problem, 0, .4, options, result.density);
  EXPECT_TRUE(result.figures.converged) << result.figures.reason;
  return result;
}

void expect_the_matrix_path(const Case& c, const solve::EvolveOptions& options, double tolerance) {
  const auto sde = c.models(0);
  const fv::Scheme scheme{fv::Flux::order4, 1};
  const Assembly all(MPI_COMM_WORLD, *sde, study::make_axes(make_mesh(*sde, c.axes)), scheme);
  const Assembly alone(MPI_COMM_SELF, *sde, study::make_axes(make_mesh(*sde, c.axes)), scheme);
  const auto applied = ScheduledOperator::make(all, c.models, c.way);
  ASSERT_NE(applied, nullptr);
  const Outcome found = outcome(all, c, applied.get(), options);
  const Outcome expected = outcome(alone, c, nullptr, options);
  const Array density = study::gathered(all.comm, all.grid, all.owned, found.density);
  EXPECT_EQ(found.figures.steps, expected.figures.steps);
  EXPECT_LE((density - expected.density).matrix().norm(), tolerance * expected.density.matrix().norm());
  EXPECT_NEAR(density.sum() * all.grid.cell_volume(), 1, 1e-12);
  EXPECT_LE(found.figures.factorisations, found.figures.steps / 3) << "preconditioners are used again";
  // A generator that stays as it was ends elsewhere.
  Case frozen = c;
  frozen.models = [&](double) { return c.models(0); };
  const Outcome elsewhere = outcome(alone, frozen, nullptr, options);
  EXPECT_GT((density - elsewhere.density).matrix().norm(), 1e-2 * expected.density.matrix().norm());
}

/// Correlated noise that appears on the way, and a drift that turns.
Case turning() {
  return {[](double t) {
            return make_model({{"name", "ornstein-uhlenbeck"},
                               {"drift_matrix", "1 " + number(2 * t) + " 0; -.3 1.5 .2; .1 0 2"},
                               {"noise_matrix", "1 0 0; 0 1.2 0; " + number(t) + " 0 1"}});
          },
          {"linear(-4, 4) 12", "linear(-4, 4) 11", "linear(-3, 3) 10"},
          Eigen::Vector3d(.8, .8, .6),
          study::Way::geometric};
}

Case annealing() {
  return {[](double t) {
            return make_model({{"name", "momentum-regression"},
                               {"rho", "1 0.4"},
                               {"noise_correlation", "0.2"},
                               {"eta", number(.1 * (1 - .5 * t))}});
          },
          {"linear(-.6, .6) 7", "linear(-2, 2) 7", "linear(-.6, .6) 7", "linear(-1.3, 1.3) 8"},
          Eigen::Vector4d(.16, .5, .16, .35),
          study::Way::kronecker};
}

TEST(ScheduledOperator, StepsLikeMatricesInSpace) {
  expect_the_matrix_path(turning(), {"bdf", 1e-9, .02, false}, 1e-11);
  expect_the_matrix_path(turning(), {"arkimex", 1e-9, .04, false}, 1e-11);
}

TEST(ScheduledOperator, StepsLikeMatricesForTwoModesOfMomentum) {
  expect_the_matrix_path(annealing(), {"bdf", 1e-9, .02, false}, 1e-11);
}

}  // namespace
}  // namespace sgdflux::test
