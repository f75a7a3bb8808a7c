/// The generator without a matrix does what the assembled one does.
#include "sgdflux/fv/flux_operator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using Array = Eigen::ArrayXd;
using mesh::Box;
using mesh::Cell;
using test::make_grid;
using test::make_model;
using test::whole;

const std::vector<Flux> central = {Flux::order2, Flux::order4, Flux::order6, Flux::order8};

Cell wrapped(const mesh::Grid& grid, Cell cell) {
  for (int d = 0; d < grid.dimension(); ++d) {
    const Index n = grid.axis(d).cells();
    cell[d] = grid.axis(d).periodic() ? (cell[d] % n + n) % n : cell[d];
  }
  return cell;
}

Array random_field(const mesh::Grid& grid, std::mt19937& random) {
  std::normal_distribution<double> normal;
  return Array::NullaryExpr(grid.cells(), [&](Eigen::Index) { return normal(random); });
}

/// A field of the lattice on a box that may reach beyond it: images where it is periodic, elsewhere zeros.
Array on_box(const mesh::Grid& grid, const Array& field, const Box& box) {
  return Array::NullaryExpr(box.cells(), [&](Eigen::Index i) {
    const Cell cell = wrapped(grid, box.cell(i));
    return whole(grid).contains(cell) ? field(whole(grid).position(cell)) : 0.;
  });
}

/// L P or Lᵀ P by the rows of an assembled generator, and Σ|L||P|.
struct Applied {
  Array value;
  Array size;
};

Applied assembled(const mesh::Grid& grid, const Generator& g, const Array& field, bool transposed) {
  const Box box = whole(grid);
  Applied result{Array::Zero(box.cells()), Array::Zero(box.cells())};
  for (Index row = 0; row < box.cells(); ++row) {
    for (std::size_t k = 0; k < g.offsets.size(); ++k) {
      Cell cell = box.cell(row);
      for (std::size_t d = 0; d < cell.size(); ++d) {
        cell[d] += g.offsets[k][d];
      }
      cell = wrapped(grid, cell);
      if (box.contains(cell)) {
        const Index other = box.position(cell);
        const double term = g.values(row, static_cast<Eigen::Index>(k)) * field(transposed ? row : other);
        result.value(transposed ? other : row) += term;
        result.size(transposed ? other : row) += std::abs(term);
      }
    }
  }
  return result;
}

/// The same by the operators of a lattice that is cut into boxes.
Array applied(const Discretisation& problem, const Array& field, bool transposed, const std::vector<Box>& boxes) {
  const Box all = whole(problem.grid);
  Array result = Array::Constant(all.cells(), 1e300);
  for (const Box& owned : boxes) {
    const FluxOperator op(problem, owned);
    const Array source = on_box(problem.grid, field, op.box());
    Array values = Array::Constant(owned.cells(), 1e300);
    transposed ? op.apply_transpose(source.data(), values.data(), owned)
               : op.apply(source.data(), values.data(), owned);
    for (Index i = 0; i < owned.cells(); ++i) {
      result(all.position(owned.cell(i))) = values(i);
    }
  }
  return result;
}

/// The lattice, and its two halves along an axis.
std::vector<Box> halves(const mesh::Grid& grid, int axis) {
  Box low = whole(grid);
  Box high = low;
  low.upper[axis] = high.lower[axis] = grid.axis(axis).cells() / 2;
  return {low, high};
}

double difference(const Applied& expected, const Array& found) {
  return ((found - expected.value).abs() / expected.size.max(1e-300)).maxCoeff();
}

void expect_the_same(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme, std::mt19937& random) {
  const Discretisation problem = discretise(sde, grid, scheme, whole(grid));
  const Generator g = generator(problem, whole(grid));
  const Array field = random_field(grid, random);
  for (const bool transposed : {false, true}) {
    const Applied expected = assembled(grid, g, field, transposed);
    for (const auto& boxes : {std::vector<Box>{whole(grid)}, halves(grid, grid.dimension() / 2)}) {
      EXPECT_LT(difference(expected, applied(problem, field, transposed, boxes)), 1e-13)
          << sde.name() << " in " << grid.dimension() << " dimensions, " << to_string(scheme.flux) << ", damping "
          << scheme.damping << (transposed ? ", transposed" : "") << ", boxes " << boxes.size() << ", axes "
          << grid.axes().back().spec().to_string();
    }
  }
}

