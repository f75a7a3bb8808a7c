#include "sgdflux/fv/two_point.hpp"

#include <gtest/gtest.h>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

/// The generator of a whole grid, cells in C order.
Eigen::MatrixXd dense(const mesh::Grid& grid, const std::vector<TwoPoint>& rates) {
  const mesh::Box box = test::whole(grid);
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(box.cells(), box.cells());
  for (int axis = 0; axis < grid.dimension(); ++axis) {
    const mesh::Box faces = faces_of(box, axis);
    const auto d = static_cast<std::size_t>(axis);
    for (Index i = 0; i < box.cells(); ++i) {
      mesh::Cell below = box.cell(i);
      const Index face = faces.position(below);
      below[d] = (below[d] + grid.axis(axis).cells() - 1) % grid.axis(axis).cells();
      const Index j = box.position(below);
      matrix(i, j) += rates[d].up(face);
      matrix(j, j) -= rates[d].up(face);
      matrix(j, i) += rates[d].down(face);
      matrix(i, i) -= rates[d].down(face);
    }
  }
  return matrix;
}

Discretisation central(const model::Sde& sde, const mesh::Grid& grid) {
  return discretise(sde, grid, {Flux::order2, 0}, test::whole(grid));
}

std::vector<std::vector<std::string>> fine_enough() {
  return {{"linear(-1, 1) 30"},
          {"linear(-1, 1) 31 periodic"},
          {"sinh(-1, 1, 1) 20", "linear(-1, 1) 21"},
          {"linear(-1, 1) 20 periodic", "linear(-1, 1) 19 reflecting"},
          {"linear(-1, 1) 10", "linear(-1, 1) 11 periodic", "linear(-1, 1) 9"},
          {"linear(-1, 1) 6", "linear(-1, 1) 5 periodic", "linear(-1, 1) 6", "linear(-1, 1) 4"}};
}

TEST(TwoPoint, IsTheCentralFluxWherePecletNumbersAreSmall) {
  for (const auto& axes : fine_enough()) {
    std::mt19937 random(2);
    const auto sde = test::random_formulas({static_cast<int>(axes.size()), false, false, .02}, random);
    const mesh::Grid grid = test::make_grid(*sde, axes);
    const Discretisation problem = central(*sde, grid);
    const Eigen::MatrixXd expected = test::dense(grid, generator(problem, test::whole(grid)));
    const Eigen::MatrixXd found = dense(grid, two_point_generator(problem, test::whole(grid)));
    EXPECT_LT((found - expected).cwiseAbs().maxCoeff(), 1e-14 * expected.cwiseAbs().maxCoeff()) << axes.size();
  }
}

