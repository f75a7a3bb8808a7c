#include "sgdflux/la/multigrid.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/face_lattice.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using Sparse = Eigen::SparseMatrix<double>;

using Lattice = test::FaceLattice;

constexpr Index few = 300;  ///< cells that are solved directly, so that small lattices have levels

Multigrid multigrid_of(const Lattice& lattice, Index direct = few) {
  return {MPI_COMM_SELF, lattice.decomposition(), lattice.all_rates(), direct};
}

Eigen::VectorXd random_vector(Index size, bool zero_sum) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  Eigen::VectorXd r = Eigen::VectorXd::NullaryExpr(size, [&] { return normal(random); });
  return zero_sum ? Eigen::VectorXd(r.array() - r.mean()) : r;
}

Eigen::VectorXd cycle(Multigrid& multigrid, const Eigen::VectorXd& r, bool transposed = false) {
  Eigen::VectorXd z(r.size());
  transposed ? multigrid.apply_transpose(r.data(), z.data()) : multigrid.apply(r.data(), z.data());
  return z;
}

/// Mean factor by which one cycle reduces the residual, of the third to the tenth.
double contraction(const Lattice& lattice, double shift = 0, bool transposed = false) {
  Multigrid multigrid = multigrid_of(lattice);
  multigrid.set_shift(shift);
  const Sparse direct = lattice.matrix(shift);
  const Sparse a = transposed ? Sparse(direct.transpose()) : direct;
  Eigen::VectorXd r = a * random_vector(a.rows(), false);
  double before = 0;
  for (int k = 0; k < 10; ++k) {
    before = k == 2 ? r.norm() : before;
    r -= a * cycle(multigrid, r, transposed);
  }
  return std::pow(r.norm() / before, 1. / 8);
}

struct Case {
  const char* what;
  Lattice lattice;
  double factor;             ///< of L and of L − σ
  double transposed_factor;  ///< of Lᵀ
};

std::vector<Case> cases() {
  return {{"line", {{1000}, {false}, {1}}, .21, .21},
          {"odd line", {{1001}, {false}, {1}}, .21, .21},
          {"ring", {{1024}, {true}, {1}}, .21, .21},
          {"odd ring", {{1001}, {true}, {1}}, .21, .21},
          {"square", {{64, 64}, {false, false}, {1, 1}}, .1, .06},
          {"odd rectangle", {{61, 83}, {false, false}, {1, 1}}, .12, .09},
          {"cylinder", {{60, 61}, {true, false}, {1, 1}}, .12, .08},
          {"odd torus", {{61, 45}, {true, true}, {1, 1}}, .07, .07},
          {"strong axis", {{60, 61}, {false, false}, {100, 1}}, .15, .16},
          {"weak axis", {{60, 61}, {false, false}, {5, 1}}, .22, .22},
          {"strip", {{3, 500}, {false, false}, {1, 1}}, .11, .09},
          {"stiff strip", {{500, 5}, {false, false}, {1, 400}}, .4, .6},
          {"one cell wide", {{1, 500}, {false, false}, {1, 1}}, .14, .14},
          {"ten decades", {{64, 64}, {false, false}, {1, 1}, .5, 10}, .24, .13},
          {"upwind", {{64, 64}, {false, false}, {1, 1}, 2}, .14, .13},
          {"cube", {{20, 21, 22}, {false, false, false}, {1, 1, 1}}, .11, .07},
          {"periodic plate", {{3, 40, 31}, {false, true, false}, {1, 2, 1}}, .12, .11},
          {"four axes", {{9, 10, 11, 8}, {false, false, false, false}, {1, 1, 1, 1}}, .12, .13},
          {"four axes, periodic", {{9, 10, 11, 8}, {true, false, true, true}, {1, 3, 1, 1}}, .25, .22}};
}

TEST(Multigrid, ContractsResidualsOfModelProblems) {
  for (const Case& model : cases()) {
    EXPECT_LT(contraction(model.lattice), model.factor) << model.what;
    EXPECT_LT(contraction(model.lattice, 1e-3), model.factor) << model.what;
  }
}

