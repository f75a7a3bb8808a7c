/// Limited evolutions are the same on every number of ranks: each is compared with one rank alone.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/solve/positive_evolve.hpp"
#include "solve/flux_limiter.hpp"
#include "support/numerics.hpp"

namespace sgdflux::test {
namespace {

using Array = Eigen::ArrayXd;
const MPI_Comm world = MPI_COMM_WORLD;

struct Part {
  MPI_Comm comm;
  mesh::Grid grid;
  mesh::Partition partition;
  mesh::Box owned;

  Part(MPI_Comm communicator, const model::Sde& sde, const std::vector<std::string>& axes)
      : comm(communicator),
        grid(make_grid(sde, axes)),
        partition(grid, la::size(comm)),
        owned(partition.owned(la::rank(comm))) {}
};

/// Momentum on a ring, whose noise level may change with time.
std::unique_ptr<model::Sde> pendulum(double level) {
  return make_model({{"name", "formula"},
                     {"variables", "x v"},
                     {"drift.x", "v"},
                     {"drift.v", "-sin(x) - v"},
                     {"noise.v.1", number(level)}});
}
const std::vector<std::string> ring{"linear(-3.141592653589793, 3.141592653589793) 19 periodic", "linear(-3, 3) 17"};

struct Limitation {
  Array density;
  solve::PositiveStep figures;
};

Limitation run(const Part& part, bool constant) {
  const auto with = [&part, constant](const fv::Scheme& scheme) {
    return [&part, constant, scheme](double time) {
      const auto sde = pendulum(constant ? .7 : .7 - .3 * time);
      return solve::transport(fv::discretise(*sde, part.grid, scheme, part.owned), part.owned);
    };
  };
  const core::Batch x = fv::physical(part.grid, fv::centres(part.grid, part.owned));
  Limitation result{(-8 * (x.col(0) - 1).square() - 8 * x.col(1).square()).exp(), {}};
  result.density /= la::sum(part.comm, result.density.sum()) * part.grid.cell_volume();
  solve::PositiveEvolution evolution(
      part.comm, {part.grid, part.partition, with({fv::Flux::order8, 1}), with({fv::Flux::monotone, 0}), 4, constant},
      {"", 1e-4, 0, true, .1});
  for (const auto& [begin, end] : {std::pair{0., .08}, {.08, .2}}) {
    result.figures = evolution.advance(begin, end, result.figures.step, result.density);
    EXPECT_TRUE(result.figures.converged) << result.figures.reason;
    EXPECT_GE(result.density.minCoeff(), 0);
  }
  return result;
}

TEST(Ranks, AgreeOnLimitedEvolutions) {
  const auto sde = pendulum(1);
  const Part all(world, *sde, ring);
  const Part alone(MPI_COMM_SELF, *sde, ring);
  for (const bool constant : {true, false}) {
    const Limitation parts = run(all, constant);
    const Limitation truth = run(alone, constant);
    double largest = 0;
    for (Index i = 0; i < all.owned.cells(); ++i) {
      largest = std::max(largest, std::abs(parts.density(i) - truth.density(alone.owned.position(all.owned.cell(i)))));
    }
    EXPECT_LE(la::maximum(world, largest) / truth.density.maxCoeff(), 1e-11);
    EXPECT_NEAR(la::sum(world, parts.density.sum()) * all.grid.cell_volume(), 1, 1e-13);
    EXPECT_EQ(parts.figures.steps, truth.figures.steps);
    EXPECT_GT(truth.figures.limited_steps, 0);
    EXPECT_NEAR(parts.figures.limited_mass, truth.figures.limited_mass, 1e-8 * truth.figures.limited_mass);
  }
}

/// A number for every face of a periodic lattice, whoever asks.
double amount(const mesh::Cell& face, int axis, const mesh::Grid& grid) {
  double phase = 1 + axis;
  for (int d = 0; d < grid.dimension(); ++d) {
    phase += (3.7 + d) * static_cast<double>((face[d] + grid.axis(d).cells()) % grid.axis(d).cells());
  }
  return std::sin(phase * phase);
}

solve::Limited limit(const Part& part) {
  solve::FaceAmounts amounts;
  for (int axis = 0; axis < 2; ++axis) {
    const mesh::Box faces = fv::faces_of(part.owned, axis);
    Array values(faces.cells());
    for (Index f = 0; f < faces.cells(); ++f) {
      values(f) = amount(faces.cell(f), axis, part.grid);
    }
    amounts.push_back(values);
  }
  const solve::FluxLimiter limiter(part.comm, part.grid, part.partition);
  return limiter.limit(Array::Constant(part.owned.cells(), .3), amounts);
}

TEST(Ranks, LimitFluxesTheSame) {
  const auto sde = pendulum(1);
  const std::vector<std::string> torus{"linear(-3, 3) 13 periodic", "linear(-3, 3) 11 periodic"};
  const Part all(world, *sde, torus);
  const Part alone(MPI_COMM_SELF, *sde, torus);
  const solve::Limited parts = limit(all);
  const solve::Limited truth = limit(alone);
  bool same = true;
  for (Index i = 0; i < all.owned.cells(); ++i) {
    const auto at = alone.owned.position(all.owned.cell(i));
    for (int axis = 0; axis < 2; ++axis) {
      const auto d = static_cast<std::size_t>(axis);
      const Index here = fv::faces_of(all.owned, axis).position(all.owned.cell(i));
      const Index there = fv::faces_of(alone.owned, axis).position(alone.owned.cell(at));
      same = same && std::abs(parts.cut[d](here) - truth.cut[d](there)) <= 1e-15;
    }
  }
  EXPECT_EQ(la::maximum(world, same ? 0 : 1), 0);
  EXPECT_EQ(parts.sweeps, truth.sweeps);
  EXPECT_GT(truth.total, 0);
  EXPECT_NEAR(parts.total, truth.total, 1e-13 * truth.total);
}

}  // namespace
}  // namespace sgdflux::test
