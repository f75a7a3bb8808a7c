/// Facts that hold for the generator of any model: conservation, signs, consistency with its own face fluxes.
#include "sgdflux/fv/generator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/numerics.hpp"

namespace sgdflux::fv {
namespace {

using test::make_grid;
using test::make_model;

const std::vector<Flux> central = {Flux::order2, Flux::order4, Flux::order6, Flux::order8};

std::vector<std::string> mixed_axes(int dim, bool periodic) {
  const std::string end = periodic ? " periodic" : "";
  const std::vector<std::vector<std::string>> axes = {
      {periodic ? "linear(-3, 2) 61 periodic" : "sinh(-3, 2, 0.4) 61"},
      {"linear(-2, 2) 12" + end, "sinh(-2.5, 2, 1) 11"},
      {"linear(-2, 2) 9", "linear(-1.5, 2) 8" + end, "sinh(-2, 2, 1) 9"},
      {"linear(-2, 2) 5", "linear(-2, 2) 6" + end, "tanh(-2, 2, 1) 4", "linear(-2, 1) 5"}};
  return axes[static_cast<std::size_t>(dim - 1)];
}

/// Largest |Σ_r L_rc| over columns, in units of Σ_r |L_rc|.
double leak(const Eigen::MatrixXd& matrix) {
  const Eigen::ArrayXd size = matrix.cwiseAbs().colwise().sum().array().transpose().max(1e-300);
  return (matrix.colwise().sum().array().transpose() / size).abs().maxCoeff();
}

void expect_conservation(const model::Sde& sde, const mesh::Grid& grid, const Scheme& scheme) {
  EXPECT_LT(leak(test::dense(sde, grid, scheme)), 3e-15) << sde.name() << ", " << grid.dimension() << " dimensions, "
                                                         << to_string(scheme.flux) << ", damping " << scheme.damping;
}

void expect_jump_process(const model::Sde& sde, const mesh::Grid& grid, Flux flux) {
  const Generator generator = test::make_generator(sde, grid, {flux, 0});
  EXPECT_EQ(audit(generator).most_negative, 0) << "a rate is negative";
  const Eigen::MatrixXd matrix = test::dense(grid, generator);
  EXPECT_LT(leak(matrix), 3e-15);
  EXPECT_LE(matrix.diagonal().maxCoeff(), 0);
  EXPECT_TRUE(matrix.allFinite());
}

TEST(Generator, ColumnsSumToZeroForRandomModelsAnyFluxAndOneToFourDimensions) {
  std::mt19937 random(1);
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto formulas = test::random_formulas({dim, true}, random);
      const auto relaxation = test::random_relaxation(dim, false, random);
      for (const model::Sde* sde : {formulas.get(), relaxation.get()}) {
        const mesh::Grid grid = make_grid(*sde, mixed_axes(dim, periodic));
        for (const Flux flux : central) {
          expect_conservation(*sde, grid, {flux, 0});
        }
        expect_conservation(*sde, grid, {Flux::order8, 1});
        expect_conservation(*sde, grid, {Flux::order2, .5});
      }
    }
  }
}

TEST(Generator, ColumnsSumToZeroForTwoPointFluxes) {
  std::mt19937 random(2);
  for (int dim = 1; dim <= 4; ++dim) {
    for (const bool periodic : {false, true}) {
      const auto sde = test::random_formulas({dim}, random);
      const mesh::Grid grid = make_grid(*sde, mixed_axes(dim, periodic));
      expect_conservation(*sde, grid, {Flux::monotone, 0});
      if (dim == 1) {
        expect_conservation(*sde, grid, {Flux::exact, 0});
      }
    }
  }
}

TEST(Monotone, OffDiagonalsAreNotNegativeForRandomModels) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 24; ++trial) {
    const int dim = 1 + trial % 4;
    const auto formulas = test::random_formulas({dim, false, trial % 3 == 0, trial % 2 == 0 ? 1. : 1e4}, random);
    const auto relaxation = test::random_relaxation(dim, true, random);
    for (const model::Sde* sde : {formulas.get(), relaxation.get()}) {
      expect_jump_process(*sde, make_grid(*sde, mixed_axes(dim, trial % 5 == 0)), Flux::monotone);
    }
  }
}

