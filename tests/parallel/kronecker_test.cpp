/// The inverse of a Kronecker sum on any number of ranks.
#include "sgdflux/la/kronecker.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/kronecker.hpp"

namespace sgdflux::la {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

using Eigen::VectorXd;

mesh::Box whole(const mesh::Cell& shape) {
  mesh::Box box;
  box.upper = shape;
  return box;
}

/// Slices along one axis, of uneven sizes; the last of several ranks has none.
Decomposition slices(const mesh::Cell& shape, int dimension, std::size_t axis) {
  Decomposition cells{{}, shape, {}, dimension};
  const int ranks = size(world);
  const int workers = std::max(1, ranks - 1);
  core::Index begin = 0;
  for (int p = 0; p < ranks; ++p) {
    mesh::Box box = whole(shape);
    const core::Index end = p >= workers - 1 ? shape[axis] : std::min<core::Index>(begin + 1, shape[axis]);
    box.lower[axis] = begin;
    box.upper[axis] = end;
    begin = end;
    cells.boxes.push_back(box);
  }
  return cells;
}

VectorXd part(const VectorXd& field, const mesh::Cell& shape, const mesh::Box& box) {
  const mesh::Box lattice = whole(shape);
  return VectorXd::NullaryExpr(box.cells(), [&](Eigen::Index i) { return field(lattice.position(box.cell(i))); });
}

struct Case {
  mesh::Cell shape;
  int dimension;
  std::vector<int> first;
  bool mirrored;
  std::size_t cut;
};

void expect_as_on_one_rank(const Case& c) {
  Eigen::Index columns = 1;
  for (const int axis : c.first) {
    columns *= c.shape[static_cast<std::size_t>(axis)];
  }
  const Eigen::Index cells = whole(c.shape).cells();
  const Eigen::MatrixXd a = test::random_generator(columns, 1, c.mirrored);
  const Eigen::MatrixXd b = test::random_generator(cells / columns, 2, c.mirrored);
  const Decomposition here{{whole(c.shape)}, c.shape, {}, c.dimension};
  const Decomposition spread = slices(c.shape, c.dimension, c.cut);
  const mesh::Box& owned = spread.boxes[static_cast<std::size_t>(rank(world))];
  KroneckerSum alone(MPI_COMM_SELF, here, c.first, a, b);
  KroneckerSum together(world, spread, c.first, a, b);
  const VectorXd field = test::balanced(cells);
  const VectorXd mine = part(field, c.shape, owned);
  for (const double sigma : {0.0, 0.5}) {
    alone.set_shift(sigma);
    together.set_shift(sigma);
    for (const bool transposed : {false, true}) {
      VectorXd expected(cells);
      VectorXd got(owned.cells());
      transposed ? alone.apply_transpose(field.data(), expected.data()) : alone.apply(field.data(), expected.data());
      transposed ? together.apply_transpose(mine.data(), got.data()) : together.apply(mine.data(), got.data());
      const double difference = owned.cells() == 0 ? 0 : (got - part(expected, c.shape, owned)).cwiseAbs().maxCoeff();
      EXPECT_LT(maximum(world, difference), 1e-6 * expected.cwiseAbs().maxCoeff())
          << cells << " cells, shift " << sigma << (transposed ? ", transposed" : "");
    }
  }
}

TEST(KroneckerSum, GivesTheSameFieldOnAnyNumberOfRanks) {
  expect_as_on_one_rank({{5, 7, 6, 8}, 4, {0, 1}, false, 0});
  expect_as_on_one_rank({{5, 7, 6, 8}, 4, {0, 3}, true, 2});
  expect_as_on_one_rank({{13, 11, 9, 1}, 3, {1, 2}, false, 2});
  expect_as_on_one_rank({{150, 160, 1, 1}, 2, {0}, true, 1});
  expect_as_on_one_rank({{3, 200, 1, 1}, 2, {0}, false, 0});
}

}  // namespace
}  // namespace sgdflux::la
