/// Values of any box, and what is made of them, on any number of ranks.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/box_gather.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/observe/interpolation.hpp"
#include "sgdflux/observe/sampling.hpp"
#include "sgdflux/observe/state.hpp"
#include "study/transfer.hpp"
#include "support/numerics.hpp"

namespace sgdflux {
namespace {

using core::Index;

const MPI_Comm world = MPI_COMM_WORLD;

std::vector<std::string> axes_of(int dim, bool periodic, Index more) {
  const std::vector<Index> cells = {17, 13, 11, 9};
  std::vector<std::string> axes;
  for (int d = 0; d < dim; ++d) {
    const Index n = cells[static_cast<std::size_t>(d + (dim > 2 ? 1 : 0)) % 4] + more;
    axes.push_back((d == 1 ? "sinh(-2, 2.5, 1.5) " : "linear(-2, 2.5) ") + std::to_string(n) +
                   (periodic && d % 2 == 0 ? " periodic" : ""));
  }
  return axes;
}

std::unique_ptr<model::Sde> variables(int dim) {
  std::mt19937 random(5);
  return test::random_formulas({dim, true}, random);
}

/// A smooth positive function of ξ, periodic along axes that are.
Eigen::ArrayXd smooth(const mesh::Grid& grid, const mesh::Box& box) {
  const core::Batch xi = fv::centres(grid, box);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(box.cells());
  for (int d = 0; d < grid.dimension(); ++d) {
    const auto& axis = grid.axis(d);
    sum += (1 + .3 * d) * (2 * M_PI * (xi.col(d) - axis.face(0)) / (axis.face(axis.cells()) - axis.face(0)) + d).sin();
  }
  return sum.exp();
}

TEST(BoxGather, BringsAnyBoxOfEveryRankFarBeyondPeriodicEndsToo) {
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto sde = variables(dim);
      const mesh::Grid grid = test::make_grid(*sde, axes_of(dim, periodic, 0));
      const mesh::Partition partition(grid, la::size(world));
      mesh::Box wanted;
      for (int d = 0; d < dim; ++d) {
        const auto e = static_cast<std::size_t>(d);
        const Index n = grid.axis(d).cells();
        wanted.lower[e] = grid.axis(d).periodic() ? -2 * n - la::rank(world) : la::rank(world) % 3;
        wanted.upper[e] = grid.axis(d).periodic() && dim < 4 ? n + 3 : n - 1;
      }
      const auto number = [&](const mesh::Box& box) {
        return Eigen::ArrayXd::NullaryExpr(box.cells(), [&](Index i) {
          return std::sqrt(1. + static_cast<double>(partition.number(partition.wrapped(box.cell(i)))));
        });
      };
      const Eigen::ArrayXd found = la::values_on(world, partition, number(partition.owned(la::rank(world))), wanted);
      ASSERT_EQ(found.size(), wanted.cells());
      EXPECT_EQ((found - number(wanted)).abs().maxCoeff(), 0) << dim << " dimensions";
    }
  }
}

TEST(BoxGather, MayBeEmptyOnSomeRanksAndRefusesCellsBeyondTheLatticeOnAll) {
  const auto sde = variables(2);
  const mesh::Grid grid = test::make_grid(*sde, axes_of(2, false, 0));
  const mesh::Partition partition(grid, la::size(world));
  const mesh::Box owned = partition.owned(la::rank(world));
  const Eigen::ArrayXd ones = Eigen::ArrayXd::Ones(owned.cells());
  const bool last = la::rank(world) == la::size(world) - 1;
  const mesh::Box none{{0, 0, 0, 0}, {0, 0, 0, 0}};
  const mesh::Box corner{{3, 4, 0, 0}, {8, 9, 1, 1}};
  EXPECT_EQ(la::values_on(world, partition, ones, last ? corner : none).sum(), last ? 25 : 0);
  EXPECT_THROW(la::BoxGather(world, partition, last ? mesh::Box{{-1, 0, 0, 0}, {2, 2, 1, 1}} : none),
               core::Error);
}

TEST(Interpolation, OfDistributedValuesIsThatOfTheWholeLattice) {
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto sde = variables(dim);
      const mesh::Grid coarse = test::make_grid(*sde, axes_of(dim, periodic, 0));
      const mesh::Grid fine = test::make_grid(*sde, axes_of(dim, periodic, 4));
      const mesh::Partition of_coarse(coarse, la::size(world));
      const mesh::Partition of_fine(fine, la::size(world));
      const mesh::Box& mine = of_fine.owned(la::rank(world));
      const Eigen::ArrayXd whole = smooth(coarse, test::whole(coarse));
      for (const int nodes : dim < 4 ? std::vector{2, 4, 8} : std::vector{2, 4}) {
        const mesh::Box wanted = observe::interpolation_box(coarse, fine, mine, nodes);
        const Eigen::ArrayXd values =
            la::values_on(world, of_coarse, smooth(coarse, of_coarse.owned(la::rank(world))), wanted);
        const Eigen::ArrayXd part = observe::interpolate(coarse, wanted, values, fine, mine, nodes);
        const Eigen::ArrayXd all =
            observe::interpolate(coarse, whole, fv::points(fine, mine), nodes);  // point by point
        EXPECT_LT((part - all).abs().maxCoeff(), 3e-14 * whole.maxCoeff()) << dim << " dimensions, " << nodes;
      }
    }
  }
}