TEST(Exact, OffDiagonalsAreNotNegativeForRandomModels) {
  std::mt19937 random(4);
  for (int trial = 0; trial < 40; ++trial) {
    const auto sde = test::random_formulas({1, false, trial % 3 == 0, std::pow(10., trial % 8)}, random);
    expect_jump_process(*sde, make_grid(*sde, mixed_axes(1, trial % 2 == 0)), Flux::exact);
  }
}

TEST(TwoPointFluxes, StayJumpProcessesWhereNoiseVanishesAtACentreOrEverywhere) {
  for (const char* noise : {"0", "x", "x^2 - 1", "x > 0 ? 1 : 0", "1e-9"}) {
    const auto sde =
        make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "1 - x^3"}, {"noise.x.1", noise}});
    for (const char* axis : {"linear(-2.5, 2.5) 5", "linear(-2, 2) 16", "linear(-2, 2) 16 periodic"}) {
      expect_jump_process(*sde, make_grid(*sde, {axis}), Flux::exact);
    }
  }
}

TEST(TwoPointFluxes, StayJumpProcessesForExponentsBeyondThirty) {
  // Δψ = 2bh/a per edge: from 8 to 8e300.
  for (const double drift : {-1e300, -1e6, -40., 40., 1e3, 1e6, 1e300}) {
    const auto sde = make_model({{"name", "formula"},
                                 {"variables", "x"},
                                 {"drift.x", test::number(drift) + "*(1 + 0.3*sin(x))"},
                                 {"noise.x.1", "1"}});
    expect_jump_process(*sde, make_grid(*sde, {"linear(0, 4) 40"}), Flux::exact);
  }
}

TEST(TwoPointFluxes, JoinContinuouslyWhereTheExponentPassesThirty) {
  // A constant slope ψ' changes sides of the switch by its size only. Ten Gauss points integrate e^{−30t} to 2e−5.
  const auto rates = [](double drift) {
    const auto sde =
        make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", test::number(drift)}, {"noise.x.1", "1"}});
    return test::dense(*sde, make_grid(*sde, {"linear(0, 4) 4"}), {Flux::exact, 0});
  };
  for (const double sign : {-1., 1.}) {
    const Eigen::MatrixXd below = rates(sign * (15 - 1e-9));
    const Eigen::MatrixXd above = rates(sign * (15 + 1e-9));
    EXPECT_LT((below - above).cwiseAbs().maxCoeff(), 5e-5 * below.cwiseAbs().maxCoeff());
  }
}

TEST(Generator, TimesDensityIsMinusTheDivergenceOfItsFaceFluxes) {
  std::mt19937 random(5);
  for (int dim = 1; dim <= 4; ++dim) {
    const auto sde = test::random_formulas({dim, true}, random);
    const mesh::Grid grid = make_grid(*sde, mixed_axes(dim, false));
    const mesh::Box box = test::whole(grid);
    const Eigen::ArrayXd density = Eigen::ArrayXd::Random(box.cells());
    for (const Scheme& scheme : {Scheme{Flux::order4, 1}, Scheme{Flux::order8, .3}}) {
      const Discretisation problem = discretise(*sde, grid, scheme, box);
      Eigen::ArrayXd divergence = Eigen::ArrayXd::Zero(box.cells());
      for (int axis = 0; axis < dim; ++axis) {
        const FaceFlux flux = face_flux(problem, axis, box);
        const Eigen::ArrayXd faces = apply(flux, box, density);
        for (Index i = 0; i < box.cells(); ++i) {
          mesh::Cell above = box.cell(i);
          divergence(i) -= faces(flux.faces.position(above)) / grid.axis(axis).spacing();
          above[static_cast<std::size_t>(axis)] += 1;
          divergence(i) += faces(flux.faces.position(above)) / grid.axis(axis).spacing();
        }
      }
      const Eigen::MatrixXd matrix = test::dense(grid, generator(problem, box));
      const Eigen::ArrayXd rate = (matrix * density.matrix()).array();
      EXPECT_LT((rate + divergence).abs().maxCoeff(), 1e-13 * matrix.cwiseAbs().rowwise().sum().maxCoeff()) << dim;
    }
  }
}

