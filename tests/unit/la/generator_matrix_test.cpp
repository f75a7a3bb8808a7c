#include "sgdflux/la/generator_matrix.hpp"

#include <gtest/gtest.h>

#include "sgdflux/la/halo.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

Eigen::MatrixXd dense(Mat matrix) {
  PetscInt rows = 0;
  check(MatGetSize(matrix, &rows, nullptr));
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(rows, rows);
  for (PetscInt row = 0; row < rows; ++row) {
    for (PetscInt column = 0; column < rows; ++column) {
      check(MatGetValue(matrix, row, column, &result(row, column)));
    }
  }
  return result;
}

struct Case {
  std::unique_ptr<model::Sde> sde;
  std::unique_ptr<model::Sde> other;  ///< same pattern, other values
  mesh::Grid grid;
};

Case make_case() {
  std::mt19937 random(1);
  auto sde = test::random_formulas({2, true}, random);
  auto other = test::random_formulas({2, true}, random);
  mesh::Grid grid = test::make_grid(*sde, {"linear(-2, 2) 9 periodic", "sinh(-2, 2, 1) 8"});
  return {std::move(sde), std::move(other), std::move(grid)};
}

TEST(GeneratorMatrix, HoldsTheStencilWithScaleAndShift) {
  const Case problem = make_case();
  const mesh::Partition partition(problem.grid, 1);
  const fv::Generator g = test::make_generator(*problem.sde, problem.grid, {fv::Flux::order4, 1});
  const Matrix matrix = create_matrix(MPI_COMM_SELF, problem.grid, partition, {g.cells, g.offsets, g.values, -2, .25});
  const Eigen::MatrixXd expected = -2 * test::dense(problem.grid, g) + .25 * Eigen::MatrixXd::Identity(72, 72);
  EXPECT_LT((dense(matrix.get()) - expected).cwiseAbs().maxCoeff(), 1e-13 * expected.cwiseAbs().maxCoeff());
}

TEST(GeneratorMatrix, FilledAgainEqualsAFreshOne) {
  const Case problem = make_case();
  const mesh::Partition partition(problem.grid, 1);
  const fv::Scheme scheme{fv::Flux::order6, 1};
  const fv::Generator one = test::make_generator(*problem.sde, problem.grid, scheme);
  const fv::Generator two = test::make_generator(*problem.other, problem.grid, scheme);
  ASSERT_EQ(one.offsets, two.offsets);
  const Matrix refilled =
      create_matrix(MPI_COMM_SELF, problem.grid, partition, {one.cells, one.offsets, one.values, 1, 0});
  const Eigen::MatrixXd before = dense(refilled.get());
  const StencilRows rows{two.cells, two.offsets, two.values, -1, 1e-3};
  fill(refilled.get(), problem.grid, rows);
  const Eigen::MatrixXd after = dense(refilled.get());
  EXPECT_EQ((after - dense(create_matrix(MPI_COMM_SELF, problem.grid, partition, rows).get())).cwiseAbs().maxCoeff(),
            0);
  EXPECT_GT((after - before).cwiseAbs().maxCoeff(), 1);
}

TEST(GeneratorMatrix, OfAPeriodicAxisShorterThanTheStencilAddsUpWhatMeets) {
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0.3 + sin(x)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(0, 6.283185307179586) 5 periodic"});
  const mesh::Partition partition(grid, 1);
  const fv::Generator g = test::make_generator(*sde, grid, {fv::Flux::order8, 0});
  const Matrix matrix = create_matrix(MPI_COMM_SELF, grid, partition, {g.cells, g.offsets, g.values, 1, 0});
  EXPECT_LT((dense(matrix.get()) - test::dense(grid, g)).cwiseAbs().maxCoeff(), 1e-13);
}

TEST(Values, OfAVectorAreWhatWasSet) {
  const Case problem = make_case();
  const mesh::Partition partition(problem.grid, 1);
  const Vector vector = create_vector(MPI_COMM_SELF, partition);
  const Eigen::ArrayXd numbers = Eigen::ArrayXd::Random(72);
  set_values(vector.get(), numbers);
  EXPECT_EQ((values(vector.get()) - numbers).abs().maxCoeff(), 0);
}

}  // namespace
}  // namespace sgdflux::la
