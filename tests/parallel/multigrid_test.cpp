/// Multigrid on any number of ranks.
#include "sgdflux/la/multigrid.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/fv/two_point.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

std::vector<FaceRates> rates(const fv::Discretisation& problem, const mesh::Box& owned) {
  std::vector<FaceRates> faces;
  for (fv::TwoPoint& axis : fv::two_point_generator(problem, owned)) {
    faces.push_back({std::move(axis.up), std::move(axis.down)});
  }
  return faces;
}

/// A right-hand side of zero sum that depends on the cell alone.
Eigen::ArrayXd right_side(const mesh::Grid& grid, const mesh::Box& box) {
  const auto value = [](const mesh::Cell& cell) {
    return std::sin(1. + static_cast<double>(cell[0] + 3 * cell[1] + 7 * cell[2] + 11 * cell[3]));
  };
  const mesh::Box all = test::whole(grid);
  double sum = 0;
  for (core::Index i = 0; i < all.cells(); ++i) {
    sum += value(all.cell(i));
  }
  return Eigen::ArrayXd::NullaryExpr(
      box.cells(), [&](Eigen::Index i) { return value(box.cell(i)) - sum / static_cast<double>(all.cells()); });
}

constexpr core::Index few = 300;  ///< cells that are solved directly, so that small lattices have levels

/// Results of one rank alone and of all together.
struct Both {
  mesh::Grid grid;
  mesh::Box owned;
  Multigrid together;
  Multigrid alone;

  Both(const model::Sde& sde, const std::vector<std::string>& axes, core::Index direct = few)
      : Both(sde, test::make_grid(sde, axes), direct) {}
  Both(const model::Sde& sde, const mesh::Grid& lattice, core::Index direct)
      : grid(lattice),
        owned(mesh::Partition(grid, size(world)).owned(rank(world))),
        together(world, decomposition(grid, mesh::Partition(grid, size(world))), rates(problem(sde), owned), direct),
        alone(MPI_COMM_SELF, decomposition(grid, mesh::Partition(grid, 1)), rates(problem(sde), test::whole(grid)),
              direct) {}
  [[nodiscard]] fv::Discretisation problem(const model::Sde& sde) const {
    return fv::discretise(sde, grid, {fv::Flux::order2, 0}, test::whole(grid));
  }

  /// Largest difference of the owned cells, relative to the largest value.
  [[nodiscard]] double difference(const Eigen::ArrayXd& here, const Eigen::ArrayXd& everywhere) const {
    double largest = 0;
    for (core::Index i = 0; i < owned.cells(); ++i) {
      largest = std::max(largest, std::abs(here(i) - everywhere(test::whole(grid).position(owned.cell(i)))));
    }
    return largest / everywhere.abs().maxCoeff();
  }

  void expect_equal(double shift, bool transposed) {
    const Eigen::ArrayXd r = right_side(grid, owned);
    const Eigen::ArrayXd all = right_side(grid, test::whole(grid));
    Eigen::ArrayXd here(r.size());
    Eigen::ArrayXd everywhere(all.size());
    together.set_shift(shift);
    alone.set_shift(shift);
    if (transposed) {
      together.apply_transpose(r.data(), here.data());
      alone.apply_transpose(all.data(), everywhere.data());
    } else {
      together.apply(r.data(), here.data());
      alone.apply(all.data(), everywhere.data());
    }
    EXPECT_TRUE(everywhere.allFinite());
    EXPECT_LT(difference(here, everywhere), 1e-12)
        << grid.dimension() << " axes, shift " << shift << ", transposed " << transposed;
  }
};

std::vector<std::vector<std::string>> lattices() {
  return {{"linear(-2, 2) 6000"},
          {"linear(-2, 2) 5001 periodic"},
          {"linear(-2, 2) 97", "linear(-2, 2) 103"},
          {"linear(-2, 2) 96 periodic", "linear(-2, 2) 101"},
          {"linear(-2, 2) 83 periodic", "linear(-2, 2) 91 periodic"},
          {"linear(-2, 2) 25", "linear(-2, 2) 21", "linear(-2, 2) 23 periodic"},
          {"linear(-2, 2) 3", "linear(-2, 2) 90", "linear(-2, 2) 31"},
          {"linear(-2, 2) 9", "linear(-2, 2) 11", "linear(-2, 2) 10 periodic", "linear(-2, 2) 13"}};
}

TEST(Multigrid, OneCycleIsTheSameOnAnyNumberOfRanks) {
  for (const auto& axes : lattices()) {
    std::mt19937 random(3);
    const auto sde = test::random_formulas({static_cast<int>(axes.size())}, random);
    Both both(*sde, axes);
    both.expect_equal(0, false);
    both.expect_equal(.3, false);
    both.expect_equal(.3, true);
    both.expect_equal(0, true);
    EXPECT_LT(both.difference(both.together.null_vector(), both.alone.null_vector()), 1e-12);
    EXPECT_EQ(both.together.levels(), both.alone.levels());
  }
}

/// 75 × 76 cells are solved directly, more than are gathered as a rule.
TEST(Multigrid, SolvesLargeLatticesDirectlyOnAnyNumberOfRanks) {
  std::mt19937 random(3);
  const auto sde = test::random_formulas({2}, random);
  Both both(*sde, {"linear(-2, 2) 150", "linear(-2, 2) 151"}, 6000);
  both.expect_equal(0, false);
  both.expect_equal(.3, true);
  EXPECT_EQ(both.together.levels(), both.alone.levels());
  EXPECT_LE(both.together.levels(), 3);
}

TEST(Multigrid, OfFewCellsOnManyRanksIsADirectSolve) {
  std::mt19937 random(3);
  const auto sde = test::random_formulas({2}, random);
  Both both(*sde, {"linear(-2, 2) 2", "linear(-2, 2) 3"});
  both.expect_equal(0, false);
  both.expect_equal(.3, true);
  EXPECT_EQ(both.together.levels(), 1);
}

TEST(Multigrid, CountsWhatRanksTellEachOther) {
  std::mt19937 random(3);
  const auto sde = test::random_formulas({2}, random);
  Both both(*sde, {"linear(-2, 2) 97", "linear(-2, 2) 103"});
  const auto messages = [&] {
    const long before = both.together.traffic().messages;
    both.expect_equal(.3, false);
    return both.together.traffic().messages - before;
  };
  const long once = messages();
  EXPECT_EQ(messages(), once);
  EXPECT_EQ(once > 0, size(world) > 1);
  EXPECT_EQ(both.together.traffic().bytes > 0, size(world) > 1);
}

}  // namespace
}  // namespace sgdflux::la