TEST(Generator, IsAssembledFromPartsOfTheGridAsFromTheWhole) {
  std::mt19937 random(6);
  const auto sde = test::random_formulas({2, true}, random);
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 14 periodic", "linear(-2, 2) 13"});
  const mesh::Box box = test::whole(grid);
  const Discretisation problem = discretise(*sde, grid, {Flux::order6, 1}, box);
  const Generator all = generator(problem, box);
  const mesh::Partition partition(grid, 6);
  for (int rank = 0; rank < 6; ++rank) {
    const Generator part = generator(problem, partition.owned(rank));
    ASSERT_EQ(part.offsets, all.offsets);
    for (Index i = 0; i < part.cells.cells(); ++i) {
      EXPECT_EQ((part.values.row(i) - all.values.row(box.position(part.cells.cell(i)))).abs().maxCoeff(), 0);
    }
  }
}

TEST(Adjoint, OfPolynomialsIsTheBackwardOperatorExactlyAwayFromWalls) {
  // Central differences sum by parts: (Lᵀf)(x) = b·∇f + ½a:∇∇f for polynomials f up to degree 2m, whatever b and a.
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "sin(3*y) - x^3"},
                               {"drift.y", "exp(-x^2)"},
                               {"noise.x.1", "1 + 0.5*cos(x + y)"},
                               {"noise.y.1", "0.3*y"},
                               {"noise.y.2", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-2, 2) 17", "linear(-2, 2) 18"});
  const mesh::Box box = test::whole(grid);
  const Batch p = physical(grid, centres(grid, box));
  const Eigen::ArrayXd x = p.col(0);
  const Eigen::ArrayXd y = p.col(1);
  const Batch b = sde->drift(p);
  const Batch a = sde->diffusion(p);
  for (const Flux flux : central) {
    const Eigen::MatrixXd matrix = test::dense(*sde, grid, {flux, 0});
    const auto adjoint = [&](const Eigen::ArrayXd& f) {
      return Eigen::ArrayXd((matrix.transpose() * f.matrix()).array());
    };
    const Index m = half_width(flux);
    for (Index i = 0; i < box.cells(); ++i) {
      const mesh::Cell c = box.cell(i);
      if (c[0] < 2 * m || c[0] >= 17 - 2 * m || c[1] < 2 * m || c[1] >= 18 - 2 * m) {
        continue;
      }
      EXPECT_NEAR(adjoint(x)(i), b(i, 0), 1e-11);
      EXPECT_NEAR(adjoint(x * y)(i), y(i) * b(i, 0) + x(i) * b(i, 1) + a(i, 1), 1e-10) << to_string(flux);
      EXPECT_NEAR(adjoint(y.square())(i), 2 * y(i) * b(i, 1) + a(i, 2), 1e-10);
    }
  }
}

TEST(Adjoint, OfOneIsZero) {
  std::mt19937 random(7);
  const auto sde = test::random_formulas({3, true}, random);
  const mesh::Grid grid = make_grid(*sde, mixed_axes(3, true));
  const Eigen::MatrixXd matrix = test::dense(*sde, grid, {Flux::order8, 1});
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(matrix.rows());
  EXPECT_LT((matrix.transpose() * ones).cwiseAbs().maxCoeff(), 1e-14 * matrix.cwiseAbs().colwise().sum().maxCoeff());
}

