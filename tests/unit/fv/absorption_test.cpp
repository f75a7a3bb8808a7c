/// Absorbing ends and sets: which cells are active, values behind surfaces, forward and backward generators.
#include "sgdflux/fv/absorption.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>

#include "sgdflux/fv/region.hpp"
#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::make_grid;
using test::make_model;

const std::vector<Flux> central = {Flux::order2, Flux::order4, Flux::order6, Flux::order8};
/// τ(−1) of the double well below by quadrature.
constexpr double exit_time_of_well = 14.277736637;

std::unique_ptr<model::Sde> double_well() {
  return make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}});
}

/// An absorbing problem with the active cells and their part of its operators.
struct Problem {
  const model::Sde& sde;
  mesh::Grid grid;
  AbsorbingSet set;
  Scheme scheme;

  [[nodiscard]] mesh::Box box() const { return test::whole(grid); }
  [[nodiscard]] Discretisation discretised() const { return discretise(sde, grid, scheme, box(), set); }
  [[nodiscard]] std::vector<Index> cells() const {
    const auto active = active_cells(grid, set, box());
    std::vector<Index> rows;
    for (Index i = 0; i < active.size(); ++i) {
      if (active(i)) {
        rows.push_back(i);
      }
    }
    return rows;
  }
  [[nodiscard]] Eigen::MatrixXd forward() const {
    return test::dense(grid, generator(discretised(), box()))(cells(), cells());
  }
  [[nodiscard]] Eigen::MatrixXd backward() const {
    return test::dense(grid, backward_generator(discretised(), box()))(cells(), cells());
  }
  [[nodiscard]] Eigen::VectorXd exit_times() const {
    const Eigen::MatrixXd op = backward();
    return op.partialPivLu().solve(-Eigen::VectorXd::Ones(op.rows()));
  }
  [[nodiscard]] Batch points() const { return physical(grid, centres(grid, box()))(cells(), Eigen::all); }
};

/// Value at `at` of the polynomial of degree 7 through the nearest points of a line.
double interpolated(const Eigen::ArrayXd& x, const Eigen::VectorXd& y, double at) {
  constexpr Index count = 8;
  const Index above = (x < at).count();
  const Index start = std::clamp<Index>(above - count / 2, 0, x.size() - count);
  double sum = 0;
  for (Index j = start; j < start + count; ++j) {
    double weight = 1;
    for (Index q = start; q < start + count; ++q) {
      weight *= q == j ? 1 : (at - x(q)) / (x(j) - x(q));
    }
    sum += weight * y(j);
  }
  return sum;
}

/// The double well stopped at x = 1 by a set whose surface lies `theta` cells after the last active centre; theta < 0:
/// by the end of the axis.
Problem stopped_well(const model::Sde& sde, const Scheme& scheme, Index cells, double theta) {
  if (theta < 0) {
    return {sde, make_grid(sde, {"linear(-3.2, 1) " + std::to_string(cells) + " truncated absorbing"}), {}, scheme};
  }
  const double h = 4.2 / static_cast<double>(cells);
  const double shift = (0.5 - theta) * h;
  const std::string axis = "linear(" + test::number(-3.2 + shift) + ", " + test::number(1 + 12 * h + shift) + ") " +
                           std::to_string(cells + 12);
  return {sde, make_grid(sde, {axis}), [](const BatchView& x) { return Eigen::ArrayXd(x.col(0).exp() - std::exp(1.)); },
          scheme};
}

double exit_time_error(const Problem& problem) {
  return interpolated(problem.points().col(0), problem.exit_times(), -1) - exit_time_of_well;
}

TEST(ActiveCells, AreThoseWhoseCentreIsNotInTheSetNorBeyondAnAbsorbingEnd) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.2", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(0, 4) 4 truncated absorbing", "linear(0, 3) 3 periodic"});
  const AbsorbingSet set = [](const BatchView& x) { return Eigen::ArrayXd(1.5 - x.col(0) - x.col(1)); };
  mesh::Box box;
  box.lower = {-2, -1, 0, 0};
  box.upper = {6, 4, 1, 1};
  const auto active = active_cells(grid, set, box);
  for (Index i = 0; i < box.cells(); ++i) {
    const mesh::Cell cell = box.cell(i);
    const double x = static_cast<double>(std::max<Index>(0, cell[0])) + .5;
    const double y = static_cast<double>((cell[1] + 3) % 3) + .5;
    EXPECT_EQ(active(i), cell[0] < 4 && x + y >= 1.5) << cell[0] << ' ' << cell[1];
  }
  EXPECT_TRUE(active_cells(grid, {}, test::whole(grid)).all());
}

