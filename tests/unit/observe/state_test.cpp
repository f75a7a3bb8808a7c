#include "sgdflux/observe/state.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/solving.hpp"

namespace sgdflux::observe {
namespace {

/// A correlated Gaussian times the Jacobian of mapped axes: x ~ N(0, 1), y = 0.5 x + N(0, 1)·√.75 about (0.3, −0.2).
struct Fixture {
  std::unique_ptr<model::Sde> sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1 0; 0 1"}});
  mesh::Grid grid = test::make_grid(*sde, {"sinh(-8, 8.4, 3) 60", "linear(-8, 8) 50"});
  mesh::Partition partition{grid, 1};

  [[nodiscard]] State state() const {
    const core::Batch p = fv::physical(grid, fv::centres(grid, test::whole(grid)));
    const Eigen::ArrayXd x = p.col(0) - .3;
    const Eigen::ArrayXd y = p.col(1) + .2;
    const Eigen::ArrayXd density = (-.5 * (x.square() - x * y + y.square()) / .75).exp() / (2 * M_PI * std::sqrt(.75));
    return make_state(MPI_COMM_SELF, grid, partition, density * fv::jacobian(grid, test::whole(grid)));
  }
};

TEST(State, MomentsOfAGaussianAreThoseOfTheLaw) {
  const Fixture fixture;
  const State state = fixture.state();
  const Eigen::ArrayXd x = state.points().col(0);
  const Eigen::ArrayXd y = state.points().col(1);
  EXPECT_NEAR(mean(state, Eigen::ArrayXd::Ones(x.size())), 1, 1e-12);
  EXPECT_NEAR(mean(state, x), .3, 1e-12);
  EXPECT_NEAR(mean(state, y), -.2, 1e-12);
  EXPECT_NEAR(covariance(state, x, x), 1, 1e-11);
  EXPECT_NEAR(covariance(state, x, y), .5, 1e-11);
  EXPECT_NEAR(covariance(state, y, y), 1, 1e-11);
  EXPECT_NEAR(mean(state, x.exp()), std::exp(.3 + .5), 1e-9);
}

TEST(State, MarginalsAreSumsOfCellMasses) {
  const Fixture fixture;
  const State state = fixture.state();
  const Eigen::ArrayXd along = marginal(state, 1);
  ASSERT_EQ(along.size(), 50);
  EXPECT_NEAR(along.sum(), 1, 1e-12);
  const Eigen::ArrayXd y = fixture.grid.axis(1).centres();
  const Eigen::ArrayXd expected = .32 * (-.5 * (y + .2).square()).exp() / std::sqrt(2 * M_PI);
  EXPECT_LT((along - expected).abs().maxCoeff(), 1e-12);
  const Eigen::ArrayXd both = marginal(state, 0, 1);
  EXPECT_LT((both - state.mass).abs().maxCoeff(), 1e-18) << "in two dimensions the plane is the state itself";
  const Eigen::ArrayXd weighted = marginal(state, 0, state.points().col(1));
  const Eigen::ArrayXd x = fixture.grid.axis(0).centres();
  EXPECT_LT((weighted - marginal(state, 0) * (-.2 + .5 * (x - .3))).abs().maxCoeff(), 1e-12) << "E[y|x] is linear";
}

}  // namespace
}  // namespace sgdflux::observe
