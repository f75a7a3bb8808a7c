/// Coupled noise where absorbing surfaces meet truncated, reflecting and periodic ends.
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "fv/row_slots.hpp"
#include "sgdflux/fv/region.hpp"
#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::make_grid;
using test::make_model;

const std::vector<Flux> central = {Flux::order2, Flux::order4, Flux::order6, Flux::order8};
const std::vector<std::string> ends = {"truncated truncated", "reflecting reflecting", "truncated reflecting",
                                       "reflecting truncated", "periodic"};

/// A set, or the end of the first axis where it is empty.
struct Surface {
  std::string first;  ///< the first axis
  AbsorbingSet set;
};

std::vector<Index> active_rows(const mesh::Grid& grid, const AbsorbingSet& set) {
  const auto active = active_cells(grid, set, test::whole(grid));
  std::vector<Index> rows;
  for (Index i = 0; i < active.size(); ++i) {
    if (active(i)) {
      rows.push_back(i);
    }
  }
  return rows;
}

Eigen::MatrixXd backward(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme, const AbsorbingSet& set) {
  const mesh::Box box = test::whole(grid);
  return test::dense(grid, backward_generator(discretise(sde, grid, scheme, box, set), box));
}

Eigen::VectorXd exit_times(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme,
                           const AbsorbingSet& set) {
  const auto rows = active_rows(grid, set);
  const Eigen::MatrixXd op = backward(sde, grid, scheme, set)(rows, rows);
  return op.partialPivLu().solve(-Eigen::VectorXd::Ones(op.rows()));
}

/// Whether a cell further than `width` from inactive ones in every direction.
bool sees_nothing(const Region& region, const mesh::Cell& cell, int dim, Index width) {
  mesh::Box window;
  for (int d = 0; d < dim; ++d) {
    const auto i = static_cast<std::size_t>(d);
    window.lower[i] = cell[i] - width;
    window.upper[i] = cell[i] + width + 1;
  }
  for (Index i = 0; i < window.cells(); ++i) {
    if (!region.active(window.cell(i))) {
      return false;
    }
  }
  return true;
}

/// Forward and backward rows are finite, inactive rows and columns zero, and L*1 = 0 where no surface is seen.
/// @return how many active cells see no surface.
int check_rows(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme, const AbsorbingSet& set) {
  const mesh::Box box = test::whole(grid);
  const Eigen::MatrixXd matrix = backward(sde, grid, scheme, set);
  EXPECT_TRUE(matrix.allFinite());
  EXPECT_TRUE(test::dense(grid, generator(discretise(sde, grid, scheme, box, set), box)).allFinite());
  mesh::Box wide = box;
  for (int d = 0; d < grid.dimension(); ++d) {
    wide.lower[static_cast<std::size_t>(d)] -= grid.axis(d).periodic() ? 9 : 0;
    wide.upper[static_cast<std::size_t>(d)] += grid.axis(d).periodic() ? 9 : 0;
  }
  const Region region(grid, set, wide);
  int quiet = 0;
  for (Index row = 0; row < box.cells(); ++row) {
    const double size = matrix.row(row).cwiseAbs().sum();
    if (!region.active(box.cell(row))) {
      EXPECT_EQ(size + matrix.col(row).cwiseAbs().sum(), 0);
    } else if (sees_nothing(region, box.cell(row), grid.dimension(), std::max(half_width(scheme.flux), 2))) {
      EXPECT_LT(std::abs(matrix.row(row).sum()), 1e-14 * size);
      ++quiet;
    }
  }
  return quiet;
}

