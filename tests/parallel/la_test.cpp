/// The linear-algebra layer on any number of ranks.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/la/generator_matrix.hpp"
#include "sgdflux/la/ghosts.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/linear_solver.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

/// A number that tells cells apart.
double label(const mesh::Cell& cell) {
  double value = 0;
  for (const core::Index coordinate : cell) {
    value = 100 * value + static_cast<double>(coordinate);
  }
  return std::sin(value) + value;
}

Eigen::ArrayXd labels(const mesh::Partition& partition, const mesh::Box& box) {
  return Eigen::ArrayXd::NullaryExpr(box.cells(),
                                     [&](Eigen::Index i) { return label(partition.wrapped(box.cell(i))); });
}

std::unique_ptr<model::Sde> variables(int dim) {
  std::mt19937 random(5);
  return test::random_formulas({dim, true}, random);
}

std::vector<std::string> axes_of(int dim, bool periodic) {
  const std::vector<std::vector<std::string>> all = {
      {"linear(-2, 2) 17"},
      {"linear(-2, 2) 9", "linear(-2, 2) 11"},
      {"linear(-2, 2) 7", "linear(-2, 2) 5", "linear(-2, 2) 6"},
      {"linear(-2, 2) 5", "linear(-2, 2) 4", "linear(-2, 2) 6", "linear(-2, 2) 4"}};
  std::vector<std::string> axes = all[static_cast<std::size_t>(dim - 1)];
  for (std::size_t d = 0; periodic && d < axes.size(); d += 2) {
    axes[d] += " periodic";
  }
  return axes;
}

/// In the lattice, or in a periodic image of it.
bool exists(const Decomposition& cells, const mesh::Cell& cell) {
  for (std::size_t d = 0; d < cell.size(); ++d) {
    if (!cells.periodic[d] && (cell[d] < 0 || cell[d] >= cells.shape[d])) {
      return false;
    }
  }
  return true;
}

int axes_outside(const mesh::Box& box, const mesh::Cell& cell) {
  int count = 0;
  for (std::size_t d = 0; d < cell.size(); ++d) {
    count += cell[d] < box.lower[d] || cell[d] >= box.upper[d] ? 1 : 0;
  }
  return count;
}

TEST(Ghosts, FillTheBorderBesideFacesAndCornersAndLeaveWhatIsBeyondTheEnds) {
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto sde = variables(dim);
      const mesh::Grid grid = test::make_grid(*sde, axes_of(dim, periodic));
      const mesh::Partition partition(grid, size(world));
      const Decomposition cells = decomposition(grid, partition);
      for (const bool corners : {false, true}) {
        for (const core::Index width : {1, 3}) {
          Ghosts ghosts(world, cells, width, corners);
          Eigen::ArrayXd field = ghosts.field() - 1;
          const Eigen::ArrayXd own = labels(partition, ghosts.owned());
          ghosts.insert(own.data(), field.data());
          ghosts.exchange(field.data());
          core::Index wrong = 0;
          for (core::Index i = 0; i < ghosts.box().cells(); ++i) {
            const mesh::Cell cell = ghosts.box().cell(i);
            const bool filled = exists(cells, cell) && (corners || axes_outside(ghosts.owned(), cell) <= 1);
            wrong += field(i) == (filled ? label(partition.wrapped(cell)) : -1) ? 0 : 1;
          }
          EXPECT_EQ(wrong, 0) << dim << " dimensions, width " << width << ", corners " << corners;
          Eigen::ArrayXd back(own.size());
          ghosts.extract(field.data(), back.data());
          EXPECT_EQ((back != own).count(), 0);
          EXPECT_EQ(ghosts.traffic().messages > 0, size(world) > 1);
        }
      }
    }
  }
}

TEST(Halo, BringsEveryCellAroundTheOwnedBoxInOneToFourDimensions) {
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto sde = variables(dim);
      const mesh::Grid grid = test::make_grid(*sde, axes_of(dim, periodic));
      const mesh::Partition partition(grid, size(world));
      for (const core::Index width : {1, 3}) {
        const Halo halo(world, partition, width);
        const Eigen::ArrayXd field = halo.exchange(labels(partition, partition.owned(rank(world))));
        ASSERT_EQ(field.size(), halo.box().cells());
        EXPECT_EQ((field - labels(partition, halo.box())).abs().maxCoeff(), 0) << dim << " dimensions, width " << width;
      }
    }
  }
}

TEST(Halo, CanBeUsedAgainWithOtherValues) {
  const auto sde = variables(2);
  const mesh::Grid grid = test::make_grid(*sde, axes_of(2, true));
  const mesh::Partition partition(grid, size(world));
  const Halo halo(world, partition, 2);
  const Eigen::ArrayXd owned = labels(partition, partition.owned(rank(world)));
  static_cast<void>(halo.exchange(owned));
  EXPECT_EQ((halo.exchange(-2 * owned) + 2 * labels(partition, halo.box())).abs().maxCoeff(), 0);
}