/// Axes of a few cells more than stencils need, with the ends given; the last one is the longest.
std::vector<std::string> axes_of(int dim, const std::string& ends) {
  const std::vector<std::vector<std::string>> axes = {
      {"linear(-3, 2) 40"},
      {"linear(-2, 2) 12", "linear(-2.5, 2) 19"},
      {"linear(-2, 2) 9", "linear(-1.5, 2) 8", "linear(-2, 2) 14"},
      {"linear(-2, 2) 5", "linear(-2, 2) 6", "linear(-2, 2) 4", "linear(-2, 1) 9"}};
  std::vector<std::string> result = axes[static_cast<std::size_t>(dim - 1)];
  for (std::string& axis : result) {
    axis += " " + ends;
  }
  return result;
}

const std::vector<std::string> all_ends = {"truncated", "reflecting", "periodic", "truncated reflecting",
                                           "reflecting truncated"};

TEST(FluxOperator, IsTheAssembledGeneratorForEveryOrderDampingEndAndDimension) {
  std::mt19937 random(1);
  for (int dim = 1; dim <= 4; ++dim) {
    for (const std::string& ends : all_ends) {
      const auto sde = test::random_formulas({dim, true, false, dim % 2 == 0 ? 300. : 1.}, random);
      const mesh::Grid grid = make_grid(*sde, axes_of(dim, ends));
      for (const Flux flux : dim < 4 ? central : std::vector<Flux>{Flux::order6}) {
        expect_the_same(*sde, grid, {flux, 1}, random);
      }
      expect_the_same(*sde, grid, {Flux::order8, 0}, random);
    }
  }
}

TEST(FluxOperator, IsTheAssembledGeneratorForLinearDriftsAndConstantNoise) {
  std::mt19937 random(2);
  for (int dim = 1; dim <= 4; ++dim) {
    for (const std::string& ends : all_ends) {
      for (const bool diagonal : {false, true}) {
        const auto sde = test::random_relaxation(dim, diagonal, random);
        const mesh::Grid grid = make_grid(*sde, axes_of(dim, ends));
        expect_the_same(*sde, grid, {dim % 2 == 0 ? Flux::order8 : Flux::order6, 1}, random);
        expect_the_same(*sde, grid, {dim % 2 == 0 ? Flux::order4 : Flux::order2, .5}, random);
      }
    }
  }
}

TEST(FluxOperator, IsTheAssembledGeneratorWhereNoiseVanishesAndDampingActs) {
  std::mt19937 random(3);
  for (int dim = 1; dim <= 4; ++dim) {
    for (const std::string& ends : all_ends) {
      const auto sde = test::random_formulas({dim, dim > 2, true, 20}, random);
      const mesh::Grid grid = make_grid(*sde, axes_of(dim, ends));
      for (const Flux flux : dim < 4 ? central : std::vector<Flux>{Flux::order2, Flux::order8}) {
        expect_the_same(*sde, grid, {flux, flux == Flux::order4 ? .3 : 1}, random);
      }
    }
  }
  const auto two_modes = make_model({{"name", "momentum-regression"}, {"rho", "1 .4"}});
  const mesh::Grid grid = make_grid(
      *two_modes, {"linear(-.4, .4) 7", "linear(-2, 2) 6", "linear(-.5, .5) 8 reflecting", "linear(-1.5, 1.6) 9"});
  for (const Flux flux : central) {
    expect_the_same(*two_modes, grid, {flux, 1}, random);
  }
}