TEST(ActiveCells, OfANaNSetAreRefusedNamingThePoint) {
  const auto sde = double_well();
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 8"});
  const AbsorbingSet set = [](const BatchView& x) { return Eigen::ArrayXd((x.col(0) + 1).sqrt() - 9); };
  const std::string message = test::error_of([&] { static_cast<void>(active_cells(grid, set, test::whole(grid))); });
  EXPECT_TRUE(test::has(message, "NaN") && test::has(message, "x = -1.75")) << message;
}

TEST(Extrapolation, IsExactForPolynomialsThatVanishOnTheSurface) {
  for (int cells = 1; cells <= 7; ++cells) {
    for (const double distance : {1e-10, .1, .24, .25, .5, 1.}) {
      for (int beyond = 1; beyond <= 4; ++beyond) {
        const Extrapolation rule = extrapolation(distance, beyond, cells);
        ASSERT_EQ(rule.weights.size(), cells);
        EXPECT_EQ(rule.first, distance < .25 ? 1 : 0);
        const auto f = [&](double s) { return (s - distance) * std::pow(s + 2, cells - 1); };
        double sum = 0;
        for (int j = 0; j < cells; ++j) {
          sum += rule.weights(j) * f(-(rule.first + j));
        }
        EXPECT_NEAR(sum, f(beyond), 1e-13 * rule.weights.abs().sum() * std::pow(8, cells));
      }
    }
  }
  EXPECT_EQ(extrapolation(.5, 1, 0).weights.size(), 0);
  EXPECT_DOUBLE_EQ(extrapolation(.5, 1, 1, .3).weights(0), -.5 * 1.3 / (.5 * .3)) << "0 on both sides of one cell";
  EXPECT_TRUE((free_extrapolation(3, 2).weights == Eigen::Array2d(4, -3)).all());
}

TEST(Region, MeasuresTheDistanceToASurfaceAlongEachAxis) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.2", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"sinh(-3, 3, 1) 24", "linear(-2, 2) 20 periodic"});
  const AbsorbingSet set = [](const BatchView& x) {
    return Eigen::ArrayXd((x.col(0).square() + x.col(1).square() - 1.3).cube());
  };
  const mesh::Box box = test::whole(grid);
  const Region region(grid, set, box);
  int surfaces = 0;
  for (Index i = 0; i < box.cells(); ++i) {
    const mesh::Cell cell = box.cell(i);
    mesh::Cell next = cell;
    next[0] += 1;
    if (region.active(cell) && box.contains(next) && !region.active(next)) {
      const double xi = grid.axis(0).centre(cell[0]) + region.distance(cell, unit_step(0, 1)) * grid.axis(0).spacing();
      EXPECT_NEAR(std::pow(std::sinh(xi), 2) + std::pow(grid.axis(1).centre(cell[1]), 2), 1.3, 1e-12);
      ++surfaces;
    }
  }
  EXPECT_EQ(surfaces, 12);
}

TEST(AbsorbingSet, MayHoldInfiniteValuesJumpsAndPointsWhereTheModelIsNot) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-sqrt(x)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-1, 2) 30"});
  const AbsorbingSet jump = [](const BatchView& x) {
    return Eigen::ArrayXd((x.col(0) < .234).select(HUGE_VAL, Eigen::ArrayXd::Constant(x.rows(), -HUGE_VAL)));
  };
  const Region region(grid, jump, test::whole(grid));
  EXPECT_NEAR(region.distance({12, 0, 0, 0}, unit_step(0, -1)), .16, 1e-9);
  for (const Flux flux : {Flux::exact, Flux::order8}) {
    const Problem problem{*sde, grid, jump, {flux, 1}};
    EXPECT_TRUE(problem.forward().allFinite());
    EXPECT_GT(problem.exit_times().minCoeff(), 0);
  }
}

