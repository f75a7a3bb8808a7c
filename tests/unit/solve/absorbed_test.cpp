#include "sgdflux/solve/absorbed.hpp"

#include <cmath>

#include "support/brownian.hpp"

namespace sgdflux::solve {
namespace {

using core::Index;
using Array = Eigen::ArrayXd;

/// Brownian motion killed at the ends of the unit interval or square, in a lattice twice as wide.
struct Killed {
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  ActiveCells active;
  Array x;  ///< first coordinate of the centres

  Killed(int dim, Index cells)
      : sde(test::make_model(
            dim == 1 ? test::Lines{{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}}
                     : test::Lines{{"name", "formula"}, {"variables", "x y"}, {"drift.x", "0"}, {"drift.y", "0"}})),
        grid(test::make_grid(*sde, std::vector<std::string>(static_cast<std::size_t>(dim),
                                                            "linear(-0.5, 1.5) " + std::to_string(2 * cells)))),
        partition(grid, 1),
        active(test::unit_cube(grid, test::whole(grid))),
        x(fv::physical(grid, fv::centres(grid, test::whole(grid))).col(0)) {}

  [[nodiscard]] AbsorbedSolver solver() const {
    return {MPI_COMM_SELF, grid, partition, test::absorbed_brownian(grid, test::whole(grid)), active};
  }
};

TEST(Absorbed, ExitTimeOfBrownianMotionIsAParabola) {
  // ½T'' = −1, T(0) = T(1) = 0. The closure −P beyond the ends shifts the discrete parabola by h²/4 and nothing else.
  for (const Index cells : {10, 40}) {
    const Killed killed(1, cells);
    AbsorbedSolver solver = killed.solver();
    const Array time = solver.solve(-Array::Ones(killed.grid.cells()));
    const double h = 1. / static_cast<double>(cells);
    const Array exact = killed.active.select(killed.x * (1 - killed.x) + h * h / 4, 0);
    EXPECT_LT((time - exact).abs().maxCoeff(), 1e-14);
    EXPECT_LT(solver.residual(), 1e-12);
  }
}

TEST(Absorbed, CellsOutOfPlayStayAtZeroWhateverIsAskedOfThem) {
  const Killed killed(1, 20);
  AbsorbedSolver solver = killed.solver();
  const Array zeros = Array::Zero(killed.grid.cells());
  const Array right = killed.active.select(zeros, 7);
  EXPECT_EQ(solver.solve(right).abs().maxCoeff(), 0);
  EXPECT_EQ(solver.apply(right).abs().maxCoeff(), 0);
  const Array inside = killed.active.select(Array::Ones(zeros.size()), 0);
  EXPECT_NEAR(solver.apply(inside).sum(), -2 * 20 * 20, 1e-9) << "only the two last cells lose, 1/h² each";
}

TEST(Absorbed, LeadingModeOfBrownianMotionIsTheSine) {
  for (const Index cells : {20, 40}) {
    const Killed killed(1, cells);
    const auto mode = killed.solver().leading();
    EXPECT_TRUE(mode.converged);
    // The discrete sine: −(1 − cos πh)/h² exactly, −π²/2 (1 − (πh)²/12) to second order.
    const double h = 1. / static_cast<double>(cells);
    EXPECT_NEAR(mode.value, -(1 - std::cos(M_PI * h)) / (h * h), 1e-12);
    EXPECT_NEAR(mode.value / (-M_PI * M_PI / 2), 1 - std::pow(M_PI * h, 2) / 12, std::pow(M_PI * h, 4) / 360);
    const Array sine = killed.active.select((M_PI * killed.x).sin(), 0);
    EXPECT_LT((mode.vector - sine / sine.sum() / h).abs().maxCoeff(), 1e-11);
    EXPECT_NEAR(mode.next, (1 - std::cos(2 * M_PI * h)) / (h * h), .01 * mode.next);
    EXPECT_LT(mode.residual, 1e-9);
  }
}

TEST(Absorbed, LeadingModeOfTheSquareIsTheProductOfSines) {
  const Killed killed(2, 20);
  const auto mode = killed.solver().leading();
  EXPECT_TRUE(mode.converged);
  const double one = (1 - std::cos(M_PI / 20)) * 400;
  EXPECT_NEAR(mode.value, -2 * one, 1e-11);
  EXPECT_NEAR(mode.next, one + (1 - std::cos(M_PI / 10)) * 400, .01 * mode.next) << "the next one is double";
}

/// Birth and death between n cells in a row, both rates `rates(i)` between i and i + 1; the first loses at `exit`.
fv::Generator chain(const mesh::Box& box, const Array& rates, double exit) {
  fv::Generator g{box, {{}, {-1, 0, 0, 0}, {1, 0, 0, 0}}, core::Batch::Zero(rates.size() + 1, 3)};
  g.values(0, 0) = -exit;
  for (Index i = 0; i < rates.size(); ++i) {
    g.values(i, 0) -= rates(i);
    g.values(i + 1, 0) -= rates(i);
    g.values(i + 1, 1) = g.values(i, 2) = rates(i);
  }
  return g;
}

struct Chain {
  std::unique_ptr<model::Sde> sde =
      test::make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  mesh::Grid grid = test::make_grid(*sde, {"linear(0, 60) 60"});
  mesh::Partition partition{grid, 1};

  [[nodiscard]] Array exit_times(const Array& rates, double exit) const {
    AbsorbedSolver solver(MPI_COMM_SELF, grid, partition, chain(test::whole(grid), rates, exit),
                          ActiveCells::Constant(60, true));
    return solver.solve(-Array::Ones(60));
  }
};

TEST(Absorbed, ExitTimesOfAChainWhoseRatesSpanFortyDecadesAreExact) {
  Array rates(59);
  for (Index i = 0; i < 59; ++i) {
    rates(i) = std::pow(10., 20 - 2 * static_cast<double>(i) / 3);
  }
  const Array times = Chain().exit_times(rates, 1e20);
  // T_0 = 60/exit and T_{i+1} − T_i = (59 − i)/rate_i: what is beyond must come back through that bond.
  double exact = 60 / 1e20;
  for (Index i = 0; i < 60; ++i) {
    EXPECT_NEAR(times(i) / exact, 1, 1e-12) << i;
    exact += i < 59 ? static_cast<double>(59 - i) / rates(i) : 0;
  }
}

TEST(Absorbed, CellsThatCannotReachTheAbsorbingSetAreAnError) {
  Array cut = Array::Ones(59);
  cut(30) = 0;
  const auto never = [&] { static_cast<void>(Chain().exit_times(cut, 1)); };
  EXPECT_TRUE(test::has(test::error_of(never), "cannot reach the absorbing set"));
  const auto closed = [] { static_cast<void>(Chain().exit_times(Array::Ones(59), 0)); };
  EXPECT_TRUE(test::has(test::error_of(closed), "cannot reach the absorbing set"));
  EXPECT_LT(Chain().exit_times(Array::Ones(59), 1e-8).maxCoeff(), 6.1e9) << "slow, but not never";
}

TEST(Absorbed, NoCellInPlayIsAnError) {
  const Killed killed(1, 10);
  const auto nowhere = [&] {
    AbsorbedSolver solver(MPI_COMM_SELF, killed.grid, killed.partition,
                          chain(test::whole(killed.grid), Array::Ones(19), 1), ActiveCells::Constant(20, false));
    static_cast<void>(solver.leading());
  };
  EXPECT_TRUE(test::has(test::error_of(nowhere), "no cell is in play"));
}

}  // namespace
}  // namespace sgdflux::solve