TEST(FluxOperator, IsTheAssembledGeneratorOnMappedAxes) {
  std::mt19937 random(4);
  const std::vector<std::string> maps = {"log(.1, 6) 11", "sinh(-2, 3, .4) 10 reflecting", "tanh(-1, 2, 1.5) 6",
                                         "sinh(-2, 2, 1) 7"};
  for (int dim = 1; dim <= 4; ++dim) {
    const auto sde = test::random_formulas({dim, true}, random);
    const mesh::Grid grid = make_grid(*sde, {maps.begin(), maps.begin() + dim});
    for (const Flux flux : central) {
      expect_the_same(*sde, grid, {flux, 1}, random);
    }
  }
}

TEST(FluxOperator, IsTheAssembledGeneratorOfCoefficientsOfFewVariables) {
  std::mt19937 random(5);
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y z"},
                               {"drift.x", "-x + sin(y)*z"},
                               {"drift.y", "x*y"},
                               {"drift.z", "50*exp(-y^2)"},
                               {"noise.x.1", "1 + .1*cos(y)"},
                               {"noise.y.2", ".3*z"},
                               {"noise.y.1", ".2"},
                               {"noise.z.3", "1e-3"}});
  for (const std::string& ends : all_ends) {
    const mesh::Grid grid = make_grid(*sde, axes_of(3, ends));
    for (const Flux flux : central) {
      expect_the_same(*sde, grid, {flux, 1}, random);
    }
  }
}

TEST(FluxOperator, IsTheAssembledGeneratorOnRowsAndBoxesLongerThanItsTiles) {
  std::mt19937 random(6);
  const auto sde = test::random_formulas({2, true, false, 30}, random);
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 19", "linear(-2.5, 2) 1100"});
  expect_the_same(*sde, grid, {Flux::order8, 1}, random);
}

TEST(FluxOperator, LosesNoMassAndItsTransposeIsTheTranspose) {
  std::mt19937 random(7);
  for (int dim = 1; dim <= 4; ++dim) {
    const auto sde = test::random_formulas({dim, true, false, 10}, random);
    const mesh::Grid grid = make_grid(*sde, axes_of(dim, dim == 3 ? "periodic" : "reflecting"));
    const Discretisation problem = discretise(*sde, grid, {Flux::order8, 1}, whole(grid));
    const FluxOperator op(problem, whole(grid));
    const Array p = random_field(grid, random);
    const Array u = random_field(grid, random);
    const Array lp = applied(problem, p, false, {whole(grid)});
    const Array ltu = applied(problem, u, true, {whole(grid)});
    const Applied ones = assembled(grid, generator(problem, whole(grid)), Array::Ones(p.size()), true);
    EXPECT_NEAR((u * lp).sum(), (ltu * p).sum(), 1e-13 * (op.rates() * (u * p).abs()).sum());
    EXPECT_LT((applied(problem, Array::Ones(p.size()), true, {whole(grid)}) / ones.size).abs().maxCoeff(), 1e-14);
  }
}

TEST(FluxOperator, RatesAreTheSizesOfColumnsToAFactorOfAboutOne) {
  std::mt19937 random(8);
  for (int dim = 1; dim <= 4; ++dim) {
    const auto sde = test::random_formulas({dim}, random);
    const mesh::Grid grid = make_grid(*sde, axes_of(dim, "periodic"));
    const Discretisation problem = discretise(*sde, grid, {Flux::order8, 0}, whole(grid));
    const Applied ones = assembled(grid, generator(problem, whole(grid)), Array::Ones(grid.cells()), true);
    const Array ratio = FluxOperator(problem, whole(grid)).rates() / ones.size;
    EXPECT_GT(ratio.minCoeff(), .99);
    EXPECT_LT(ratio.maxCoeff(), 2);
  }
}

