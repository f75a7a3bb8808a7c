/// Currents that are computed piece by piece, on any number of ranks.
#include "sgdflux/observe/current.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "sgdflux/fv/weights.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"

namespace sgdflux::observe {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

/// A density that all ranks agree on.
Eigen::ArrayXd density_on(const mesh::Grid& grid, const mesh::Box& box) {
  mesh::Box lattice;
  lattice.upper = grid.shape();
  return Eigen::ArrayXd::NullaryExpr(
      box.cells(), [&](Index i) { return 1 + .5 * std::sin(3. * static_cast<double>(lattice.position(box.cell(i)))); });
}

/// Σ weight · P, a face at a time, from the stencils of all faces of the lattice at once.
struct WholeFlux {
  mesh::Box faces;
  Eigen::ArrayXd values;
  Eigen::ArrayXd sizes;

  WholeFlux(const fv::Discretisation& problem, int axis, const mesh::Partition& partition) {
    const mesh::Box lattice = test::whole(problem.grid);
    const Eigen::ArrayXd density = density_on(problem.grid, lattice);
    const fv::FaceFlux flux = fv::face_flux(problem, axis, lattice);
    faces = flux.faces;
    values = sizes = Eigen::ArrayXd::Zero(faces.cells());
    const auto add = [&](Index face, const auto& offset, double weight) {
      mesh::Cell cell = faces.cell(face);
      for (std::size_t d = 0; d < cell.size(); ++d) {
        cell[d] += offset[d];
      }
      if (weight != 0) {
        values(face) += weight * density(lattice.position(partition.wrapped(cell)));
        sizes(face) += std::abs(weight * density(lattice.position(partition.wrapped(cell))));
      }
    };
    for (Index face = 0; face < faces.cells(); ++face) {
      for (std::size_t k = 0; k < flux.offsets.size(); ++k) {
        add(face, flux.offsets[k], flux.weights(face, static_cast<Eigen::Index>(k)));
      }
    }
    for (const fv::FaceFlux::Entry& entry : flux.entries) {
      add(entry.face, entry.offset, entry.weight);
    }
  }
};

/// Average over a cell of the fluxes through the faces around it.
double averaged(const WholeFlux& flux, const mesh::Axis& axis, int d, const mesh::Cell& cell, int half_width) {
  const auto e = static_cast<std::size_t>(d);
  const int m = axis.periodic() ? half_width
                                : static_cast<int>(std::min<Index>({half_width, cell[e] + 1, axis.cells() - cell[e]}));
  const auto at = [&](Index face) {
    mesh::Cell which = cell;
    which[e] = axis.periodic() ? ((face % axis.cells()) + axis.cells()) % axis.cells() : face;
    return flux.values(flux.faces.position(which));
  };
  double sum = 0;
  for (int k = 0; k < m; ++k) {
    sum += fv::cell_average_weights(m)[static_cast<std::size_t>(k)] * (at(cell[e] - k) + at(cell[e] + 1 + k));
  }
  return sum;
}

void expect_whole(const test::FormulaRecipe& recipe, const std::vector<std::string>& axes, const fv::Scheme& scheme) {
  std::mt19937 random(11);
  const auto sde = test::random_formulas(recipe, random);
  const mesh::Grid grid = test::make_grid(*sde, axes);
  const mesh::Partition parts(grid, la::size(world));
  const mesh::Box& owned = parts.owned(la::rank(world));
  const fv::Discretisation problem = fv::discretise(*sde, grid, scheme, test::whole(grid));
  const State state = make_state(world, grid, parts, density_on(grid, owned));
  const Current found = current(state, problem, 40);
  const int m = fv::two_point(scheme.flux) ? 1 : fv::half_width(scheme.flux);
  for (int d = 0; d < grid.dimension(); ++d) {
    const WholeFlux whole(problem, d, parts);
    const double rounding = 1e-14 * whole.sizes.maxCoeff();
    const auto k = static_cast<std::size_t>(d);
    ASSERT_EQ(found.faces[k].size(), found.face_boxes[k].cells());
    for (Index i = 0; i < found.faces[k].size(); ++i) {
      EXPECT_NEAR(found.faces[k](i), whole.values(whole.faces.position(found.face_boxes[k].cell(i))), rounding);
    }
    for (Index i = 0; i < owned.cells(); ++i) {
      EXPECT_NEAR(found.cells(i, d), averaged(whole, grid.axis(d), d, owned.cell(i), m), 3 * rounding);
    }
    EXPECT_LE(whole.values.abs().maxCoeff(), found.max + rounding);
    EXPECT_LE(whole.sizes.maxCoeff(), found.opposing + rounding);
  }
}

TEST(Current, InPiecesIsThatOfAllFacesAtOnceInOneToFourDimensions) {
  const std::vector<std::vector<std::string>> axes = {
      {"linear(-2, 2) 41"},
      {"linear(-2, 2) 13 reflecting", "linear(-2, 2) 11 periodic"},
      {"linear(-2, 2) 9 periodic", "linear(-2, 2) 10 reflecting truncated", "linear(-2, 2) 8"},
      {"linear(-2, 2) 6", "linear(-2, 2) 5 periodic", "linear(-2, 2) 5 reflecting", "linear(-2, 2) 6"}};
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool correlated : {false, true}) {
      const test::FormulaRecipe recipe{dim, correlated, dim == 2};
      expect_whole(recipe, axes[static_cast<std::size_t>(dim - 1)], {fv::Flux::order4, 1});
      if (!correlated) {
        expect_whole(recipe, axes[static_cast<std::size_t>(dim - 1)], {fv::Flux::monotone, 0});
      }
    }
  }
}

TEST(Current, InPiecesIsThatOfAllFacesAtOnceForWideAndForJumpingStencils) {
  expect_whole({2, true}, {"linear(-2, 2) 19", "linear(-2, 2) 21 periodic"}, {fv::Flux::order8, 1});
  expect_whole({3, false}, {"linear(-2, 2) 9", "linear(-2, 2) 10", "linear(-2, 2) 8"}, {fv::Flux::order6, 0});
  expect_whole({2, true}, {"linear(-2, 2) 14", "linear(-2, 2) 12"}, {fv::Flux::monotone, 0});
}

}  // namespace
}  // namespace sgdflux::observe
