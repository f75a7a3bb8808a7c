/// Densities that must not be negative: the monotone scheme for correlated noise, and limited fluxes where noise is
/// missing.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <random>

#include "sgdflux/theory/gibbs.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"
#include "study/solution.hpp"
#include "support/solving.hpp"
#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

/// Noise of the given anisotropy turned by half a radian, and a drift that rotates: no detailed balance.
std::unique_ptr<model::Sde> rotating(double anisotropy) {
  const double c = std::sqrt(2) * std::cos(.5);
  const double s = std::sqrt(2) * std::sin(.5);
  const double r = 1 / std::sqrt(anisotropy);
  return make_model({{"name", "ornstein-uhlenbeck"},
                     {"drift_matrix", "1 -2; 2 1"},
                     {"noise_matrix", number(c) + " " + number(-r * s) + "; " + number(s) + " " + number(r * c)}});
}

Convergence rotating_errors(double anisotropy) {
  const auto sde = rotating(anisotropy);
  return measure({24, 48, 96, 144}, [&](Index n) {
    const auto answer = study_of(*sde, {symmetric_axis(.75, 6, n), symmetric_axis(.75, 6, n)}, {"monotone", -1, false});
    EXPECT_EQ(answer.audit.negative_mass, 0);
    // Isotropic noise is diagonal to rounding only: with the last bit goes the choice between jumps and fitted fluxes.
    EXPECT_GE(answer.scheme_numbers.at("added_diffusion"), anisotropy > 1 ? 1e-6 : 0);
    return answer.reference ? answer.reference->l1.value_or(9) : 9;
  });
}

TEST(MonotoneFlux, OfARotatingDriftConvergesWithFirstOrderOrBetterUpToAnisotropy100) {
  for (const auto& [anisotropy, ceiling] : {std::pair{1., 2e-3}, {10., 4e-3}, {100., 5e-2}}) {
    const Convergence family = rotating_errors(anisotropy);
    EXPECT_GE(family.order(), 1) << family.text();
    EXPECT_LE(family.errors.back(), ceiling) << family.text();
  }
}

TEST(MonotoneFlux, IsExactForDetailedBalanceWithARotatedVariableTensor) {
  // a = q²R diag(1, 1/100) Rᵀ, q = 1 + ¼ sin(x + 2y), and b = −½a∇V + ½∇·a for V = x⁴/2 − x² + x y + y².
  const double c = std::cos(.7);
  const double s = std::sin(.7);
  const double l = .01;
  const double a[2][2] = {{c * c + l * s * s, c * s * (1 - l)}, {c * s * (1 - l), s * s + l * c * c}};
  Lines lines{{"name", "formula"}, {"variables", "x y"}};
  const std::string q = "(1 + 0.25*sin(x + 2*y))";
  for (int i = 0; i < 2; ++i) {
    lines.emplace_back(i == 0 ? "drift.x" : "drift.y",
                       "-0.5*" + q + "^2*(" + number(a[i][0]) + "*(2*x^3 - 2*x + y) + " + number(a[i][1]) +
                           "*(x + 2*y)) + " + q + "*0.25*cos(x + 2*y)*(" + number(a[i][0] + 2 * a[i][1]) + ")");
  }
  lines.insert(lines.end(), {{"noise.x.1", q + "*" + number(c)},
                             {"noise.y.1", q + "*" + number(s)},
                             {"noise.x.2", q + "*" + number(-.1 * s)},
                             {"noise.y.2", q + "*" + number(.1 * c)}});
  const auto sde = make_model(lines);
  const Solved answer = solved(*sde, {"linear(-2.6, 2.6) 48", "linear(-4, 4) 40"}, {fv::Flux::monotone, 0});
  ASSERT_TRUE(answer.result.converged) << answer.result.reason;
  EXPECT_GE(answer.result.density.minCoeff(), 0);
  const auto x = answer.points.col(0);
  const auto y = answer.points.col(1);
  Eigen::ArrayXd exact = -(x.pow(4) / 2 - x.square() + x * y + y.square());
  exact -= std::log((exact.exp() * answer.jacobian).sum() * answer.grid.cell_volume());
  EXPECT_LE(answer.distance(exact), 1e-11);
}

TEST(MonotoneFlux, CarriesTheCurrentOfARotatingDriftWithCorrelatedNoise) {
  // Jumps there and back that went different ways would leave loops of current, as large on every grid.
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x-y"},
                               {"drift.y", "x-y"},
                               {"noise.x.1", "1"},
                               {"noise.y.1", ".5"},
                               {"noise.y.2", ".7"}});
  const auto answer = study_of(*sde, {"linear(-4, 4) 80", "linear(-4, 4) 80"}, {"monotone", -1, true});
  const auto& flow = answer.current.quantities;
  EXPECT_NEAR(*flow.at("circulation.x.y").value, .87, 1e-4);  // tr(a)/2: b rotates with unit angular velocity
  EXPECT_LE(std::abs(*flow.at("circulation.x.y").value - .87), *flow.at("circulation.x.y").error);
  EXPECT_NEAR(*flow.at("entropy_production").value, 3.0893857, 1e-3);  // order 8 on two grids agrees to all digits
}

