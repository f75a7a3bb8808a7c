#include "sgdflux/la/multigrid.hpp"

#include <gtest/gtest.h>

#include <Eigen/SparseCore>
#include <cmath>

#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using Sparse = Eigen::SparseMatrix<double>;

/// Relaxation towards the middle of a lattice: up = c_d(1 − s_d), down = c_d(1 + s_d) with s_d from −steepness/2 to
/// steepness/2, times 10^(decades·position along axis 0).
struct Lattice {
  std::vector<Index> cells;
  std::vector<bool> periodic;
  std::vector<double> strength;
  double steepness = .5;
  double decades = 0;

  [[nodiscard]] int dimension() const { return static_cast<int>(cells.size()); }
  [[nodiscard]] mesh::Box box() const {
    mesh::Box all;
    std::copy(cells.begin(), cells.end(), all.upper.begin());
    return all;
  }
  [[nodiscard]] Decomposition decomposition() const {
    Decomposition result;
    result.boxes = {box()};
    result.shape = box().upper;
    result.dimension = dimension();
    std::copy(periodic.begin(), periodic.end(), result.periodic.begin());
    return result;
  }
  [[nodiscard]] FaceRates rates(std::size_t axis) const {
    mesh::Box faces = box();
    ++faces.upper[axis];
    FaceRates result{Eigen::ArrayXd::Zero(faces.cells()), Eigen::ArrayXd::Zero(faces.cells())};
    for (Index i = 0; i < faces.cells(); ++i) {
      const mesh::Cell face = faces.cell(i);
      const double at = static_cast<double>(face[axis] % cells[axis]) / static_cast<double>(cells[axis]);
      const double along = static_cast<double>(face[0] % cells[0]) / static_cast<double>(cells[0]);
      if (periodic[axis] || (face[axis] > 0 && face[axis] < cells[axis])) {
        const double level = strength[axis] * std::pow(10, decades * along);
        result.up(i) = level * (1 - steepness * (at - .5));
        result.down(i) = level * (1 + steepness * (at - .5));
      }
    }
    return result;
  }
  [[nodiscard]] std::vector<FaceRates> all_rates() const {
    std::vector<FaceRates> result;
    for (std::size_t axis = 0; axis < cells.size(); ++axis) {
      result.push_back(rates(axis));
    }
    return result;
  }
  [[nodiscard]] Multigrid multigrid() const { return {MPI_COMM_SELF, decomposition(), all_rates()}; }

  /// σ − L.
  [[nodiscard]] Sparse matrix(double shift) const {
    const mesh::Box all = box();
    std::vector<Eigen::Triplet<double>> entries;
    for (std::size_t axis = 0; axis < cells.size(); ++axis) {
      const FaceRates face = rates(axis);
      mesh::Box faces = all;
      ++faces.upper[axis];
      for (Index i = 0; i < all.cells(); ++i) {
        mesh::Cell below = all.cell(i);
        const Index f = faces.position(below);
        below[axis] = (below[axis] + cells[axis] - 1) % cells[axis];
        const Index j = all.position(below);
        for (const auto& [row, column, value] :
             {std::tuple{i, j, -face.up(f)}, {j, j, face.up(f)}, {j, i, -face.down(f)}, {i, i, face.down(f)}}) {
          entries.emplace_back(static_cast<int>(row), static_cast<int>(column), value);
        }
      }
    }
    for (Index i = 0; i < all.cells(); ++i) {
      entries.emplace_back(static_cast<int>(i), static_cast<int>(i), shift);
    }
    Sparse result(all.cells(), all.cells());
    result.setFromTriplets(entries.begin(), entries.end());
    return result;
  }
};

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
  Multigrid multigrid = lattice.multigrid();
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
    Multigrid multigrid = model.lattice.multigrid();
    const Eigen::VectorXd z = cycle(multigrid, random_vector(model.lattice.box().cells(), true));
    EXPECT_LT(std::abs(z.sum()), 1e-13 * z.cwiseAbs().sum()) << model.what;
  }
}

TEST(Multigrid, SolvesSmallLatticesDirectly) {
  const Lattice lattice{{15, 16}, {true, false}, {1, 2}, 1};
  Multigrid multigrid = lattice.multigrid();
  EXPECT_EQ(multigrid.name(), "geometric multigrid (1 level)");
  const Eigen::VectorXd r = random_vector(240, true);
  EXPECT_LT((lattice.matrix(0) * cycle(multigrid, r) - r).norm(), 1e-11 * r.norm());
  multigrid.set_shift(.3);
  const Eigen::VectorXd any = random_vector(240, false);
  EXPECT_LT((lattice.matrix(.3) * cycle(multigrid, any) - any).norm(), 1e-11 * any.norm());
  EXPECT_LT((lattice.matrix(.3).transpose() * cycle(multigrid, any, true) - any).norm(), 1e-11 * any.norm());
}

TEST(Multigrid, IsALinearMap) {
  const Lattice lattice{{61, 45}, {true, false}, {1, 1}};
  Multigrid multigrid = lattice.multigrid();
  const Eigen::VectorXd r = random_vector(61 * 45, true);
  const Eigen::VectorXd s = Eigen::VectorXd(r.reverse()) - 2 * r;
  for (const bool transposed : {false, true}) {
    const Eigen::VectorXd sum = cycle(multigrid, r, transposed) + .5 * cycle(multigrid, s, transposed);
    EXPECT_LT((cycle(multigrid, r + .5 * s, transposed) - sum).norm(), 1e-12 * sum.norm());
  }
}

TEST(Multigrid, ForgetsAShiftThatIsTakenBack) {
  const Lattice lattice{{40, 31}, {false, false}, {1, 1}};
  Multigrid multigrid = lattice.multigrid();
  const Eigen::VectorXd r = random_vector(1240, true);
  const Eigen::VectorXd before = cycle(multigrid, r);
  multigrid.set_shift(10);
  EXPECT_GT((cycle(multigrid, r) - before).norm(), .1 * before.norm());
  multigrid.set_shift(0);
  EXPECT_EQ((cycle(multigrid, r) - before).norm(), 0);
}

TEST(Multigrid, UnderALargeShiftDividesByIt) {
  const Lattice lattice{{40, 31}, {false, false}, {1, 1}};
  Multigrid multigrid = lattice.multigrid();
  multigrid.set_shift(1e8);
  const Eigen::VectorXd r = random_vector(1240, false);
  EXPECT_LT((1e8 * cycle(multigrid, r) - r).norm(), 1e-7 * r.norm());
}

TEST(Multigrid, KnowsNearlyWhatTheGeneratorKeeps) {
  const Lattice lattice{{64, 61}, {false, false}, {1, 1}, 1};
  Multigrid multigrid = lattice.multigrid();
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

TEST(Multigrid, OfALatticeInSeveralPartsIsFinite) {
  const Lattice lattice{{64, 32}, {false, false}, {1, 1}};
  Multigrid multigrid(MPI_COMM_SELF, lattice.decomposition(), parted(lattice));
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

TEST(Multigrid, NeedsLessThanEightNumbersACell) {
  const Multigrid multigrid = Lattice{{400, 400}, {false, false}, {1, 1}}.multigrid();
  const double numbers = multigrid.bytes() / (400. * 400.) / sizeof(double);
  EXPECT_LT(numbers, 8);
  EXPECT_GT(numbers, 5);
}

}  // namespace
}  // namespace sgdflux::la