TEST(AbsorbingSet, RowsAndColumnsOfItsCellsAreZeroAndColumnsLoseWhatCrossesTheSurface) {
  const auto sde = double_well();
  for (const std::string& name : flux_names()) {
    const Problem problem = stopped_well(*sde, {parse_flux(name), 1}, 40, .3);
    for (const Eigen::MatrixXd& matrix :
         {test::dense(problem.grid, generator(problem.discretised(), problem.box())),
          test::dense(problem.grid, backward_generator(problem.discretised(), problem.box()))}) {
      EXPECT_EQ(matrix.rightCols(12).cwiseAbs().maxCoeff(), 0) << name;
      EXPECT_EQ(matrix.bottomRows(12).cwiseAbs().maxCoeff(), 0) << name;
    }
    const FaceFlux flux = face_flux(problem.discretised(), 0, problem.box());
    const Eigen::VectorXd density = Eigen::VectorXd::Random(52);
    const Eigen::ArrayXd faces = apply(flux, problem.box(), density);
    const Eigen::VectorXd rate = test::dense(problem.grid, generator(problem.discretised(), problem.box())) * density;
    EXPECT_NEAR(rate.sum(), -faces(40) / problem.grid.axis(0).spacing(), 1e-10) << name;
    EXPECT_GT(std::abs(faces(40)), 1e-3) << name;
    EXPECT_EQ(faces.tail(12).abs().maxCoeff(), 0) << name;
  }
}

TEST(ExitTime, OfADoubleWellHasTheOrderOfTheSchemeWhereverTheSurfaceLies) {
  const auto sde = double_well();
  // Errors with 300 cells: order 8 is at the ten digits of the reference.
  const std::vector<double> bounds = {2e-4, 1e-6, 2e-8, 1e-9};
  for (std::size_t i = 0; i < central.size(); ++i) {
    for (const double theta : {-1., .02, .3, .5, .7, .98, 1e-9}) {
      const double coarse = exit_time_error(stopped_well(*sde, {central[i], 1}, 75, theta));
      const double medium = exit_time_error(stopped_well(*sde, {central[i], 1}, 150, theta));
      EXPECT_GT(std::log2(std::abs(coarse / medium)), std::min(order(central[i]), 4) - .3)
          << to_string(central[i]) << ", theta " << theta << ": " << coarse << ' ' << medium;
      EXPECT_LT(std::abs(exit_time_error(stopped_well(*sde, {central[i], 1}, 300, theta))), bounds[i])
          << to_string(central[i]) << ", theta " << theta;
    }
  }
}

TEST(ExitTime, OfTwoPointFluxesIsSecondOrder) {
  const auto sde = double_well();
  for (const double theta : {-1., .02, .3, .98}) {
    const double medium = exit_time_error(stopped_well(*sde, {Flux::exact, 0}, 150, theta));
    const double fine = exit_time_error(stopped_well(*sde, {Flux::exact, 0}, 300, theta));
    EXPECT_NEAR(std::log2(std::abs(medium / fine)), 2, .02);
    EXPECT_LT(std::abs(fine), 1e-4);
  }
}

TEST(TwoPointFluxes, StayDecayingJumpProcessesBetweenSurfaces) {
  std::mt19937 random(11);
  for (int trial = 0; trial < 12; ++trial) {
    const int dim = 1 + trial % 3;
    const auto sde = test::random_formulas({dim, false, trial % 4 == 3, trial % 2 == 0 ? 1. : 5.}, random);
    std::vector<std::string> axes = {"linear(-2, 2) 9 absorbing truncated", "sinh(-2, 2, 1) 10", "linear(-2, 2) 8"};
    axes.resize(static_cast<std::size_t>(dim));
    const AbsorbingSet ball = [](const BatchView& x) { return Eigen::ArrayXd(x.square().rowwise().sum() - 2.9); };
    const Problem problem{*sde, make_grid(*sde, axes), ball, {Flux::monotone, 0}};
    const Eigen::MatrixXd matrix = problem.forward();
    EXPECT_EQ((matrix - Eigen::MatrixXd(matrix.diagonal().asDiagonal())).minCoeff(), 0);
    EXPECT_LE(matrix.colwise().sum().maxCoeff(), 1e-13 * matrix.cwiseAbs().maxCoeff()) << "probability is made";
    EXPECT_LT((matrix.transpose() - problem.backward()).cwiseAbs().maxCoeff(), 1e-15 * matrix.cwiseAbs().maxCoeff());
    // Steep drifts hold their particles for longer than doubles can tell.
    if (trial % 2 == 0) {
      EXPECT_GT(problem.exit_times().minCoeff(), 0);
    }
  }
}

