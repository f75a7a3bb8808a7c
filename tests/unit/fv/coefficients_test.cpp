#include "sgdflux/fv/coefficients.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::has;
using test::make_grid;
using test::make_model;

Batch computational_points(const mesh::Grid& grid) { return centres(grid, test::whole(grid)); }

TEST(PushForward, OfGeometricNoiseOnALogAxisIsItosFormulaByHand) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "2 - 3*x"}, {"noise.x.1", "0.7*x"}});
  const mesh::Grid grid = make_grid(*sde, {"log(0.01, 50) 40"});
  const Eigen::ArrayXd xi = computational_points(grid).col(0);
  const Coefficients c = push_forward(*sde, grid, xi);
  // d ln x = (b/x − a/2x²) dt + (s/x) dW
  const Eigen::ArrayXd drift = 2 * (-xi).exp() - 3 - .5 * .49;
  EXPECT_LT(((c.drift.col(0) - drift) / (1 + drift.abs())).abs().maxCoeff(), 1e-13);
  EXPECT_LT((c.diffusion.col(0) - .49).abs().maxCoeff(), 1e-14);
}

TEST(PushForward, OnASinhAxisIsItosFormulaByHand) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "1 - x"}, {"noise.x.1", "sqrt(2 + x^2)"}});
  const mesh::Grid grid = make_grid(*sde, {"sinh(-40, 60, 0.5, 1.5) 51"});
  const Eigen::ArrayXd xi = computational_points(grid).col(0);
  const Eigen::ArrayXd x = 1.5 + .5 * xi.sinh();
  const Eigen::ArrayXd root = ((x - 1.5).square() + .25).sqrt();  // X' = √((x−c)² + scale²), X'' = x − c
  const Coefficients c = push_forward(*sde, grid, xi);
  const Eigen::ArrayXd drift = (1 - x) / root - .5 * (2 + x * x) * (x - 1.5) / root.cube();
  EXPECT_LT((c.drift.col(0) - drift).abs().maxCoeff(), 1e-12);
  EXPECT_LT((c.diffusion.col(0) - (2 + x * x) / root.square()).abs().maxCoeff(), 1e-12);
  EXPECT_LT((physical(grid, xi).col(0) - x).abs().maxCoeff(), 1e-12);
  EXPECT_LT((jacobian(grid, test::whole(grid)) - root).abs().maxCoeff(), 1e-12);
}

TEST(PushForward, DividesCorrelatedNoiseByBothSlopes) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x + y"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "x"},
                               {"noise.y.1", "1 + y^2"},
                               {"noise.y.2", "2"}});
  const mesh::Grid grid = make_grid(*sde, {"log(0.1, 10) 6", "sinh(-5, 5, 1) 8"});
  const Batch xi = computational_points(grid);
  const Eigen::ArrayXd x = xi.col(0).exp();
  const Eigen::ArrayXd y = xi.col(1).sinh();
  const Eigen::ArrayXd slope = xi.col(1).cosh();
  const Coefficients c = push_forward(*sde, grid, xi);
  const Eigen::ArrayXd noise = 1 + y.square();
  EXPECT_LT((c.diffusion.col(model::pair_index(0, 1, 2)) - noise / slope).abs().maxCoeff(), 1e-12);
  EXPECT_LT((c.diffusion.col(model::pair_index(1, 1, 2)) - (noise.square() + 4) / slope.square()).abs().maxCoeff(),
            1e-12);
  EXPECT_LT((c.drift.col(0) - ((y - x) / x - .5)).abs().maxCoeff(), 1e-12);
  EXPECT_LT((c.drift.col(1) - (-y / slope - .5 * (noise.square() + 4) * y / slope.cube())).abs().maxCoeff(), 1e-11);
}

TEST(Centres, BeyondPeriodicEndsAreWrapped) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x y"}, {"drift.x", "0"}, {"drift.y", "0"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(0, 8) 8 periodic", "linear(0, 3) 3"});
  mesh::Box box = test::whole(grid);
  box.lower[0] = -2;
  box.upper[0] = 9;
  const Batch xi = centres(grid, box);
  for (Index row = 0; row < box.cells(); ++row) {
    const mesh::Cell cell = box.cell(row);
    EXPECT_EQ(xi(row, 0), static_cast<double>((cell[0] + 8) % 8) + .5);
    EXPECT_EQ(xi(row, 1), static_cast<double>(cell[1]) + .5);
  }
}

TEST(CellCoefficients, ThatAreNaNOrInfiniteNameThePoint) {
  const auto drift = make_model(
      {{"name", "formula"}, {"variables", "x y"}, {"drift.x", "-x"}, {"drift.y", "log(y)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = make_grid(*drift, {"linear(-1, 1) 2", "linear(-1, 3) 4"});
  const std::string message =
      test::error_of([&] { static_cast<void>(cell_coefficients(*drift, grid, test::whole(grid))); });
  EXPECT_TRUE(has(message, "drift") && has(message, "NaN") && has(message, "y = -0.5")) << message;

  const auto noise =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-x"}, {"noise.x.1", "1/(x - 0.25)"}});
  const mesh::Grid line = make_grid(*noise, {"linear(-1, 1) 4"});
  const std::string pole =
      test::error_of([&] { static_cast<void>(cell_coefficients(*noise, line, test::whole(line))); });
  EXPECT_TRUE(has(pole, "noise") && has(pole, "infinite") && has(pole, "x = 0.25")) << pole;
}

}  // namespace
}  // namespace sgdflux::fv