TEST(Transfer, OfAGaussianIsExactAndOneWithNegativeCellsIsInterpolatedAsItIs) {
  const auto sde =
      test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1 -1; 1 1"}, {"noise_matrix", "1 0; 0 1"}});
  const auto axes = [&](Index cells) {
    const auto mesh = test::make_mesh(*sde, {test::symmetric_axis(1, 3.5, cells), test::symmetric_axis(1, 3.5, cells + 1)});
    return std::vector<mesh::Axis>{mesh.begin(), mesh.end()};
  };
  const study::Assembly coarse(world, *sde, axes(20), {fv::Flux::order4, 0});
  const study::Assembly fine(world, *sde, axes(29), {fv::Flux::order4, 0});
  const auto gaussian = [](const study::Assembly& at) {
    const core::Batch x = fv::points(at.grid, at.owned);
    return Eigen::ArrayXd((-x.col(0).square() - .5 * x.col(1).square()).exp());
  };
  const Eigen::ArrayXd by_logarithm = study::transferred(coarse, gaussian(coarse), fine);
  EXPECT_LT(((by_logarithm - gaussian(fine)) / gaussian(fine)).abs().maxCoeff(), 1e-11) << "in the tails, too";
  // A density that is clearly negative somewhere has no logarithm: linear in the values, with its sign.
  const Eigen::ArrayXd negative = study::transferred(coarse, -gaussian(coarse), fine);
  EXPECT_LT(la::minimum(world, negative.size() > 0 ? negative.minCoeff() : 0), -.9);
  const Eigen::ArrayXd doubled = study::transferred(coarse, -2 * gaussian(coarse), fine);
  EXPECT_LT((doubled - 2 * negative).abs().maxCoeff(), 1e-14);
}

TEST(Profiles, PlanesAndSamplingErrorsAreThoseOfOneRank) {
  for (int dim = 1; dim <= 4; ++dim) {
    const auto sde = variables(dim);
    const mesh::Grid grid = test::make_grid(*sde, axes_of(dim, true, 1));
    const mesh::Partition parts(grid, la::size(world));
    const mesh::Partition one(grid, 1);
    const auto f = [](const core::Batch& x) {
      return Eigen::ArrayXd((x.col(0) > .3).cast<double>() + x.col(x.cols() - 1));
    };
    const auto state_of = [&](MPI_Comm comm, const mesh::Partition& partition) {
      return observe::make_state(comm, grid, partition, smooth(grid, partition.owned(la::rank(comm))));
    };
    const observe::State all = state_of(world, parts);
    const observe::State alone = state_of(MPI_COMM_SELF, one);
    const auto contributions = [&](const observe::State& state) {
      return Eigen::ArrayXd(f(state.points()) * state.mass - .1);
    };
    const observe::Profiles found = observe::profiles(all, contributions(all));
    const Eigen::ArrayXd whole = contributions(alone);
    const double size = whole.abs().sum();
    for (int d = 0; d < dim; ++d) {
      Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(grid.axis(d).cells());
      Eigen::ArrayXd sizes = sums;
      for (Index i = 0; i < whole.size(); ++i) {
        sums(alone.owned.cell(i)[static_cast<std::size_t>(d)]) += whole(i);
        sizes(alone.owned.cell(i)[static_cast<std::size_t>(d)]) += std::abs(whole(i));
      }
      const auto k = static_cast<std::size_t>(d);
      EXPECT_LT((found.sums[k] - sums).abs().maxCoeff(), 1e-13 * size);
      EXPECT_LT((found.sizes[k] - sizes).abs().maxCoeff(), 1e-13 * size);
      EXPECT_LT((observe::profile(all, d, contributions(all)) - sums).abs().maxCoeff(), 1e-13 * size);
      for (int e = d + 1; e < dim; ++e) {
        Eigen::ArrayXd plane = Eigen::ArrayXd::Zero(grid.axis(d).cells() * grid.axis(e).cells());
        for (Index i = 0; i < whole.size(); ++i) {
          const mesh::Cell cell = alone.owned.cell(i);
          plane(cell[k] * grid.axis(e).cells() + cell[static_cast<std::size_t>(e)]) += whole(i);
        }
        EXPECT_LT((observe::plane(all, d, e, contributions(all)) - plane).abs().maxCoeff(), 1e-13 * size);
      }
    }
    const double error = observe::sampling_error(alone, observe::mean(alone, f(alone.points())), f);
    EXPECT_GT(error, 1e-4 * size) << "there is a jump to be seen";
    EXPECT_NEAR(observe::sampling_error(all, observe::mean(all, f(all.points())), f), error, 1e-12 * size);
  }
}

}  // namespace
}  // namespace sgdflux
