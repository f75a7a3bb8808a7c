/// What the two-point flux knows exactly.
#include <gtest/gtest.h>

#include <cmath>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::make_grid;
using test::make_model;

/// max over cells of |L P| over Σ_k |L_ck P_k|.
double relative_residual(const Eigen::MatrixXd& matrix, const Eigen::ArrayXd& density) {
  const Eigen::ArrayXd rate = (matrix * density.matrix()).array();
  const Eigen::ArrayXd size = (matrix.cwiseAbs() * density.matrix().cwiseAbs()).array();
  return (rate.abs() / size.max(1e-300)).maxCoeff();
}

TEST(Exact, AnnihilatesTheStationaryDensityAtTheNodesWhateverTheSpacing) {
  // Multiplicative noise: p = (1 + x²)^{-1-κ}, a = 1 + x², b = −κx.
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-3*x"}, {"noise.x.1", "sqrt(1 + x^2)"}});
  for (const char* axis : {"linear(-6, 6) 20", "linear(-6, 6) 60", "sinh(-200, 300, 1, 0) 50", "tanh(-6, 6, 3) 60"}) {
    const mesh::Grid grid = make_grid(*sde, {axis});
    const Batch xi = centres(grid, test::whole(grid));
    const Eigen::ArrayXd p = (1 + physical(grid, xi).col(0).square()).pow(-4) * grid.axis(0).map().slope(xi.col(0));
    EXPECT_LT(relative_residual(test::dense(*sde, grid, {Flux::exact, 0}), p), 1e-12) << axis;
  }
}

TEST(Exact, CarriesAConstantCurrentExactly) {
  // a = 2, p = 1 + x² and b = (J₀ + p')/p: the current is J₀ = 0.7 everywhere.
  const auto sde = make_model(
      {{"name", "formula"}, {"variables", "x"}, {"drift.x", "(0.7 + 2*x)/(1 + x^2)"}, {"noise.x.1", "sqrt(2)"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 40"});
  const mesh::Box box = test::whole(grid);
  const Eigen::ArrayXd x = centres(grid, box).col(0);
  const FaceFlux flux = fitted_flux(*sde, grid, 0, faces_of(box, 0));
  const Eigen::ArrayXd current = apply(flux, box, 1 + x.square());
  EXPECT_LT((current.segment(1, 39) - .7).abs().maxCoeff(), 1e-12);
  EXPECT_EQ(current(0), 0);
  EXPECT_EQ(current(40), 0);
}

TEST(Monotone, AnnihilatesGibbsDensitiesInEveryDimensionExactly) {
  // b = −∇U, a = 2: U = x⁴/4 + (xy)²/2 + y² − sin z·y + z².
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y z"},
                               {"drift.x", "-(x^3 + x*y^2)"},
                               {"drift.y", "-(x^2*y + 2*y - sin(z))"},
                               {"drift.z", "cos(z)*y - 2*z"},
                               {"noise.x.1", "sqrt(2)"},
                               {"noise.y.2", "sqrt(2)"},
                               {"noise.z.3", "sqrt(2)"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-2.5, 2.5) 10", "linear(-3, 3) 9", "linear(-3, 3) 8"});
  const Batch p = physical(grid, centres(grid, test::whole(grid)));
  const Eigen::ArrayXd x = p.col(0), y = p.col(1), z = p.col(2);
  const Eigen::ArrayXd density = (-(x.pow(4) / 4 + (x * y).square() / 2 + y.square() - z.sin() * y + z.square())).exp();
  EXPECT_LT(relative_residual(test::dense(*sde, grid, {Flux::monotone, 0}), density), 1e-12);
}

TEST(Monotone, UpwindsWhereThereIsNoNoise) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "-x"}, {"noise.v.1", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 4", "linear(-2, 2) 4"});
  const FaceFlux flux = fitted_flux(*sde, grid, 0, faces_of(test::whole(grid), 0));
  for (Index row = 0; row < flux.faces.cells(); ++row) {
    const mesh::Cell face = flux.faces.cell(row);
    const double v = grid.axis(1).centre(face[1]);
    const bool wall = face[0] == 0 || face[0] == 4;
    EXPECT_NEAR(flux.weights(row, 0), wall ? 0 : std::max(v, 0.), 1e-15);
    EXPECT_NEAR(flux.weights(row, 1), wall ? 0 : std::min(v, 0.), 1e-15);
  }
}

}  // namespace
}  // namespace sgdflux::fv