TEST(MonotoneFlux, IsNotTakenForBalancedWhereNoiseIsMissingBetweenSamples) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-(x+0.5*y)"},
                               {"drift.y", "-(0.5*x+0.74*y)"},
                               {"noise.x.1", "1"},
                               {"noise.y.1", ".5"},
                               {"noise.y.2", "(x>0.06 && x<0.58) ? 0 : 0.7"}});
  const auto answer = study_of(*sde, {"linear(-4, 4) 60", "linear(-4, 4) 60"}, {"monotone", -1, false});
  EXPECT_GT(answer.scheme_numbers.at("added_diffusion"), 0);
  EXPECT_NEAR(value(answer, "cov.y.y"), .38, .03);
}

TEST(MonotoneFlux, HasNoNegativeCellForRandomCorrelatedNoise) {
  std::mt19937 random(41);
  for (int trial = 0; trial < 6; ++trial) {
    const int dim = 2 + trial % 2;
    const auto sde = random_formulas({dim, true}, random);
    const std::vector<std::string> axes(static_cast<std::size_t>(dim),
                                        dim == 2 ? "linear(-3, 3) 26" : "linear(-3, 3) 10");
    const Solved answer = solved(*sde, axes, {fv::Flux::monotone, 0});
    EXPECT_TRUE(answer.result.converged) << answer.result.reason;
    EXPECT_GE(answer.result.density.minCoeff(), 0) << trial;
  }
}

/// dx = v dt, dv = −V' dt − v dt + √(2Θ) dW in the double well V = (x² − 1)²/4.
std::unique_ptr<model::Sde> kinetic_double_well(double temperature) {
  return make_model({{"name", "formula"},
                     {"variables", "x v"},
                     {"drift.x", "v"},
                     {"drift.v", "x - x^3 - v"},
                     {"noise.v.1", "sqrt(2*" + number(temperature) + ")"}});
}

double well_distance(const study::Solution& solution, double temperature) {
  const theory::KineticGibbsLaw law([](double x) { return x * x * x * x / 4 - x * x / 2; }, temperature);
  const auto& points = solution.state.points();
  const Eigen::ArrayXd exact = Eigen::ArrayXd::NullaryExpr(points.rows(), [&](Eigen::Index i) {
    return std::exp(law.log_density(points(i, 0), points(i, 1))) * solution.grid.cell_volume();
  });
  return (solution.state.mass - exact).abs().sum();
}

TEST(LimitedFlux, IsPositiveInADegenerateProblemAtTheAccuracyOfOrder8) {
  const auto sde = kinetic_double_well(.25);
  const auto mesh = make_mesh(*sde, {"linear(-2.6, 2.6) 96", "linear(-3.6, 3.6) 96"});
  const auto order8 = study::solve_on(MPI_COMM_SELF, *sde, mesh, {fv::Flux::order8, 1});
  const auto limited = study::solve_on(MPI_COMM_SELF, *sde, mesh, {fv::Flux::limited, 1});
  const auto monotone = study::solve_on(MPI_COMM_SELF, *sde, mesh, {fv::Flux::monotone, 0});
  EXPECT_LT(order8->state.mass.minCoeff(), 0);
  EXPECT_GE(limited->state.mass.minCoeff(), 0);
  EXPECT_GE(monotone->state.mass.minCoeff(), 0);
  EXPECT_LE(well_distance(*order8, .25), 1e-5);
  EXPECT_LE(well_distance(*limited, .25), 1.1 * well_distance(*order8, .25));
  EXPECT_GE(well_distance(*monotone, .25), 1000 * well_distance(*limited, .25));
  EXPECT_LE(limited->result.conservation, 1e-14);
}

TEST(LimitedFlux, IsThatOfOrder8WhereNothingIsNegative) {
  const auto sde = rotating(3);
  const std::string axis = "linear(-1, 1) 30 reflecting reflecting";
  const auto mesh = make_mesh(*sde, {axis, axis});
  const auto order8 = study::solve_on(MPI_COMM_SELF, *sde, mesh, {fv::Flux::order8, 1});
  const auto limited = study::solve_on(MPI_COMM_SELF, *sde, mesh, {fv::Flux::limited, 1});
  ASSERT_GT(order8->state.mass.minCoeff(), 0);
  EXPECT_EQ(limited->limited, 0);
  EXPECT_TRUE((limited->state.mass == order8->state.mass).all());
}

TEST(LimitedFlux, IsChosenWhereOrder8WouldBeNegativeAndSaysSo) {
  const auto cold = study_of(*kinetic_double_well(.02), {"linear(-2.6, 2.6) 64", "linear(-3.6, 3.6) 64"});
  EXPECT_EQ(cold.flux, "limited");
  EXPECT_TRUE(has(cold.why, "negative mass") && has(cold.why, "rank 1 of 2")) << cold.why;
  EXPECT_EQ(cold.audit.negative_mass, 0);
  EXPECT_GT(cold.scheme_numbers.at("limited_cells"), 0);
  expect_covered(cold, "cov.v.v", .02);
  const auto warm = study_of(*kinetic_double_well(.25), {"linear(-2.6, 2.6) 64", "linear(-3.6, 3.6) 64"});
  EXPECT_EQ(warm.flux, "order8");
  EXPECT_TRUE(has(warm.why, "smooth")) << warm.why;
}

}  // namespace
}  // namespace sgdflux::test