TEST(RowSlots, HoldAxesSquaresAndDiagonalsAndKnowNoOthers) {
  Coupling coupling{};
  coupling[1][0] = coupling[0][1] = true;
  const RowSlots slots(3, 2, coupling, true);
  EXPECT_EQ(slots.offsets().size(), 1U + 3 * 8 + 16 + 8) << "axes of ±4, a square of ±2, its diagonals to ±4";
  EXPECT_EQ(slots.find({}), 0);
  for (std::size_t k = 0; k < slots.offsets().size(); ++k) {
    EXPECT_EQ(slots.find(slots.offsets()[k]), static_cast<int>(k));
  }
  for (const mesh::Cell& offset : {mesh::Cell{3, 2, 0, 0}, mesh::Cell{1, 0, 1, 0}, mesh::Cell{5, 0, 0, 0},
                                   mesh::Cell{0, -5, 0, 0}, mesh::Cell{-9, 9, 0, 0}}) {
    EXPECT_EQ(slots.find(offset), -1);
  }
}

TEST(CoupledNoise, IsNotSeenInWhatIsNotANumber) {
  // √(x) makes NaN of the noise of every cell at x < 0; x and y share a Wiener process nowhere.
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "0"},
                               {"drift.y", "0"},
                               {"noise.x.1", "1"},
                               {"noise.y.1", "0*sqrt(x)"},
                               {"noise.y.2", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-1, 1) 8", "linear(-1, 1) 8"});
  const AbsorbingSet left = [](const BatchView& x) { return Eigen::ArrayXd(-x.col(0)); };
  EXPECT_FALSE(find_coupling(*sde, grid, test::whole(grid))[0][1]);
  EXPECT_NO_THROW(static_cast<void>(exit_times(*sde, grid, {Flux::monotone, 0}, left)));
}

TEST(CoupledNoise, HasFiniteRowsWhereSurfacesMeetEndsOfThePlane) {
  std::mt19937 random(31);
  const std::vector<Surface> surfaces = {
      {"linear(-2, 2) 15 absorbing absorbing", {}},
      {"linear(-2, 2) 15", [](const BatchView& x) { return Eigen::ArrayXd(x.col(0) - 1.2); }},
      {"linear(-2, 2) 15 reflecting truncated",
       [](const BatchView& x) { return Eigen::ArrayXd(x.col(0) + .7 * x.col(1) - 1.5); }},
      {"linear(-2, 2) 15", [](const BatchView& x) { return Eigen::ArrayXd(x.square().rowwise().sum() - 4.4); }},
      {"linear(-2, 2) 15",
       [](const BatchView& x) { return Eigen::ArrayXd(.3 - x.col(0).square() - (x.col(1) - 2).square()); }}};
  for (const Surface& surface : surfaces) {
    for (const std::string& end : ends) {
      const auto sde = test::random_formulas({2, true, false, 5}, random);
      const mesh::Grid grid = make_grid(*sde, {surface.first, "linear(-2, 2) 14 " + end});
      for (const Flux flux : central) {
        EXPECT_GT(check_rows(*sde, grid, {flux, 1}, surface.set), 5) << surface.first << ", " << end;
      }
    }
  }
}

TEST(CoupledNoise, HasFiniteRowsWhereSurfacesMeetEndsOfSpace) {
  std::mt19937 random(32);
  const AbsorbingSet corner = [](const BatchView& x) { return Eigen::ArrayXd(x.rowwise().sum() - 2.9); };
  for (const auto& [first, set] : {Surface{"linear(-2, 2) 10 truncated absorbing", {}},
                                   Surface{"linear(-2, 2) 10 reflecting truncated", corner}}) {
    for (const std::string& end : ends) {
      const auto sde = test::random_formulas({3, true, false, 5}, random);
      const mesh::Grid grid =
          make_grid(*sde, {first, "linear(-2, 2) 10 " + end, "linear(-2, 2) 9 truncated reflecting"});
      for (const Flux flux : {Flux::order2, Flux::order8}) {
        EXPECT_GT(check_rows(*sde, grid, {flux, 1}, set), 5) << first << ", " << end;
      }
    }
  }
}

