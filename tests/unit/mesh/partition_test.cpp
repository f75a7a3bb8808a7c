#include "sgdflux/mesh/partition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::mesh {
namespace {

Grid make_grid(const std::vector<Index>& shape, const std::vector<bool>& periodic = {}) {
  std::vector<Axis> axes;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    const bool ring = d < periodic.size() && periodic[d];
    const auto boundary = ring ? Boundary::periodic : Boundary::truncated;
    axes.emplace_back(AxisSpec{"x" + std::to_string(d), "linear", {0, 1}, shape[d], boundary, boundary});
  }
  return Grid(std::move(axes));
}

Box whole(const Grid& grid) { return {{0, 0, 0, 0}, grid.shape()}; }

/// Every cell is in exactly one box, its owner's, and the numbers are a permutation that runs rank by rank.
void expect_exact_cover(const Grid& grid, const Partition& partition) {
  const int ranks = partition.ranks();
  const Box all = whole(grid);
  std::vector<int> hits(static_cast<std::size_t>(grid.cells()), 0);
  Index expected = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const Box& box = partition.owned(rank);
    ASSERT_EQ(partition.offset(rank), expected);
    for (Index position = 0; position < box.cells(); ++position, ++expected) {
      const Cell cell = box.cell(position);
      ASSERT_TRUE(all.contains(cell) && box.contains(cell));
      ASSERT_EQ(box.position(cell), position);
      ASSERT_EQ(partition.owner(cell), rank);
      ASSERT_EQ(partition.number(cell), expected);
      ++hits[static_cast<std::size_t>(all.position(cell))];
    }
  }
  EXPECT_EQ(expected, grid.cells());
  EXPECT_TRUE(std::all_of(hits.begin(), hits.end(), [](int count) { return count == 1; }));
}

/// Also in slabs across any axis.
void expect_exact_cover(const Grid& grid, int ranks) {
  const Partition partition(grid, ranks);
  expect_exact_cover(grid, partition);
  for (int axis = 0; axis < grid.dimension(); ++axis) {
    expect_exact_cover(grid, Partition(partition, axis));
  }
}

TEST(Partition, CoversRandomLatticesExactlyOnce) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 400; ++trial) {
    const int dimension = 1 + trial % 4;
    std::vector<Index> shape;
    std::vector<bool> periodic;
    for (int d = 0; d < dimension; ++d) {
      shape.push_back(1 + static_cast<Index>(random() % (dimension > 2 ? 6 : 15)));
      periodic.push_back(random() % 2 == 0);
    }
    const Grid grid = make_grid(shape, periodic);
    const auto ranks = static_cast<int>(1 + static_cast<Index>(random()) % std::min<Index>(grid.cells(), 25));
    SCOPED_TRACE("trial " + std::to_string(trial) + ", " + std::to_string(ranks) + " ranks");
    expect_exact_cover(grid, ranks);
  }
}

TEST(Partition, SharesEvenlyWhereItCan) {
  const Partition partition(make_grid({64, 64}), 4);
  for (int rank = 0; rank < 4; ++rank) {
    EXPECT_EQ(partition.owned(rank).extent(0), 32);
    EXPECT_EQ(partition.owned(rank).extent(1), 32);
  }
}

TEST(Partition, CutsAcrossTheLongAxis) {
  const Partition partition(make_grid({4, 1000}), 3);
  for (int rank = 0; rank < 3; ++rank) {
    EXPECT_EQ(partition.owned(rank).extent(0), 4);
  }
}

TEST(Partition, SlabsAreCutAcrossOneAxisAlone) {
  const Partition partition(make_grid({12, 9}), 4);
  for (int rank = 0; rank < 4; ++rank) {
    const Box slab = Partition(partition, 0).owned(rank);
    EXPECT_EQ(slab.extent(0), 3);
    EXPECT_EQ(slab.extent(1), 9);
  }
  const Partition thin(Partition(make_grid({50, 2}), 3), 1);
  EXPECT_EQ(thin.owned(0).cells(), 50);
  EXPECT_EQ(thin.owned(1).cells(), 50);
  EXPECT_EQ(thin.owned(2).cells(), 0);
}

TEST(Partition, RankCountsThatDoNotFitLeaveRanksWithoutCells) {
  const Partition partition(make_grid({2, 2}), 3);
  EXPECT_EQ(partition.owned(0).cells(), 2);
  EXPECT_EQ(partition.owned(1).cells(), 2);
  EXPECT_EQ(partition.owned(2).cells(), 0);
  EXPECT_EQ(partition.offset(2), 4);
  EXPECT_EQ(partition.with_halo(2, 3).cells(), 0);
  expect_exact_cover(make_grid({2, 2}), 3);
  expect_exact_cover(make_grid({2, 3, 2}), 11);
}

TEST(Partition, LeavesRanksBeyondTheCellsWithoutAny) {
  expect_exact_cover(make_grid({2, 3}), 7);
  expect_exact_cover(make_grid({4}), 5);
  expect_exact_cover(make_grid({1, 1, 1}), 3);
  EXPECT_THROW(Partition(make_grid({4}), 0), core::SettingsError);
}

TEST(Partition, HaloIsCutAtWallsAndReachesAcrossPeriodicEnds) {
  const Partition partition(make_grid({8, 8}, {false, true}), 4);
  for (int rank = 0; rank < 4; ++rank) {
    const Box box = partition.owned(rank);
    const Box halo = partition.with_halo(rank, 2);
    EXPECT_EQ(halo.lower[0], std::max<Index>(box.lower[0] - 2, 0));
    EXPECT_EQ(halo.upper[0], std::min<Index>(box.upper[0] + 2, 8));
    EXPECT_EQ(halo.lower[1], box.lower[1] - 2);
    EXPECT_EQ(halo.upper[1], box.upper[1] + 2);
    EXPECT_EQ(halo.extent(2), 1);
    EXPECT_EQ(halo.extent(3), 1);
  }
}

TEST(Partition, EveryHaloCellHasAnOwner) {
  const Grid grid = make_grid({5, 3, 4}, {true, true, false});
  for (const int ranks : {1, 2, 5, 12}) {
    const Partition partition(grid, ranks);
    for (int rank = 0; rank < ranks; ++rank) {
      const Box halo = partition.with_halo(rank, 4);
      for (Index position = 0; position < halo.cells(); ++position) {
        const Cell cell = partition.wrapped(halo.cell(position));
        ASSERT_TRUE(whole(grid).contains(cell));
        ASSERT_TRUE(partition.owned(partition.owner(cell)).contains(cell));
      }
    }
  }
}

TEST(Partition, WrappingIsModuloThePeriodAndLeavesOtherAxesAlone) {
  const Partition partition(make_grid({5, 7}, {true, false}), 1);
  EXPECT_EQ(partition.wrapped({-1, -1, 0, 0}), (Cell{4, -1, 0, 0}));
  EXPECT_EQ(partition.wrapped({12, 3, 0, 0}), (Cell{2, 3, 0, 0}));
  EXPECT_EQ(partition.wrapped({-10, 3, 0, 0}), (Cell{0, 3, 0, 0}));
}

}  // namespace
}  // namespace sgdflux::mesh
