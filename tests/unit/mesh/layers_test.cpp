#include <gtest/gtest.h>

#include <set>

#include "sgdflux/mesh/partition.hpp"

namespace sgdflux::mesh {
namespace {

const Box box{{2, -1, 0, 3}, {5, 4, 2, 9}};

TEST(Layers, AreTheArraySeenFromAnAxis) {
  for (int d = 0; d < core::max_dimension; ++d) {
    const Layers view = layers(box, d);
    ASSERT_EQ(view.outer * view.count * view.inner, box.cells());
    for (Index o = 0; o < view.outer; ++o) {
      for (Index i = 0; i < view.count; ++i) {
        const Index first = (o * view.count + i) * view.inner;
        for (Index k = 0; k < view.inner; ++k) {
          EXPECT_EQ(box.cell(first + k)[static_cast<std::size_t>(d)], box.lower[static_cast<std::size_t>(d)] + i);
        }
      }
    }
  }
}

TEST(Pieces, CoverABoxOnceAndAreSmallAndContiguousWhereAllAxesAreFree) {
  for (const Index most : {1, 5, 7, 12, 60, 179, 180, 1000}) {
    Index next = 0;
    for (const Box& piece : pieces(box, most, {true, true, true, true})) {
      for (Index i = 0; i < piece.cells(); ++i) {
        EXPECT_EQ(box.position(piece.cell(i)), next++) << most;
      }
    }
    EXPECT_EQ(next, box.cells()) << most;
  }
  EXPECT_EQ(pieces(box, 5, {true, true, true, true}).front().cells(), 3) << "rows of 6 are halved";
  EXPECT_TRUE(pieces({{0, 0, 0, 0}, {0, 0, 0, 0}}, 5, {true, true, true, true}).empty());
}

TEST(Pieces, CutOtherAxesDownToAFewLayersOnly) {
  std::set<Index> positions;
  for (const Box& piece : pieces(box, 1, {false, true, false, true}, 2)) {
    EXPECT_GE(piece.extent(0), 2);
    EXPECT_EQ(piece.extent(1), 1);
    EXPECT_GE(piece.extent(2), 2);
    EXPECT_EQ(piece.extent(3), 1);
    for (Index i = 0; i < piece.cells(); ++i) {
      EXPECT_TRUE(positions.insert(box.position(piece.cell(i))).second) << "covered twice";
    }
  }
  EXPECT_EQ(static_cast<Index>(positions.size()), box.cells());
}

TEST(Rows, AreContiguousAndCoverAPart) {
  const Box part{{3, 0, 1, 4}, {5, 3, 2, 8}};
  Index cells = 0;
  for_each_row(box, part, [&](const Cell& first, Index at, Index length) {
    for (Index k = 0; k < length; ++k) {
      Cell cell = first;
      cell[3] += k;
      EXPECT_EQ(box.position(cell), at + k);
      EXPECT_TRUE(part.contains(cell));
    }
    cells += length;
  });
  EXPECT_EQ(cells, part.cells());
  EXPECT_EQ(row_axis(box), 3);
  EXPECT_EQ(row_axis({{0, 0, 0, 0}, {4, 3, 1, 1}}), 1);
  EXPECT_EQ(row_axis({{0, 0, 0, 0}, {1, 1, 1, 1}}), 0);
}

TEST(CommonPart, OfBoxes) {
  const Box common = common_part(box, {{0, 0, 1, 0}, {4, 9, 9, 5}});
  EXPECT_EQ(common.lower, (Cell{2, 0, 1, 3}));
  EXPECT_EQ(common.upper, (Cell{4, 4, 2, 5}));
  EXPECT_EQ(common_part(box, {{5, 0, 0, 0}, {9, 9, 9, 9}}).cells(), 0) << "they touch";
}

}  // namespace
}  // namespace sgdflux::mesh
