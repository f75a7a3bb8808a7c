/// The limiter alone, on fluxes that no scheme made.
#include "solve/flux_limiter.hpp"

#include <gtest/gtest.h>

#include "support/numerics.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;

struct Lattice {
  mesh::Grid grid;
  mesh::Partition partition;
  std::vector<CellFaces> faces;
  FluxLimiter limiter;

  explicit Lattice(const std::vector<std::string>& axes)
      : grid(make(axes)),
        partition(grid, 1),
        faces(cell_faces(grid, partition.owned(0))),
        limiter(MPI_COMM_SELF, grid, partition) {}
  static mesh::Grid make(const std::vector<std::string>& axes) {
    std::vector<mesh::Axis> list;
    for (std::size_t d = 0; d < axes.size(); ++d) {
      list.emplace_back(mesh::parse_axis("x" + std::to_string(d), axes[d]));
    }
    return mesh::Grid(list);
  }
  /// floor + what is left of the amounts.
  [[nodiscard]] Array density(const Array& floor, FaceAmounts amounts, const Limited& safe) const {
    for (std::size_t axis = 0; axis < amounts.size(); ++axis) {
      amounts[axis] -= safe.cut[axis];
    }
    return floor + gain(faces, amounts);
  }
  /// Random amounts through the inner faces; the two ends of a periodic axis are one face.
  [[nodiscard]] FaceAmounts random_amounts(std::mt19937& random) const {
    std::normal_distribution<double> normal;
    FaceAmounts amounts;
    for (int axis = 0; axis < grid.dimension(); ++axis) {
      mesh::Box lattice;
      lattice.upper = grid.shape();
      const mesh::Box box = fv::faces_of(lattice, axis);
      Array values(box.cells());
      for (Index f = 0; f < box.cells(); ++f) {
        const Index at = box.cell(f)[axis];
        values(f) = at == 0 || at == grid.axis(axis).cells() ? 0 : normal(random);
      }
      for (Index f = 0; grid.axis(axis).periodic() && f < box.cells(); ++f) {
        mesh::Cell face = box.cell(f);
        if (face[axis] == 0) {
          values(f) = normal(random);
          face[axis] = grid.axis(axis).cells();
          values(box.position(face)) = values(f);
        }
      }
      amounts.push_back(values);
    }
    return amounts;
  }
};

TEST(FluxLimiter, LeavesFluxesAloneThatMakeNothingNegative) {
  const Lattice line({"linear(0, 1) 3"});
  Array floor(3);
  floor << .1, .1, 5;
  Array amounts(4);
  // The middle cell gives ten times what it has, and receives as much.
  amounts << 0, 0, -1, 0;
  amounts(1) = -1;
  const Limited safe = line.limiter.limit(floor, {amounts});
  EXPECT_EQ(safe.total, 0);
  EXPECT_EQ(safe.sweeps, 0);
  EXPECT_TRUE((safe.cut[0] == 0).all());
}

TEST(FluxLimiter, CutsAsMuchAsIsMissing) {
  const Lattice line({"linear(0, 1) 4"});
  Array floor(4);
  floor << 1, .5, .25, 3;
  Array amounts(5);
  amounts << 0, -.2, 2, 0, 0;  // cell 1 has .5 and gives .2 + 2
  const Limited safe = line.limiter.limit(floor, {amounts});
  EXPECT_NEAR(safe.total, 1.7, 1e-15);
  Array expected(4);
  expected << 1 + .2 * .5 / 2.2, 0, .25 + 2 * .5 / 2.2, 3;
  EXPECT_LE((line.density(floor, {amounts}, safe) - expected).abs().maxCoeff(), 1e-15);
}

TEST(FluxLimiter, FollowsChainsOfCellsThatRelyOnEachOther) {
  // Each cell hands on what it gets from the one before; the first has nothing.
  const Index n = 60;
  const Lattice line({"linear(0, 1) " + std::to_string(n)});
  Array floor = Array::Constant(n, 1e-9);
  floor(n - 1) = 1;
  Array amounts = Array::Ones(n + 1);
  amounts(0) = amounts(n) = 0;
  const Limited safe = line.limiter.limit(floor, {amounts});
  const Array density = line.density(floor, {amounts}, safe);
  EXPECT_GE(density.minCoeff(), -1e-16);
  EXPECT_NEAR(density(n - 1), 1 + 59e-9, 1e-15);
  EXPECT_LE(safe.sweeps, static_cast<int>(n));
}

TEST(FluxLimiter, IsPositiveAndConservativeAndCutsNoMoreThanNeeded) {
  std::mt19937 random(7);
  std::exponential_distribution<double> level(2);
  for (const std::vector<std::string>& axes : {std::vector<std::string>{"linear(0, 1) 50"},
                                               {"linear(0, 1) 12 periodic", "linear(0, 1) 9"},
                                               {"linear(0, 1) 5", "linear(0, 1) 4 periodic", "linear(0, 1) 6"}}) {
    const Lattice lattice(axes);
    for (int k = 0; k < 20; ++k) {
      Array floor(lattice.grid.cells());
      for (double& value : floor) {
        value = (k % 3 == 0 ? .1 : 1) * level(random);
      }
      const FaceAmounts amounts = lattice.random_amounts(random);
      const Limited safe = lattice.limiter.limit(floor, amounts);
      for (std::size_t axis = 0; axis < amounts.size(); ++axis) {
        EXPECT_TRUE((safe.cut[axis] * amounts[axis] >= 0).all() && (safe.cut[axis].abs() <= amounts[axis].abs()).all());
      }
      const Array density = lattice.density(floor, amounts, safe);
      EXPECT_NEAR((density - floor).sum(), 0, 1e-12);
      EXPECT_LE(-density.min(0.).sum(), 1e-13);
      EXPECT_LE(safe.deficit, 1e-13);
      // A cell that was cut is left with nothing: R could not be larger.
      for (Index c = 0; c < floor.size(); ++c) {
        double cut = 0;
        for (std::size_t axis = 0; axis < amounts.size(); ++axis) {
          cut += std::max(0., safe.cut[axis](lattice.faces[axis].above(c))) -
                 std::min(0., safe.cut[axis](lattice.faces[axis].below(c)));
        }
        EXPECT_TRUE(cut == 0 || density(c) <= 1e-13) << density(c) << " after " << safe.sweeps;
      }
    }
  }
}

}  // namespace
}  // namespace sgdflux::solve
