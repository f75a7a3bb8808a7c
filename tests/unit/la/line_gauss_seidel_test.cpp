#include "sgdflux/la/line_gauss_seidel.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <random>

#include "sgdflux/fv/two_point.hpp"
#include "support/face_lattice.hpp"
#include "support/numerics.hpp"

namespace sgdflux::la {
namespace {

using core::Index;
using Sparse = Eigen::SparseMatrix<double>;
using Lattice = test::FaceLattice;

constexpr double rounding = 1e-12;

mesh::Partition partition(const Lattice& lattice) {
  std::vector<mesh::Axis> axes;
  for (std::size_t d = 0; d < lattice.cells.size(); ++d) {
    const std::string end = lattice.periodic[d] ? " periodic" : "";
    axes.emplace_back(
        mesh::parse_axis("x" + std::to_string(d), "linear(0, 1) " + std::to_string(lattice.cells[d]) + end));
  }
  return {mesh::Grid(axes), 1};
}

Eigen::VectorXd random_vector(Index size) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  return Eigen::VectorXd::NullaryExpr(size, [&] { return normal(random); });
}

Eigen::VectorXd sweep(LineGaussSeidel& lines, const Eigen::VectorXd& r, bool transposed) {
  Eigen::VectorXd z(r.size());
  transposed ? lines.apply_transpose(r.data(), z.data()) : lines.apply(r.data(), z.data());
  return z;
}

/// What one sweep leaves of a residual, relative to it.
double left(const Lattice& lattice, const std::vector<FaceRates>& faces, const Sparse& a, int line_axis,
            double shift = 0, bool transposed = false) {
  const mesh::Partition whole = partition(lattice);
  LineGaussSeidel lines(MPI_COMM_SELF, whole, faces, line_axis);
  lines.set_shift(shift);
  const Eigen::VectorXd r = random_vector(a.rows());
  const Sparse op = transposed ? Sparse(a.transpose()) : a;
  return (r - op * sweep(lines, r, transposed)).norm() / r.norm();
}

/// Rates of the box that a rank sweeps over, images included.
std::vector<FaceRates> faces_around(const Lattice& lattice, int line_axis) {
  const mesh::Box box = LineGaussSeidel::box(partition(lattice), line_axis, 0);
  const std::vector<FaceRates> once = lattice.all_rates();
  std::vector<FaceRates> result;
  for (std::size_t axis = 0; axis < once.size(); ++axis) {
    mesh::Box faces = box;
    ++faces.upper[axis];
    mesh::Box known = lattice.box();
    ++known.upper[axis];
    FaceRates rates{Eigen::ArrayXd(faces.cells()), Eigen::ArrayXd(faces.cells())};
    for (Index i = 0; i < faces.cells(); ++i) {
      mesh::Cell face = faces.cell(i);
      for (std::size_t d = 0; d < once.size(); ++d) {
        face[d] = (face[d] + 4 * lattice.cells[d]) % lattice.cells[d];
      }
      rates.up(i) = once[axis].up(known.position(face));
      rates.down(i) = once[axis].down(known.position(face));
    }
    result.push_back(std::move(rates));
  }
  return result;
}

TEST(LineGaussSeidel, SolvesLinesExactly) {
  for (const int axis : {0, 1}) {
    Lattice lattice{{40, 31}, {false, false}, {1, 1}, 1};
    lattice.strength[static_cast<std::size_t>(1 - axis)] = 0;
    for (const bool transposed : {false, true}) {
      EXPECT_LT(left(lattice, lattice.all_rates(), lattice.matrix(.3), axis, .3, transposed), rounding) << axis;
    }
  }
}

TEST(LineGaussSeidel, FollowsDriftAcrossLinesBothWaysInOneSweep) {
  for (const bool upwards : {false, true}) {
    for (const bool transposed : {false, true}) {
      const Lattice lattice{{23, 31}, {false, false}, {1, 1}, 1};
      std::vector<FaceRates> faces = lattice.all_rates();
      (upwards ? faces[0].down : faces[0].up).setZero();
      EXPECT_LT(left(lattice, faces, lattice.matrix(.2, faces), 1, .2, transposed), rounding);
    }
  }
}

TEST(LineGaussSeidel, IsTheProductOfItsFactorsAndSoIsItsTranspose) {
  const Lattice lattice{{5, 6, 4}, {false, false, false}, {1, 2, .5}, 1};
  const mesh::Box box = lattice.box();
  const Sparse a = lattice.matrix(.1);
  const auto line = [&](int i) { return box.cell(i)[0] * 4 + box.cell(i)[2]; };
  Eigen::MatrixXd before = Eigen::MatrixXd::Zero(a.rows(), a.cols());
  Eigen::MatrixXd after = before;
  Eigen::MatrixXd within = before;
  for (int j = 0; j < a.outerSize(); ++j) {
    for (Sparse::InnerIterator entry(a, j); entry; ++entry) {
      const auto row = static_cast<int>(entry.row());
      before(row, j) = line(j) <= line(row) ? entry.value() : 0;
      after(row, j) = line(j) >= line(row) ? entry.value() : 0;
      within(row, j) = line(j) == line(row) ? entry.value() : 0;
    }
  }
  const Eigen::VectorXd r = random_vector(a.rows());
  const Eigen::VectorXd expected = after.lu().solve(within * before.lu().solve(r));
  const Eigen::MatrixXd inner = within.transpose();
  const Eigen::VectorXd transposed = before.transpose().lu().solve(inner * after.transpose().lu().solve(r));
  const mesh::Partition whole = partition(lattice);
  LineGaussSeidel lines(MPI_COMM_SELF, whole, lattice.all_rates(), 1);
  lines.set_shift(.1);
  EXPECT_LT((sweep(lines, r, false) - expected).norm(), rounding * expected.norm());
  EXPECT_LT((sweep(lines, r, true) - transposed).norm(), rounding * transposed.norm());
}

TEST(LineGaussSeidel, SeesNeighboursBeyondPeriodicEnds) {
  for (const int axis : {0, 1}) {
    const Lattice lattice{{40, 31}, {true, true}, {1, 1}, 1};
    // Under a shift of the size of the rates nothing from farther than the overlap matters.
    EXPECT_LT(left(lattice, faces_around(lattice, axis), lattice.matrix(3), axis, 3), .2);
    EXPECT_LT(left(lattice, faces_around(lattice, axis), lattice.matrix(3), axis, 3, true), .2);
  }
}

TEST(LineGaussSeidel, OfRatesOfManyDecadesIsFinite) {
  const Lattice lattice{{64, 20}, {false, false}, {1, 1}, .5, 120};
  const mesh::Partition whole = partition(lattice);
  LineGaussSeidel lines(MPI_COMM_SELF, whole, lattice.all_rates(), 0);
  EXPECT_TRUE(sweep(lines, random_vector(64 * 20), false).allFinite());
}

TEST(LineGaussSeidel, OfTheTransposeIsTheTranspose) {
  const Lattice lattice{{20, 21}, {false, false}, {3, 1}, 2};
  const mesh::Partition whole = partition(lattice);
  LineGaussSeidel lines(MPI_COMM_SELF, whole, lattice.all_rates(), 0);
  const Eigen::VectorXd r = random_vector(420);
  const Eigen::VectorXd s = r.reverse();
  const double one = s.dot(sweep(lines, r, false));
  EXPECT_NEAR(one, r.dot(sweep(lines, s, true)), rounding * std::abs(one));
}

/// Mean factor by which a sweep reduces the residual of an oscillator with friction, of the third to the tenth.
double contraction(Index cells) {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  const std::string count = std::to_string(cells);
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-0.8, 0.8) " + count, "linear(-2.6, 2.6) " + count});
  std::vector<FaceRates> faces;
  for (fv::TwoPoint& axis : fv::two_point_generator(
           fv::discretise(*sde, grid, {fv::Flux::order2, 1}, test::whole(grid)), test::whole(grid))) {
    faces.push_back({std::move(axis.up), std::move(axis.down)});
  }
  const Lattice lattice{{cells, cells}, {false, false}, {1, 1}};
  const Sparse a = lattice.matrix(0, faces);
  const mesh::Partition whole(grid, 1);
  LineGaussSeidel lines(MPI_COMM_SELF, whole, faces, 1);
  Eigen::VectorXd r = a * random_vector(a.rows());
  double before = 0;
  for (int k = 0; k < 10; ++k) {
    before = k == 2 ? r.norm() : before;
    r -= a * sweep(lines, r, false);
  }
  return std::pow(r.norm() / before, 1. / 8);
}

TEST(LineGaussSeidel, ContractsOscillationsAsFastOnFinerLattices) {
  for (const Index cells : {32, 64, 128}) {
    EXPECT_LT(contraction(cells), .4) << cells;
  }
}

TEST(LineGaussSeidel, HasNoPivotOfZeroWhereNothingLeavesALine) {
  const Lattice lattice{{4, 50}, {false, false}, {0, 1}};
  const mesh::Partition whole = partition(lattice);
  LineGaussSeidel lines(MPI_COMM_SELF, whole, lattice.all_rates(), 1);
  EXPECT_TRUE(sweep(lines, random_vector(200), false).allFinite());
}

TEST(LineGaussSeidel, RefusesRatesOfAnotherBox) {
  const Lattice lattice{{4, 5}, {false, false}, {1, 1}};
  const mesh::Partition whole = partition(Lattice{{5, 5}, {false, false}, {1, 1}});
  EXPECT_THROW(LineGaussSeidel(MPI_COMM_SELF, whole, lattice.all_rates(), 1), core::Error);
}

}  // namespace
}  // namespace sgdflux::la