TEST(TwoPointFluxes, LetProbabilityOutWhereNoiseVanishesOnTheSurface) {
  // dx = √x dW is absorbed at 0: ½x τ'' = −1, and with a reflecting wall at 2 τ = 2x(1 + ln 2 − ln x).
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "sqrt(x)"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(0, 2) 200 absorbing reflecting"});
  const Problem problem{*sde, grid, {}, {Flux::exact, 0}};
  EXPECT_NEAR(interpolated(problem.points().col(0), problem.exit_times(), 1), 2 * (1 + std::log(2.)), 1e-3);
}

TEST(Eigenvalues, OfForwardAndBackwardGeneratorsAgree) {
  const auto sde = double_well();
  for (const char* map : {"linear(-3.5, 0) 160", "sinh(-3.5, 0, 2) 160"}) {
    const Problem problem{*sde, make_grid(*sde, {std::string(map) + " truncated absorbing"}), {}, {Flux::order8, 1}};
    const double forward = problem.forward().eigenvalues().real().maxCoeff();
    const double backward = problem.backward().eigenvalues().real().maxCoeff();
    EXPECT_LT(forward, -.1);
    EXPECT_NEAR(forward, backward, 1e-9);
  }
}

/// dz = −z dt + rotation + √2 dW, stopped outside the unit disc, seen in coordinates x = Mz: τ(0) = ½Σ (½)ᵏ/(k k!), and
/// τ at |z| = r is less by the same sum with r²/2.
double radial_sum(double u) {
  double sum = 0;
  double term = 1;
  for (int k = 1; k < 30; ++k) {
    term *= u / k;
    sum += 0.5 * term / k;
  }
  return sum;
}

double worst_on_disc(const Scheme& scheme, Index cells, bool correlated) {
  // M = [[1, 0], [.6, .8]]: x = u, y = .6u + .8v; the drift is −z + w(−v, u), w = 2.
  const auto sde = correlated ? make_model({{"name", "formula"},
                                            {"variables", "x y"},
                                            {"drift.x", "-x - 2*(y - 0.6*x)/0.8"},
                                            {"drift.y", "-y - 1.2*(y - 0.6*x)/0.8 + 1.6*x"},
                                            {"noise.x.1", "sqrt(2)"},
                                            {"noise.y.1", "0.6*sqrt(2)"},
                                            {"noise.y.2", "0.8*sqrt(2)"}})
                              : make_model({{"name", "formula"},
                                            {"variables", "x y"},
                                            {"drift.x", "-x - 2*y"},
                                            {"drift.y", "-y + 2*x"},
                                            {"noise.x.1", "sqrt(2)"},
                                            {"noise.y.2", "sqrt(2)"}});
  const auto square = [correlated](const Batch& x) {
    const Eigen::ArrayXd v = correlated ? Eigen::ArrayXd((x.col(1) - .6 * x.col(0)) / .8) : Eigen::ArrayXd(x.col(1));
    return Eigen::ArrayXd(x.col(0).square() + v.square());
  };
  const std::string axis = "linear(-1.21, 1.19) " + std::to_string(cells);
  const Problem problem{*sde, make_grid(*sde, {axis, axis}),
                        [&](const BatchView& x) { return Eigen::ArrayXd(square(x) - 1); }, scheme};
  const Eigen::ArrayXd r2 = square(problem.points());
  const Eigen::ArrayXd exact = radial_sum(.5) - (r2 / 2).unaryExpr(&radial_sum);
  return (problem.exit_times().array() - exact).abs().maxCoeff();
}