TEST(Generator, OnTheExactDensityLeavesAResidualOfItsOrder) {
  // Correlated multiplicative noise and a rotating current: b = ½∇·a − a∇U/2 + rotation keeps p = e^{−U}, U = x² + y² +
  // xy/2. a = [[2, c], [c, 2]], c = sin x·cos y: ∇·a = (−sin x·sin y, cos x·cos y).
  const auto sde =
      make_model({{"name", "formula"},
                  {"variables", "x y"},
                  {"drift.x", "-sin(x)*sin(y)/2 - (2*(2*x + y/2) + sin(x)*cos(y)*(2*y + x/2))/2 - (2*y + x/2)"},
                  {"drift.y", "cos(x)*cos(y)/2 - (sin(x)*cos(y)*(2*x + y/2) + 2*(2*y + x/2))/2 + (2*x + y/2)"},
                  {"noise.x.1", "sqrt(2)"},
                  {"noise.y.1", "sin(x)*cos(y)/sqrt(2)"},
                  {"noise.y.2", "sqrt(2 - (sin(x)*cos(y))^2/2)"}});
  const auto residual = [&](Index cells, const Scheme& scheme) {
    const std::string axis = "linear(-6.5, 6.5) " + std::to_string(cells);
    const mesh::Grid grid = make_grid(*sde, {axis, axis});
    const mesh::Box box = test::whole(grid);
    const Batch p = physical(grid, centres(grid, box));
    const Eigen::ArrayXd density = (-p.col(0).square() - p.col(1).square() - .5 * p.col(0) * p.col(1)).exp();
    const Generator generator = test::make_generator(*sde, grid, scheme);
    Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(box.cells());
    for (Index i = 0; i < box.cells(); ++i) {
      for (std::size_t k = 0; k < generator.offsets.size(); ++k) {
        mesh::Cell cell = box.cell(i);
        cell[0] += generator.offsets[k][0];
        cell[1] += generator.offsets[k][1];
        sum(i) +=
            box.contains(cell) ? generator.values(i, static_cast<Eigen::Index>(k)) * density(box.position(cell)) : 0;
      }
    }
    return sum.abs().maxCoeff();
  };
  for (const Flux flux : central) {
    const double coarse = residual(72, {flux, 1});
    const double fine = residual(96, {flux, 1});
    EXPECT_GT(std::log(coarse / fine) / std::log(96. / 72), order(flux) - .5)
        << to_string(flux) << ' ' << coarse << ' ' << fine;
    EXPECT_LT(fine, .2);
  }
}

TEST(Exact, InMoreThanOneVariableIsRefused) {
  std::mt19937 random(9);
  const auto sde = test::random_relaxation(2, true, random);
  const mesh::Grid grid = make_grid(*sde, mixed_axes(2, false));
  const std::string message = test::error_of([&] {
    static_cast<void>(discretise(*sde, grid, {Flux::exact, 0}, test::whole(grid)));
  });
  EXPECT_TRUE(test::has(message, "exact") && test::has(message, "one variable")) << message;
}

TEST(Generator, WithNaNCoefficientsNamesThePointForEveryFlux) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-sqrt(x + 1)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-1.5, 1.5) 6"});
  for (const std::string& name : flux_names()) {
    const std::string message = test::error_of([&] {
      static_cast<void>(test::make_generator(*sde, grid, {parse_flux(name), 0}));
    });
    EXPECT_TRUE(test::has(message, "x = -1.25")) << name << ": " << message;
  }
}

TEST(TwoPointFluxes, WithNaNBetweenTheCentresNameThePoint) {
  // The centres ±0.5, ±1.5 … are fine; the edges' own points are not.
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "sqrt(abs(x) - 0.3)"}, {"noise.x.1", "1"}});
  const mesh::Grid grid = make_grid(*sde, {"linear(-3, 3) 6"});
  for (const Flux flux : {Flux::exact, Flux::monotone}) {
    const std::string message = test::error_of([&] { static_cast<void>(test::make_generator(*sde, grid, {flux, 0})); });
    EXPECT_TRUE(test::has(message, "NaN") && test::has(message, "x = ")) << message;
  }
}

TEST(Generator, OfAnotherParameterIsAnotherGenerator) {
  const auto build = [](const char* rate) {
    const auto sde = make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", rate}, {"noise_matrix", "1"}});
    return test::dense(*sde, make_grid(*sde, {"linear(-4, 4) 20"}), {Flux::order4, 0});
  };
  const Eigen::MatrixXd one = build("1");
  const Eigen::MatrixXd two = build("2");
  EXPECT_GT((one - two).cwiseAbs().maxCoeff(), .1);
  EXPECT_EQ((one - build("1")).cwiseAbs().maxCoeff(), 0) << "nothing is remembered from the build between";
}

TEST(Fluxes, HaveNamesThatParse) {
  for (const std::string& name : flux_names()) {
    EXPECT_EQ(to_string(parse_flux(name)), name);
  }
  EXPECT_TRUE(test::has(test::error_of([] { static_cast<void>(parse_flux("order88")); }), "order8"));
}

}  // namespace
}  // namespace sgdflux::fv