TEST(GeneratorMatrix, TimesAVectorIsTheStencilOnEveryRank) {
  for (int dim = 1; dim <= 4; ++dim) {
    const auto sde = variables(dim);
    const mesh::Grid grid = test::make_grid(*sde, axes_of(dim, true));
    const mesh::Partition partition(grid, size(world));
    const mesh::Box& owned = partition.owned(rank(world));
    const fv::Discretisation problem = fv::discretise(*sde, grid, {fv::Flux::order4, 1}, test::whole(grid));
    const fv::Generator g = fv::generator(problem, owned);
    const Matrix matrix = create_matrix(world, grid, partition, {g.cells, g.offsets, g.values, 1, .5});
    const Vector x = create_vector(world, partition);
    const Vector y = create_vector(world, partition);
    set_values(x.get(), labels(partition, owned));
    check(MatMult(matrix.get(), x.get(), y.get()));
    const mesh::Box all = test::whole(grid);
    const Eigen::MatrixXd whole =
        test::dense(grid, fv::generator(problem, all)) + .5 * Eigen::MatrixXd::Identity(all.cells(), all.cells());
    const Eigen::VectorXd expected = whole * labels(partition, all).matrix();
    const Eigen::ArrayXd found = values(y.get());
    for (core::Index i = 0; i < owned.cells(); ++i) {
      EXPECT_NEAR(found(i), expected(all.position(owned.cell(i))),
                  1e-11 * whole.cwiseAbs().maxCoeff() * labels(partition, all).maxCoeff());
    }
  }
}

TEST(Guard, ThrowsTheExceptionOfOneRankOnAllRanks) {
  const int last = size(world) - 1;
  try {
    guard(world, [&] {
      if (rank(world) == last) {
        throw core::SettingsError("rank " + std::to_string(last) + " fails");
      }
    });
    FAIL() << "no exception";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::settings);
    EXPECT_EQ(std::string(error.what()), "rank " + std::to_string(last) + " fails");
  }
  EXPECT_EQ(sum(world, 1), size(world)) << "and all go on together";
}

TEST(Guard, TakesTheExceptionOfTheLowestRankWhenSeveralFail) {
  try {
    guard(world, [&] {
      if (rank(world) > 0 || size(world) == 1) {
        throw core::FileError("rank " + std::to_string(rank(world)) +
                              std::string(static_cast<std::size_t>(rank(world)) * 50, '.'));
      }
    });
    FAIL() << "no exception";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::files);
    EXPECT_TRUE(test::has(error.what(), size(world) == 1 ? "rank 0" : "rank 1")) << error.what();
  }
}

TEST(Reductions, AreOverAllRanks) {
  const auto mine = static_cast<double>(rank(world) + 1);
  const auto n = static_cast<double>(size(world));
  EXPECT_EQ(sum(world, mine), n * (n + 1) / 2);
  EXPECT_EQ(maximum(world, mine), n);
  EXPECT_EQ(minimum(world, mine), 1);
  Eigen::ArrayXd array = Eigen::ArrayXd::Constant(3, mine);
  sum(world, array);
  EXPECT_EQ((array - n * (n + 1) / 2).abs().maxCoeff(), 0);
}

/// How MUMPS is told to order the unknowns of a relaxation in the plane.
PetscInt ordering(fv::Flux flux) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 0; 0 1"}, {"noise_matrix", "1 0; 0 1"}});
  const mesh::Grid grid = test::make_grid(*sde, {test::symmetric_axis(1, 4, 30), test::symmetric_axis(1, 4, 30)});
  const mesh::Partition partition(grid, size(world));
  const mesh::Box owned = partition.owned(rank(world));
  const fv::Generator g = fv::generator(fv::discretise(*sde, grid, {flux, 0}, owned), owned);
  const Matrix matrix = create_matrix(world, grid, partition, {g.cells, g.offsets, g.values, -1, 1});
  const LinearSolver solver(matrix.get(), matrix.get(), Method::direct, "t4_");
  Mat factors = nullptr;
  PetscInt value = -1;
  check(PCFactorGetMatrix(solver.preconditioner(), &factors));
  check(MatMumpsGetIcntl(factors, 7, &value));
  return value;
}

TEST(LinearSolverOnRanks, MumpsOrdersShortStencilsInThePlaneByMinimumDegreeUnlessToldOtherwise) {
  constexpr PetscInt minimum_degree = 0;
  constexpr PetscInt pord = 4;
  if (size(world) == 1) {
    GTEST_SKIP() << "UMFPACK's";
  }
  EXPECT_EQ(ordering(fv::Flux::order2), minimum_degree);
  EXPECT_NE(ordering(fv::Flux::order8), minimum_degree);
  check(PetscOptionsSetValue(nullptr, "-t4_mat_mumps_icntl_7", "4"));
  EXPECT_EQ(ordering(fv::Flux::order2), pord);
  check(PetscOptionsClearValue(nullptr, "-t4_mat_mumps_icntl_7"));
}

}  // namespace
}  // namespace sgdflux::la