TEST(ExitTime, FromADiscConvergesUniformly) {
  struct Expected {
    Flux flux;
    bool correlated;
    double error;  // with 36 cells
    double order;
  };
  for (const auto& [flux, correlated, error, rate] :
       {Expected{Flux::order2, false, 1.3e-4, 2.3}, Expected{Flux::order2, true, 2.1e-4, 1.3},
        Expected{Flux::order4, false, 7.5e-7, 4.7}, Expected{Flux::order4, true, 4.2e-6, 5.8},
        Expected{Flux::order8, false, 1.8e-9, 9.2}, Expected{Flux::order8, true, 7e-7, 8}}) {
    const double coarse = worst_on_disc({flux, 1}, 18, correlated);
    const double fine = worst_on_disc({flux, 1}, 36, correlated);
    EXPECT_LT(fine, error) << to_string(flux) << (correlated ? ", correlated" : "");
    EXPECT_GT(std::log2(coarse / fine), rate) << to_string(flux) << (correlated ? ", correlated" : "");
  }
}

TEST(ExitTime, OfBrownianMotionFromTheCentreOfTheUnitDiscIsAQuarter) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "0"},
                               {"drift.y", "0"},
                               {"noise.x.1", "sqrt(2)"},
                               {"noise.y.2", "sqrt(2)"}});
  const AbsorbingSet disc = [](const BatchView& x) { return Eigen::ArrayXd(x.square().rowwise().sum() - 1); };
  for (const Flux flux : central) {
    const Problem problem{*sde, make_grid(*sde, {"linear(-1.2, 1.2) 21", "linear(-1.2, 1.2) 21"}), disc, {flux, 1}};
    const Eigen::ArrayXd exact = (1 - problem.points().square().rowwise().sum()) / 4;
    EXPECT_LT((problem.exit_times().array() - exact).abs().maxCoeff(), 1e-13) << "quadratic polynomials are exact";
  }
}

TEST(ExitTime, OfAnInertialParticleIsPositiveAndTendsToOneValue) {
  const auto sde = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "-v"}, {"noise.v.1", "sqrt(2)"}});
  const AbsorbingSet outside = [](const BatchView& x) { return Eigen::ArrayXd(x.col(0).abs() - 1); };
  for (const Flux flux : {Flux::order4, Flux::order8}) {
    for (const char* axis :
         {"linear(-1, 1) 26 absorbing absorbing", "linear(-1.21, 1.27) 30", "linear(-1.2, 1.2) 25"}) {
      const Problem problem{*sde, make_grid(*sde, {axis, "linear(-5, 5) 25"}), outside, {flux, 1}};
      const Eigen::ArrayXd tau = problem.exit_times();
      const double largest = tau.maxCoeff();
      EXPECT_GT(tau.minCoeff(), 0) << axis;
      EXPECT_NEAR(largest, 2.8585, .001) << axis;
    }
  }
}

TEST(AbsorbingGenerator, IsAssembledFromPartsOfTheGridAsFromTheWhole) {
  std::mt19937 random(12);
  const auto sde = test::random_formulas({2, true}, random);
  const AbsorbingSet disc = [](const BatchView& x) { return Eigen::ArrayXd(x.square().rowwise().sum() - 2.3); };
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 20 periodic", "linear(-2, 2) 22 absorbing reflecting"});
  for (const Flux flux : {Flux::order2, Flux::order6}) {
    const Problem problem{*sde, grid, disc, {flux, 1}};
    const mesh::Box box = problem.box();
    const mesh::Partition partition(grid, 6);
    for (const auto build : {&generator, &backward_generator}) {
      const Eigen::MatrixXd whole = test::dense(grid, build(problem.discretised(), box));
      for (int rank = 0; rank < 6; ++rank) {
        const Generator part = build(problem.discretised(), partition.owned(rank));
        for (Index i = 0; i < part.cells.cells(); ++i) {
          Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(box.cells());
          for (std::size_t k = 0; k < part.offsets.size(); ++k) {
            mesh::Cell cell = part.cells.cell(i);
            cell[0] = (cell[0] + part.offsets[k][0] + 20) % 20;
            cell[1] += part.offsets[k][1];
            if (box.contains(cell)) {
              row(box.position(cell)) += part.values(i, static_cast<Eigen::Index>(k));
            }
          }
          EXPECT_LE((row - whole.row(box.position(part.cells.cell(i)))).cwiseAbs().maxCoeff(),
                    1e-14 * whole.cwiseAbs().maxCoeff());
        }
      }
    }
  }
}

}  // namespace
}  // namespace sgdflux::fv