TEST(Multigrid, ContractsResidualsOfTheTransposedOperator) {
  for (const Case& model : cases()) {
    EXPECT_LT(contraction(model.lattice, 0, true), model.transposed_factor) << model.what;
    EXPECT_LT(contraction(model.lattice, .1, true), model.transposed_factor) << model.what;
  }
}

TEST(Multigrid, ContractsAsFastOnFinerLattices) {
  for (const Index cells : {64, 128, 256, 400}) {
    EXPECT_LT(contraction({{cells, cells}, {false, false}, {1, 1}}), .13) << cells;
  }
}

TEST(Multigrid, OfZeroSumHasZeroMass) {
  for (const Case& model : cases()) {
    Multigrid multigrid = multigrid_of(model.lattice);
    const Eigen::VectorXd z = cycle(multigrid, random_vector(model.lattice.box().cells(), true));
    EXPECT_LT(std::abs(z.sum()), 1e-13 * z.cwiseAbs().sum()) << model.what;
  }
}

/// At most of the number of cells that are solved directly.
void expect_direct(const Lattice& lattice) {
  Multigrid multigrid = multigrid_of(lattice, Multigrid::direct_cells(static_cast<int>(lattice.cells.size())));
  EXPECT_EQ(multigrid.name(), "geometric multigrid (1 level)");
  const Index cells = lattice.box().cells();
  const Eigen::VectorXd r = random_vector(cells, true);
  EXPECT_LT((lattice.matrix(0) * cycle(multigrid, r) - r).norm(), 1e-11 * r.norm());
  multigrid.set_shift(.3);
  const Eigen::VectorXd any = random_vector(cells, false);
  EXPECT_LT((lattice.matrix(.3) * cycle(multigrid, any) - any).norm(), 1e-11 * any.norm());
  EXPECT_LT((lattice.matrix(.3).transpose() * cycle(multigrid, any, true) - any).norm(), 1e-11 * any.norm());
}

TEST(Multigrid, SolvesSmallLatticesDirectly) {
  expect_direct({{15, 16}, {true, false}, {1, 2}, 1});
  expect_direct({{59, 50}, {true, false}, {1, 2}, 1});
  expect_direct({{6, 7, 7}, {true, false, false}, {1, 2, 1}, 1});
}

TEST(Multigrid, IsALinearMap) {
  const Lattice lattice{{61, 45}, {true, false}, {1, 1}};
  Multigrid multigrid = multigrid_of(lattice);
  const Eigen::VectorXd r = random_vector(61 * 45, true);
  const Eigen::VectorXd s = Eigen::VectorXd(r.reverse()) - 2 * r;
  for (const bool transposed : {false, true}) {
    const Eigen::VectorXd sum = cycle(multigrid, r, transposed) + .5 * cycle(multigrid, s, transposed);
    EXPECT_LT((cycle(multigrid, r + .5 * s, transposed) - sum).norm(), 1e-12 * sum.norm());
  }
}

TEST(Multigrid, ForgetsAShiftThatIsTakenBack) {
  const Lattice lattice{{40, 31}, {false, false}, {1, 1}};
  Multigrid multigrid = multigrid_of(lattice);
  const Eigen::VectorXd r = random_vector(1240, true);
  const Eigen::VectorXd before = cycle(multigrid, r);
  multigrid.set_shift(10);
  EXPECT_GT((cycle(multigrid, r) - before).norm(), .1 * before.norm());
  multigrid.set_shift(0);
  EXPECT_EQ((cycle(multigrid, r) - before).norm(), 0);
}

TEST(Multigrid, UnderALargeShiftDividesByIt) {
  const Lattice lattice{{40, 31}, {false, false}, {1, 1}};
  Multigrid multigrid = multigrid_of(lattice);
  multigrid.set_shift(1e8);
  const Eigen::VectorXd r = random_vector(1240, false);
  EXPECT_LT((1e8 * cycle(multigrid, r) - r).norm(), 1e-7 * r.norm());
}