TEST(CoupledNoise, HasFiniteRowsInNarrowGapsBetweenSurfacesAndEnds) {
  std::mt19937 random(33);
  const auto sde = test::random_formulas({2, true}, random);
  for (const std::string& end : ends) {
    for (const double gap : {.15, .3, .5, .9}) {
      const AbsorbingSet strips = [gap](const BatchView& x) {
        return Eigen::ArrayXd((x.col(1).abs() - 1 + gap).min(x.col(0).abs() - gap));
      };
      const mesh::Grid grid = make_grid(*sde, {"linear(-1, 1) 12 " + end, "linear(-1, 1) 12 " + end});
      for (const Flux flux : central) {
        static_cast<void>(check_rows(*sde, grid, {flux, 1}, strips));
      }
    }
  }
}

/// x is a Brownian motion; the others relax so fast (`relaxation` > 0) that they never see their ends at ±3, or have
/// `end` at ±1. All noise is correlated.
struct Strip {
  int dim;
  bool walls;  ///< of the grid instead of a set
  std::string end;
  double relaxation;
};

/// The worst error of τ = (1 − x²)/a_xx of |x| < 1 in the middle of the other axes.
double worst_in_strip(const Strip& strip, Flux flux) {
  const std::string rate = test::number(strip.relaxation);
  const auto sde =
      strip.dim == 2
          ? make_model(
                {{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "0 0; 0 " + rate}, {"noise_matrix", "1 0; 0.6 0.8"}})
          : make_model({{"name", "ornstein-uhlenbeck"},
                        {"drift_matrix", "0 0 0; 0 " + rate + " 0; 0 0 " + rate},
                        {"noise_matrix", "1 0 0; 0.6 0.8 0; -0.3 0.5 0.7"}});
  const std::string side = strip.relaxation > 0 ? "linear(-3, 3) " : "linear(-1, 1) ";
  const Index cells = strip.dim == 2 ? 19 : 11;
  std::vector<std::string> axes = {(strip.walls ? "linear(-1, 1) " : "linear(-1.5, 1.57) ") + std::to_string(cells) +
                                       (strip.walls ? " absorbing absorbing" : ""),
                                   side + (strip.dim == 2 ? "36 " : "11 ") + strip.end, side + "9 " + strip.end};
  axes.resize(static_cast<std::size_t>(strip.dim));
  const mesh::Grid grid = make_grid(*sde, axes);
  const AbsorbingSet set =
      strip.walls ? AbsorbingSet{} : [](const BatchView& x) { return Eigen::ArrayXd(x.col(0).abs() - 1); };
  const Batch x = physical(grid, centres(grid, test::whole(grid)))(active_rows(grid, set), Eigen::all);
  const Eigen::ArrayXd error = exit_times(*sde, grid, {flux, 1}, set).array() - (1 - x.col(0).square());
  const auto middle = x.rightCols(strip.dim - 1).abs().rowwise().maxCoeff() < 1;
  return middle.select(error, 0).abs().maxCoeff();
}

TEST(ExitTime, OfCoupledBrownianMotionInAStripIsExactBetweenReflectingAndPeriodicEnds) {
  for (const char* end : {"reflecting reflecting", "periodic"}) {
    for (const bool walls : {true, false}) {
      for (const Flux flux : central) {
        EXPECT_LT(worst_in_strip({2, walls, end, 0}, flux), 1e-12) << to_string(flux) << ", " << end << walls;
      }
      EXPECT_LT(worst_in_strip({3, walls, end, 0}, Flux::order6), 1e-12) << end << walls;
    }
  }
}

TEST(ExitTime, OfCoupledBrownianMotionInAStripDoesNotSeeTruncatedEndsFarAway) {
  // Wider stencils bring more of the ends into the middle.
  const std::vector<double> bounds = {1.2e-10, 3.3e-9, 4e-8, 1e-6};
  for (const bool walls : {true, false}) {
    for (std::size_t i = 0; i < central.size(); ++i) {
      EXPECT_LT(worst_in_strip({2, walls, "truncated truncated", 4}, central[i]), bounds[i])
          << to_string(central[i]) << walls;
    }
  }
}

}  // namespace
}  // namespace sgdflux::fv
