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
  double factor;  ///< measured
};

std::vector<Case> cases() {
  return {{"line", {{1000}, {false}, {1}}, 0},
          {"odd line", {{1001}, {false}, {1}}, 0},
          {"ring", {{1024}, {true}, {1}}, 0},
          {"odd ring", {{1001}, {true}, {1}}, 0},
          {"square", {{64, 64}, {false, false}, {1, 1}}, 0},
          {"odd rectangle", {{61, 83}, {false, false}, {1, 1}}, 0},
          {"cylinder", {{60, 61}, {true, false}, {1, 1}}, 0},
          {"odd torus", {{61, 45}, {true, true}, {1, 1}}, 0},
          {"strong axis", {{60, 61}, {false, false}, {100, 1}}, 0},
          {"weak axis", {{60, 61}, {false, false}, {5, 1}}, 0},
          {"strip", {{3, 500}, {false, false}, {1, 1}}, 0},
          {"stiff strip", {{500, 5}, {false, false}, {1, 400}}, 0},
          {"one cell wide", {{1, 500}, {false, false}, {1, 1}}, 0},
          {"twenty decades", {{64, 64}, {false, false}, {1, 1}, .5, 20}, 0},
          {"upwind", {{64, 64}, {false, false}, {1, 1}, 2}, 0},
          {"cube", {{20, 21, 22}, {false, false, false}, {1, 1, 1}}, 0},
          {"periodic plate", {{3, 40, 31}, {false, true, false}, {1, 2, 1}}, 0},
          {"four axes", {{9, 10, 11, 8}, {false, false, false, false}, {1, 1, 1, 1}}, 0},
          {"four axes, periodic", {{9, 10, 11, 8}, {true, false, true, true}, {1, 3, 1, 1}}, 0}};
}

TEST(Multigrid, ContractsResidualsOfModelProblems) {
  for (const Case& model : cases()) {
    const double f = contraction(model.lattice), t = contraction(model.lattice, 0, true),
                 s = contraction(model.lattice, 1e-3);
    std::printf("%-20s %.3f %.3f %.3f\n", model.what, f, t, s);
    EXPECT_LT(f, model.factor) << model.what;
  }
}

}  // namespace
}  // namespace sgdflux::la
