/// Sweeps of lines on any number of ranks.
#include "sgdflux/la/line_gauss_seidel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "la/line_overlap.hpp"
#include "sgdflux/fv/two_point.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "support/numerics.hpp"
#include "support/studying.hpp"

namespace sgdflux::la {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

struct Sweeps {
  mesh::Partition partition;
  mesh::Box owned;
  LineGaussSeidel lines;

  Sweeps(MPI_Comm comm, const model::Sde& sde, const mesh::Grid& grid)
      : partition(grid, size(comm)),
        owned(partition.owned(rank(comm))),
        lines(comm, partition, rates(sde, grid, LineGaussSeidel::box(partition, 1, rank(comm))), 1) {}

  static std::vector<FaceRates> rates(const model::Sde& sde, const mesh::Grid& grid, const mesh::Box& box) {
    const auto problem = fv::discretise(sde, grid, {fv::Flux::order2, 1}, test::whole(grid));
    std::vector<FaceRates> faces;
    for (fv::TwoPoint& axis : fv::two_point_generator(problem, box)) {
      faces.push_back({std::move(axis.up), std::move(axis.down)});
    }
    return faces;
  }
  /// Of a right-hand side that depends on the cell alone.
  Eigen::ArrayXd sweep(bool transposed) {
    const Eigen::ArrayXd r = Eigen::ArrayXd::NullaryExpr(owned.cells(), [&](Eigen::Index i) {
      const mesh::Cell cell = owned.cell(i);
      return std::sin(1. + static_cast<double>(cell[0] + 3 * cell[1]));
    });
    Eigen::ArrayXd z(r.size());
    transposed ? lines.apply_transpose(r.data(), z.data()) : lines.apply(r.data(), z.data());
    return z;
  }
};

/// Largest difference of a sweep by all ranks and by one alone on x × v cells, relative to the largest value.
double difference(core::Index x, core::Index v, bool transposed, double shift, const std::string& ends = "") {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  const mesh::Grid grid = test::make_grid(
      *sde, {"linear(-0.5, 0.5) " + std::to_string(x) + ends, "linear(-1.5, 1.5) " + std::to_string(v) + ends});
  Sweeps together(world, *sde, grid);
  Sweeps alone(MPI_COMM_SELF, *sde, grid);
  together.lines.set_shift(shift);
  alone.lines.set_shift(shift);
  const Eigen::ArrayXd here = together.sweep(transposed);
  const Eigen::ArrayXd all = alone.sweep(transposed);
  EXPECT_TRUE(here.allFinite() && all.allFinite());
  EXPECT_GT(all.abs().maxCoeff(), 0);
  double largest = 0;
  for (core::Index i = 0; i < here.size(); ++i) {
    largest = std::max(largest, std::abs(here(i) - all(test::whole(grid).position(together.owned.cell(i)))));
  }
  return maximum(world, largest / all.abs().maxCoeff());
}

/// Under a large shift nothing matters that is farther away than the overlap, and its ends count for little.
TEST(LineGaussSeidel, IsNearlyTheSameOnAnyNumberOfRanksWhereLittleCrossesTheOverlap) {
  for (const bool transposed : {false, true}) {
    EXPECT_LT(difference(120, 200, transposed, 3e12), 1e-11);
    EXPECT_LT(difference(120, 200, transposed, 3e6), 1e-5);
    EXPECT_LT(difference(120, 200, transposed, 3e6, " periodic"), 1e-5);
    const double near = difference(120, 200, transposed, 300);
    EXPECT_LT(near, 2e-2);
    EXPECT_EQ(near > 1e-14, size(world) > 1) << near;
  }
}

/// Three ranks on 2 × 2 cells, and four on 3 × 2: some have none, and no cell to overlap with.
TEST(LineGaussSeidel, HasAnAnswerOnLatticesOfFewCells) {
  for (const bool transposed : {false, true}) {
    for (const core::Index v : {1, 2, 14}) {
      EXPECT_LT(difference(3, v, transposed, 1), 1);
      EXPECT_LT(difference(3, v, transposed, 3e12), 1e-9);
    }
  }
}

/// Values of `count` lines of a slab with its overlap that depend on the cell alone.
Eigen::ArrayXXd lines_of(const mesh::Partition& slabs, const mesh::Box& box, core::Index count) {
  return Eigen::ArrayXXd::NullaryExpr(box.extent(1), count, [&](Eigen::Index k, Eigen::Index line) {
    const mesh::Cell cell = slabs.wrapped({0, box.lower[1] + k, 0, 0});
    return std::sin(static_cast<double>(3 * cell[1] + line));
  });
}

TEST(LineOverlap, AveragesWhatNeighboursHaveAroundTheirCut) {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  for (const std::string periodic : {"", " periodic"}) {
    const mesh::Grid grid = test::make_grid(*sde, {"linear(-1, 1) 6", "linear(-1, 1) 96" + periodic});
    const mesh::Partition slabs(mesh::Partition(grid, size(world)), 1);
    LineOverlap overlap(world, slabs, 1);
    const core::Index width = LineOverlap::width(slabs, 1);
    const mesh::Box box = slabs.with_halo(rank(world), width);
    ASSERT_EQ(width, 6);
    Eigen::ArrayXXd agreed = lines_of(slabs, box, 4);
    const Eigen::ArrayXXd before = agreed;
    overlap.blend(agreed.data(), 4, box.extent(1));
    EXPECT_LT((agreed - before).abs().maxCoeff(), 1e-12) << "what is the same already stays";

    // Where ranks differ by a number: from one to the other, and what one has a neighbour has, too.
    const auto me = static_cast<double>(rank(world));
    Eigen::ArrayXXd values = Eigen::ArrayXXd::Constant(box.extent(1), 4, me);
    overlap.blend(values.data(), 4, box.extent(1));
    const bool cut_before = !periodic.empty() || rank(world) > 0;
    const bool cut_after = !periodic.empty() || rank(world) + 1 < size(world);
    const auto previous = static_cast<double>((rank(world) + size(world) - 1) % size(world));
    const auto next = static_cast<double>((rank(world) + 1) % size(world));
    const double share = 1 / (4 * static_cast<double>(width));  // of the rank whose box ends here
    const core::Index last = box.extent(1) - 1;
    const core::Index inner = 2 * width - 1;  // where the overlap ends
    EXPECT_NEAR(values(0, 3), cut_before ? previous + (me - previous) * share : me, 1e-12);
    EXPECT_NEAR(values(inner, 3), cut_before ? me + (previous - me) * share : me, 1e-12);
    EXPECT_NEAR(values(last, 3), cut_after ? next + (me - next) * share : me, 1e-12);
    EXPECT_NEAR(values(last - inner, 3), cut_after ? me + (next - me) * share : me, 1e-12);
    EXPECT_NEAR(values(last / 2, 2), me, 1e-12) << "nothing happens inside";
  }
}

/// The solver's record of the whole grid.
const study::SolveRecord& finest(const study::StationaryAnswer& answer) {
  return *std::max_element(answer.solves.begin(), answer.solves.end(),
                           [](const auto& a, const auto& b) { return a.cells < b.cells; });
}

/// Boxes cut across the other axis, too, took 31 instead of 15 iterations on two ranks at 1024², order 8.
TEST(LineGaussSeidel, NeedsHardlyMoreIterationsOnMoreRanks) {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  const std::vector<std::string> axes{"linear(-0.8, 0.8) 160", "linear(-2.6, 2.6) 160"};
  for (const std::string flux : {"order2", "order8"}) {
    const test::StudySetup setup{flux, -1, false};
    const auto all = test::study_of(*sde, axes, setup, {}, world);
    const auto alone = test::study_of(*sde, axes, setup, {}, MPI_COMM_SELF);
    EXPECT_EQ(all.verdict, study::Verdict::converged) << all.reason;
    EXPECT_NEAR(*all.observables.at("cov.theta.theta").value, *alone.observables.at("cov.theta.theta").value, 1e-10);
    EXPECT_NE(finest(all).solver.find("line Gauss-Seidel"), std::string::npos) << finest(all).solver;
    EXPECT_GT(finest(alone).iterations, 4);
    EXPECT_LE(finest(all).iterations, 1.5 * finest(alone).iterations) << flux << ", one: " << finest(alone).iterations;
  }
}

}  // namespace
}  // namespace sgdflux::la