TEST(Multigrid, KnowsNearlyWhatTheGeneratorKeeps) {
  const Lattice lattice{{64, 61}, {false, false}, {1, 1}, 1};
  Multigrid multigrid = multigrid_of(lattice);
  const Eigen::VectorXd density = multigrid.null_vector();
  EXPECT_NEAR(density.sum(), 1, 1e-13);
  EXPECT_GT(density.minCoeff(), 0);
  EXPECT_LT((lattice.matrix(0) * density).norm(), 1.3e-4 * density.norm());
}

/// Two squares of which nothing passes from one to the other, and a cell that is left alone.
std::vector<FaceRates> parted(const Lattice& lattice) {
  std::vector<FaceRates> faces = lattice.all_rates();
  for (std::size_t axis = 0; axis < 2; ++axis) {
    mesh::Box box = lattice.box();
    ++box.upper[axis];
    for (Index i = 0; i < box.cells(); ++i) {
      const mesh::Cell face = box.cell(i);
      const bool corner = face[1 - axis] == 0 && face[axis] < 2;
      if (corner || (axis == 0 && face[0] == lattice.cells[0] / 2)) {
        faces[axis].up(i) = faces[axis].down(i) = 0;
      }
    }
  }
  return faces;
}

/// @param direct cells that are solved directly.
void expect_finite_in_parts(Index direct) {
  const Lattice lattice{{64, 32}, {false, false}, {1, 1}};
  Multigrid multigrid(MPI_COMM_SELF, lattice.decomposition(), parted(lattice), direct);
  Eigen::VectorXd r = random_vector(64 * 32, true);
  r(0) = 0;
  for (const Index part : {0, 1}) {
    auto half = r.segment(part * 32 * 32, 32 * 32);
    half.tail(1000).array() -= half.sum() / 1000;
  }
  EXPECT_LT(cycle(multigrid, r).norm(), 100 * r.norm());
  multigrid.set_shift(.5);
  r(0) = 3;
  EXPECT_NEAR(cycle(multigrid, r)(0), 6, 1e-14) << "a cell alone is divided by the shift";
}

TEST(Multigrid, OfALatticeInSeveralPartsIsFinite) {
  expect_finite_in_parts(few);
  expect_finite_in_parts(Multigrid::direct_cells(2));
}

/// Rates of a drift that circulates; between neighbouring cells of 13² it outweighs the noise by far.
std::vector<FaceRates> circulating(const Lattice& lattice) {
  std::vector<FaceRates> faces = lattice.all_rates();
  for (std::size_t axis = 0; axis < 2; ++axis) {
    mesh::Box box = lattice.box();
    ++box.upper[axis];
    for (Index i = 0; i < box.cells(); ++i) {
      const std::size_t other = 1 - axis;
      const double across = static_cast<double>(box.cell(i)[other]) / static_cast<double>(lattice.cells[other]) - .5;
      const double drift = (axis == 0 ? -1.6 : 1.6) * across;
      faces[axis].down(i) *= 1 - drift;
      faces[axis].up(i) *= 1 + drift;
    }
  }
  return faces;
}

TEST(Multigrid, KnowsTheDensityOfARotationBetterTheMoreIsSolvedDirectly) {
  const Lattice lattice{{100, 100}, {false, false}, {1, 1}, .1};
  const auto density = [&](Index direct) {
    return Multigrid(MPI_COMM_SELF, lattice.decomposition(), circulating(lattice), direct).null_vector();
  };
  const Eigen::ArrayXd exact = density(100 * 100);
  const double small = (density(few) - exact).abs().sum();
  const double large = (density(Multigrid::direct_cells(2)) - exact).abs().sum();
  EXPECT_LT(large, .03 * small);
  EXPECT_GT(large, 1e-10);
}

TEST(Multigrid, NeedsLessThanEightNumbersACell) {
  const Multigrid multigrid = multigrid_of({{400, 400}, {false, false}, {1, 1}});
  const double numbers = multigrid.bytes() / (400. * 400.) / sizeof(double);
  EXPECT_LT(numbers, 8);
  EXPECT_GT(numbers, 5);
}

}  // namespace
}  // namespace sgdflux::la