TEST(TwoPoint, LeavesOutCorrelationsOnly) {
  const auto sde = test::make_model(
      {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1 0; 0.6 0.8"}});
  const auto alone =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1 0; 0 1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-1, 1) 20", "linear(-1, 1) 20"});
  const Eigen::MatrixXd correlated = dense(grid, two_point_generator(central(*sde, grid), test::whole(grid)));
  const Eigen::MatrixXd expected = test::dense(grid, generator(central(*alone, grid), test::whole(grid)));
  EXPECT_LT((correlated - expected).cwiseAbs().maxCoeff(), 1e-12 * expected.cwiseAbs().maxCoeff());
}

TEST(TwoPoint, RatesAreNeverNegativeAndKeepTheirDrift) {
  for (int dim = 1; dim <= 3; ++dim) {
    std::mt19937 random(4);
    const auto sde = test::random_formulas({dim, true, true, 30}, random);
    const mesh::Grid grid =
        test::make_grid(*sde, std::vector<std::string>(static_cast<std::size_t>(dim), "linear(-2, 2) 12"));
    const mesh::Box box = test::whole(grid);
    const Coefficients cells = cell_coefficients(*sde, grid, box);
    for (int axis = 0; axis < dim; ++axis) {
      const TwoPoint rates = two_point_generator(central(*sde, grid), box)[static_cast<std::size_t>(axis)];
      EXPECT_GE(rates.up.minCoeff(), 0);
      EXPECT_GE(rates.down.minCoeff(), 0);
      EXPECT_GT(((rates.up == 0) != (rates.down == 0)).count(), 0) << "some faces must be upwind ones";
      const double h = grid.axis(axis).spacing();
      const mesh::Box faces = faces_of(box, axis);
      for (Index f = 0; f < faces.cells(); ++f) {
        mesh::Cell cell = faces.cell(f);
        if (cell[static_cast<std::size_t>(axis)] % grid.axis(axis).cells() == 0) {
          EXPECT_EQ(rates.up(f) + rates.down(f), 0) << "a wall";
          continue;
        }
        const Index above = box.position(cell);
        cell[static_cast<std::size_t>(axis)] -= 1;
        const Index below = box.position(cell);
        const auto a = cells.diffusion.col(model::pair_index(axis, axis, dim));
        const double up = (a(below) / h + cells.drift(below, axis)) / (2 * h);
        const double down = (a(above) / h - cells.drift(above, axis)) / (2 * h);
        const double scale = std::abs(up) + std::abs(down);
        EXPECT_NEAR(rates.up(f) - rates.down(f), up - down, 1e-14 * scale);
        EXPECT_GE(rates.up(f) + rates.down(f), up + down - 1e-14 * scale);
      }
    }
  }
}

TEST(TwoPoint, OfPartsAreThoseOfTheWhole) {
  std::mt19937 random(2);
  const auto sde = test::random_formulas({3}, random);
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-1, 1) 9 periodic", "linear(-1, 1) 7", "linear(-1, 1) 10"});
  const mesh::Box box = test::whole(grid);
  const std::vector<TwoPoint> all = two_point_generator(central(*sde, grid), box);
  const mesh::Partition partition(grid, 6);
  for (int r = 0; r < 6; ++r) {
    const mesh::Box& owned = partition.owned(r);
    const std::vector<TwoPoint> part = two_point_generator(central(*sde, grid), owned);
    for (int axis = 0; axis < 3; ++axis) {
      const auto d = static_cast<std::size_t>(axis);
      const mesh::Box faces = faces_of(owned, axis);
      for (Index f = 0; f < faces.cells(); ++f) {
        const Index there = faces_of(box, axis).position(faces.cell(f));
        EXPECT_EQ(part[d].up(f), all[d].up(there));
        EXPECT_EQ(part[d].down(f), all[d].down(there));
      }
    }
  }
}

TEST(TwoPoint, OfManyCellsIsMadePieceByPiece) {
  const auto sde = test::make_model({{"name", "formula"},
                                     {"variables", "x y"},
                                     {"drift.x", "-x + y"},
                                     {"drift.y", "-y"},
                                     {"noise.x.1", "1 + x^2"},
                                     {"noise.y.2", "1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-1, 1) 300", "linear(-1, 1) 250"});
  const TwoPoint rates = two_point_generator(central(*sde, grid), test::whole(grid))[0];
  const double h = grid.axis(0).spacing();
  for (const Index i : {1, 100, 131, 132, 299}) {
    const double x = grid.axis(0).centre(i - 1);
    const double y = grid.axis(1).centre(17);
    EXPECT_NEAR(rates.up(i * 250 + 17), (std::pow(1 + x * x, 2) / h + y - x) / (2 * h), 1e-9);
  }
}

TEST(TwoPoint, IsRefusedWhereProbabilityLeaves) {
  std::mt19937 random(2);
  const auto sde = test::random_formulas({1}, random);
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-1, 1) 10 absorbing"});
  EXPECT_THROW(static_cast<void>(two_point_generator(central(*sde, grid), test::whole(grid))), core::InternalError);
}

TEST(TwoPoint, NamesThePointOfACoefficientThatIsNotANumber) {
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "sqrt(x)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-1, 1) 10"});
  const Discretisation problem{*sde, grid, {Flux::order2, 0}, {}, {}, {}, {}};
  const std::string error = test::error_of([&] { static_cast<void>(two_point_generator(problem, test::whole(grid))); });
  EXPECT_TRUE(test::has(error, "NaN at x = -0.9")) << error;
}

}  // namespace
}  // namespace sgdflux::fv
