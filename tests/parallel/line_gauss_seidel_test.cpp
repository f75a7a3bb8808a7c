/// Sweeps of lines on any number of ranks.
#include "sgdflux/la/line_gauss_seidel.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/fv/two_point.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

struct Sweeps {
  mesh::Partition partition;
  mesh::Box owned;
  LineGaussSeidel lines;

  Sweeps(MPI_Comm comm, const model::Sde& sde, const mesh::Grid& grid)
      : partition(grid, size(comm)),
        owned(partition.owned(rank(comm))),
        lines(comm, partition, rates(sde, grid, LineGaussSeidel::box(partition, rank(comm))), 1) {}

  static std::vector<FaceRates> rates(const model::Sde& sde, const mesh::Grid& grid, const mesh::Box& box) {
    const auto problem = fv::discretise(sde, grid, {fv::Flux::order2, 1}, test::whole(grid));
    std::vector<FaceRates> faces;
    for (fv::TwoPoint& axis : fv::two_point_generator(problem, box)) {
      faces.push_back({std::move(axis.up), std::move(axis.down)});
    }
    return faces;
  }
  /// Of a right-hand side that depends on the cell alone.
  Eigen::ArrayXd sweep(bool transposed) {
    const Eigen::ArrayXd r = Eigen::ArrayXd::NullaryExpr(owned.cells(), [&](Eigen::Index i) {
      const mesh::Cell cell = owned.cell(i);
      return std::sin(1. + static_cast<double>(cell[0] + 3 * cell[1]));
    });
    Eigen::ArrayXd z(r.size());
    transposed ? lines.apply_transpose(r.data(), z.data()) : lines.apply(r.data(), z.data());
    return z;
  }
};

/// Largest difference of a sweep by all ranks and by one alone on x × v cells, relative to the largest value.
double difference(core::Index x, core::Index v, bool transposed, double shift = 0) {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  const mesh::Grid grid =
      test::make_grid(*sde, {"linear(-0.5, 0.5) " + std::to_string(x), "linear(-1.5, 1.5) " + std::to_string(v)});
  Sweeps together(world, *sde, grid);
  Sweeps alone(MPI_COMM_SELF, *sde, grid);
  together.lines.set_shift(shift);
  alone.lines.set_shift(shift);
  const Eigen::ArrayXd here = together.sweep(transposed);
  const Eigen::ArrayXd all = alone.sweep(transposed);
  double largest = 0;
  for (core::Index i = 0; i < here.size(); ++i) {
    largest = std::max(largest, std::abs(here(i) - all(test::whole(grid).position(together.owned.cell(i)))));
  }
  return maximum(world, largest / all.abs().maxCoeff());
}

/// Three ranks on 2 × 2 cells, and four on 3 × 1: one has none.
TEST(LineGaussSeidel, OfSmallLatticesIsTheSameOnAnyNumberOfRanks) {
  for (const bool transposed : {false, true}) {
    EXPECT_LT(difference(12, 14, transposed), 1e-13);
    EXPECT_LT(difference(2, 2, transposed), 1e-13);
    EXPECT_LT(difference(3, 2, transposed), 1e-13);
    EXPECT_LT(difference(200, 190, transposed), 1e-13);
  }
}

/// 525 × 500 cells are more than every rank sweeps over: only with a large shift the rest does not matter.
TEST(LineGaussSeidel, OfLargeLatticesReadsSomeCellsOfNeighbours) {
  for (const bool transposed : {false, true}) {
    const double near = difference(525, 500, transposed, 300);
    EXPECT_LT(near, 2e-3);
    EXPECT_EQ(near > 1e-14, size(world) > 1) << near;
    EXPECT_LT(difference(525, 500, transposed, 3e6), 1e-13);
  }
}

}  // namespace
}  // namespace sgdflux::la