TEST(FluxOperator, ChangesOnlyTheCellsThatItIsAskedFor) {
  std::mt19937 random(9);
  const auto sde = test::random_formulas({3, true}, random);
  const mesh::Grid grid = make_grid(*sde, axes_of(3, "truncated"));
  const Discretisation problem = discretise(*sde, grid, {Flux::order4, 1}, whole(grid));
  const FluxOperator op(problem, whole(grid));
  const Array p = on_box(grid, random_field(grid, random), op.box());
  Array all = Array::Zero(grid.cells());
  op.apply(p.data(), all.data(), whole(grid));
  const Box part{{2, 3, 4, 0}, {5, 7, 13, 1}};
  Array some = Array::Constant(grid.cells(), 7.);
  op.apply(p.data(), some.data(), part);
  for (Index i = 0; i < grid.cells(); ++i) {
    EXPECT_EQ(some(i), part.contains(whole(grid).cell(i)) ? all(i) : 7.);
  }
}

TEST(FluxOperator, InnerCellsDoNotReadCellsOfOthers) {
  std::mt19937 random(10);
  const auto sde = test::random_formulas({2, true}, random);
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 24", "linear(-2, 2) 20 periodic"});
  const Discretisation problem = discretise(*sde, grid, {Flux::order6, 1}, whole(grid));
  const Box owned = halves(grid, 0).front();
  const FluxOperator op(problem, owned);
  EXPECT_EQ(op.inner().lower, (Cell{0, 3, 0, 0}));
  EXPECT_EQ(op.inner().upper, (Cell{9, 17, 1, 1}));
  Array density = on_box(grid, random_field(grid, random), op.box());
  for (Index i = 0; i < density.size(); ++i) {
    density(i) = owned.contains(op.box().cell(i)) || op.box().cell(i)[0] < 0 ? density(i) : std::nan("");
  }
  for (const bool transposed : {false, true}) {
    Array result = Array::Zero(owned.cells());
    transposed ? op.apply_transpose(density.data(), result.data(), op.inner())
               : op.apply(density.data(), result.data(), op.inner());
    EXPECT_TRUE(result.allFinite());
  }
}

TEST(FluxOperator, OfALinearModelHoldsNothingPerCell) {
  const auto sde = make_model({{"name", "momentum-regression"}, {"rho", "1 .4"}});
  const auto bytes = [&](Index n) {
    const std::string cells = std::to_string(n);
    const mesh::Grid grid = make_grid(
        *sde, {"linear(-1, 1) " + cells, "linear(-5, 5) " + cells, "linear(-1, 1) " + cells, "linear(-4, 4) " + cells});
    return FluxOperator(discretise(*sde, grid, {Flux::order8, 1}, whole(grid)), whole(grid)).bytes();
  };
  EXPECT_LT(bytes(24) - bytes(16), 16. * (24 * 24 - 16 * 16) * sizeof(double)) << "lines, and the damping in planes";
}

TEST(FluxOperator, OfCoefficientsThatAreNumbersNowhereIsRefused) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "sqrt(x + 1.9)"},
                               {"drift.y", "-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.2", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 40", "linear(-2, 2) 30"});
  const Discretisation problem = discretise(*sde, grid, {Flux::order2, 0}, whole(grid));
  EXPECT_TRUE(test::has(test::error_of([&] { FluxOperator(problem, whole(grid)); }), "NaN"));
}

TEST(FluxOperator, IsForCentralFluxesOnly) {
  std::mt19937 random(11);
  const auto sde = test::random_formulas({1}, random);
  const auto possible = [&](const std::string& axis, Flux flux) {
    const mesh::Grid grid = make_grid(*sde, {axis});
    return FluxOperator::possible(discretise(*sde, grid, {flux, 1}, whole(grid)));
  };
  EXPECT_TRUE(possible("linear(-2, 2) 30", Flux::order2));
  EXPECT_TRUE(possible("linear(-2, 2) 30", Flux::limited)) << "as long as no cell is troubled";
  EXPECT_FALSE(possible("linear(-2, 2) 30", Flux::monotone));
  EXPECT_FALSE(possible("linear(-2, 2) 30", Flux::exact));
  EXPECT_FALSE(possible("linear(-2, 2) 30 absorbing", Flux::order8));
}

}  // namespace
}  // namespace sgdflux::fv
