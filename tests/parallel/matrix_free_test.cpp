/// The generator without entries on any number of ranks.
#include "sgdflux/solve/matrix_free.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::solve {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

using Array = Eigen::ArrayXd;

std::vector<std::string> axes_of(int dim, bool periodic) {
  const std::vector<std::vector<std::string>> all = {
      {"linear(-2, 2) 41"},
      {"sinh(-2, 2, 1) 19 reflecting", "linear(-2, 2) 23"},
      {"sinh(-2, 2, .5) 9", "linear(-2, 2) 8 reflecting", "linear(-2, 2) 10"},
      {"linear(-2, 2) 6", "linear(-2, 2) 5", "linear(-2, 2) 4", "linear(-2, 2) 7"}};
  std::vector<std::string> axes = all[static_cast<std::size_t>(dim - 1)];
  axes.back() += periodic ? " periodic" : "";
  return axes;
}

/// A number between −1 and 1 of each cell of the lattice, for any partition the same.
Array scrambled(const mesh::Grid& grid, const mesh::Box& owned, double factor) {
  const mesh::Box all = test::whole(grid);
  return Array::NullaryExpr(owned.cells(), [&](Eigen::Index i) {
    return std::sin(factor * static_cast<double>(1 + all.position(owned.cell(i))));
  });
}

struct Products {
  Array forward;
  Array transposed;
};

/// A x and Aᵀ x of a matrix of PETSc.
Products products(MPI_Comm comm, Mat matrix, const mesh::Partition& partition, const Array& values) {
  const la::Vector x = la::create_vector(comm, partition);
  const la::Vector y = la::create_vector(comm, partition);
  la::set_values(x.get(), values);
  la::check(MatMult(matrix, x.get(), y.get()));
  Array forward = la::values(y.get());
  la::check(MatMultTranspose(matrix, x.get(), y.get()));
  return {std::move(forward), la::values(y.get())};
}

TEST(MatrixFree, IsTheAssembledMatrixOnAnyNumberOfRanks) {
  std::mt19937 random(1);
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto sde = test::random_formulas({dim, true, false, 30}, random);
      const mesh::Grid grid = test::make_grid(*sde, axes_of(dim, periodic));
      const mesh::Partition partition(grid, la::size(world));
      const mesh::Box& owned = partition.owned(la::rank(world));
      const fv::Flux flux = dim % 2 == 0 ? fv::Flux::order8 : fv::Flux::order4;
      const fv::Discretisation problem = fv::discretise(*sde, grid, {flux, 1}, test::whole(grid));
      const MatrixFree op(world, problem, partition);
      const fv::Generator g = fv::generator(problem, owned);
      const la::Matrix matrix = la::create_matrix(world, grid, partition, {g.cells, g.offsets, g.values});
      const Array x = scrambled(grid, owned, 1.7);
      const Products expected = products(world, matrix.get(), partition, x);
      const Products found = products(world, op.matrix(), partition, x);
      double size = 0;
      la::check(MatNorm(matrix.get(), NORM_INFINITY, &size));
      const auto error = [&](const Array& a, const Array& b) {
        return la::maximum(world, a.size() > 0 ? (a - b).abs().maxCoeff() : 0) / size;
      };
      EXPECT_LT(error(found.forward, expected.forward), 1e-14) << dim << " dimensions";
      EXPECT_LT(error(found.transposed, expected.transposed), 1e-14) << dim << " dimensions";
      EXPECT_EQ(op.applications(), 2);
      EXPECT_EQ(op.traffic().exchanges, 2);
    }
  }
}

TEST(MatrixFree, GivesWhatOneRankAloneGives) {
  std::mt19937 random(2);
  const auto sde = test::random_formulas({3, true}, random);
  const mesh::Grid grid = test::make_grid(*sde, axes_of(3, true));
  const mesh::Partition partition(grid, la::size(world));
  const mesh::Partition alone(grid, 1);
  const mesh::Box all = test::whole(grid);
  const mesh::Box& owned = partition.owned(la::rank(world));
  const fv::Discretisation problem = fv::discretise(*sde, grid, {fv::Flux::order6, 1}, all);
  const MatrixFree shared(world, problem, partition);
  const MatrixFree own(MPI_COMM_SELF, problem, alone);
  const Array x = scrambled(grid, owned, 2.3);
  const Products here = products(world, shared.matrix(), partition, x);
  const Products everywhere = products(MPI_COMM_SELF, own.matrix(), alone, scrambled(grid, all, 2.3));
  for (core::Index i = 0; i < owned.cells(); ++i) {
    const core::Index at = all.position(owned.cell(i));
    EXPECT_NEAR(here.forward(i), everywhere.forward(at), 1e-14 * everywhere.forward.abs().maxCoeff());
    EXPECT_NEAR(here.transposed(i), everywhere.transposed(at), 1e-14 * everywhere.transposed.abs().maxCoeff());
  }
}

TEST(MatrixFree, SendsOneMessagePerNeighbourAndOnlyBorders) {
  const auto sde = test::make_model({{"name", "momentum-regression"}, {"rho", "1 .4"}});
  const mesh::Grid grid =
      test::make_grid(*sde, {"linear(-1, 1) 8", "linear(-5, 5) 8", "linear(-1, 1) 8", "linear(-4, 4) 8"});
  const mesh::Partition partition(grid, la::size(world));
  const fv::Discretisation problem = fv::discretise(*sde, grid, {fv::Flux::order4, 1}, test::whole(grid));
  const MatrixFree op(world, problem, partition);
  static_cast<void>(products(world, op.matrix(), partition, scrambled(grid, partition.owned(la::rank(world)), 1)));
  if (la::size(world) == 2) {
    EXPECT_EQ(op.traffic().messages, 2) << "A x and Aᵀ x";
    EXPECT_EQ(op.traffic().bytes, 2 * 2 * 8. * 8 * 8 * sizeof(double)) << "two layers of a cut through 8⁴ cells";
  }
  EXPECT_LE(op.traffic().messages, 2 * (la::size(world) - 1));
}

TEST(MatrixFree, OfCoefficientsThatAreNoNumbersOnOneRankIsRefusedOnAll) {
  const auto sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "sqrt(x + 1.9)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-2, 2) 80"});
  const mesh::Partition partition(grid, la::size(world));
  const fv::Discretisation problem{*sde, grid, {fv::Flux::order4, 1}, {}, {}, {}, nullptr};
  EXPECT_THROW(MatrixFree(world, problem, partition), core::SettingsError);
}

}  // namespace
}  // namespace sgdflux::solve
