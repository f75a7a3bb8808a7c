/// Observed orders and spectra where they are hardest: noise in one variable only and a nonlinear drift, with an exact
/// density. Kinetic Gibbs: dx = v dt, dv = −V'(x) dt − Γv dt + √(2ΓΘ) dW, p ∝ exp(−(v²/2 + V)/Θ); V = x²/2 + x⁴/4.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "sgdflux/theory/gibbs.hpp"
#include "support/solving.hpp"

namespace sgdflux::test {
namespace {

constexpr double friction = 1;
constexpr double temperature = .5;

std::unique_ptr<model::Sde> oscillator() {
  return make_model({{"name", "formula"},
                     {"variables", "x v"},
                     {"drift.x", "v"},
                     {"drift.v", "-x - x^3 - " + number(friction) + "*v"},
                     {"noise.v.1", "sqrt(" + number(2 * friction * temperature) + ")"}});
}

Eigen::ArrayXd log_density(const core::Batch& points) {
  static const theory::KineticGibbsLaw law([](double x) { return x * x / 2 + x * x * x * x / 4; }, temperature);
  return Eigen::ArrayXd::NullaryExpr(points.rows(),
                                     [&](Eigen::Index i) { return law.log_density(points(i, 0), points(i, 1)); });
}

struct Axes {
  std::string x, v;  ///< with bounds
  [[nodiscard]] std::vector<std::string> of(Index cells) const {
    return {x + " " + std::to_string(cells), v + " " + std::to_string(cells)};
  }
};
const Axes uniform{"linear(-2.7, 2.7)", "linear(-5, 5)"};
const Axes mapped{"sinh(-2.8, 2.8, 2)", "tanh(-5.5, 5.5, 0.8)"};

Convergence errors(const Axes& axes, const fv::Scheme& scheme, const std::vector<Index>& cells) {
  const auto sde = oscillator();
  return measure(cells, [&](Index n) {
    const Solved answer = solved(*sde, axes.of(n), scheme);
    EXPECT_TRUE(answer.result.converged && answer.result.simple) << answer.result.reason;
    return answer.distance(log_density(answer.points));
  });
}

struct Expectation {
  fv::Flux flux;
  double ceiling;         ///< L¹ error on the finest grid, central
  double damped_ceiling;  ///< upwind-biased
};

void expect_orders(const Axes& axes, const std::vector<Index>& cells, const std::vector<Expectation>& expectations) {
  for (const auto& [flux, ceiling, damped_ceiling] : expectations) {
    const int k = fv::order(flux);
    const Convergence central = errors(axes, {flux, 0}, cells);
    EXPECT_GE(central.order(), k - .5) << fv::to_string(flux) << " undamped  " << central.text();
    EXPECT_LE(central.errors.back(), ceiling) << fv::to_string(flux) << " undamped  " << central.text();
    const Convergence damped = errors(axes, {flux, 1}, cells);
    EXPECT_GE(damped.order(), k - 1.5) << fv::to_string(flux) << " damped  " << damped.text();
    EXPECT_LE(damped.errors.back(), damped_ceiling) << fv::to_string(flux) << " damped  " << damped.text();
  }
}

TEST(KineticGibbs, ConvergesWithItsOrderForNonlinearDriftAndNoiseInOneVariableOnly) {
  expect_orders(uniform, {32, 48, 64, 88},
                {{fv::Flux::order2, 1e-2, 1e-2},
                 {fv::Flux::order4, 3e-4, 1e-3},
                 {fv::Flux::order6, 2e-5, 1e-4},
                 {fv::Flux::order8, 2e-6, 2e-5}});
}

TEST(KineticGibbs, ConvergesWithItsOrderOnMappedAxes) {
  expect_orders(mapped, {32, 48, 64, 88},
                {{fv::Flux::order2, 1e-2, 1e-2},
                 {fv::Flux::order4, 3e-4, 1e-3},
                 {fv::Flux::order6, 5e-5, 2e-4},
                 {fv::Flux::order8, 1e-5, 5e-5}});
}

TEST(KineticGibbs, MonotoneConvergesWithFirstOrderAndStaysPositive) {
  const auto sde = oscillator();
  const Convergence family = measure({40, 60, 80, 120}, [&](Index n) {
    const Solved answer = solved(*sde, uniform.of(n), {fv::Flux::monotone, 0});
    EXPECT_GE(answer.result.density.minCoeff(), 0);
    return answer.distance(log_density(answer.points));
  });
  EXPECT_GE(family.order(), .75) << family.text();
  EXPECT_LE(family.order(), 1.3) << family.text();
  EXPECT_LE(family.errors.back(), .1) << family.text();
}

/// Eigenvalues with |λ| below and real parts above rounding, in units of the largest modulus.
void expect_spectrum(const fv::Scheme& scheme) {
  const auto sde = oscillator();
  const Eigen::MatrixXd matrix = dense(*sde, make_grid(*sde, uniform.of(22)), scheme);
  const Eigen::VectorXcd lambda = Eigen::EigenSolver<Eigen::MatrixXd>(matrix, false).eigenvalues();
  const double rounding = 1e-10 * lambda.cwiseAbs().maxCoeff();
  EXPECT_EQ((lambda.array().abs() < rounding).count(), 1)
      << fv::to_string(scheme.flux) << " damping " << scheme.damping;
  EXPECT_EQ((lambda.array().real() > rounding).count(), 0)
      << fv::to_string(scheme.flux) << " damping " << scheme.damping;
}

TEST(KineticGibbs, HasOneZeroEigenvalueAndNoneWithPositiveRealPart) {
  for (const fv::Flux flux : {fv::Flux::order2, fv::Flux::order4, fv::Flux::order6, fv::Flux::order8}) {
    expect_spectrum({flux, 0});
    expect_spectrum({flux, 1});
  }
  expect_spectrum({fv::Flux::monotone, 0});
}

TEST(KineticGibbs, SlowestEigenvaluesOfTheDampedSchemeAreThoseOfTheRelaxation) {
  // Linear force instead: λ± = γ ± iδ with 2γ = Γ and ω = 1, exactly −(n₁λ₊ + n₂λ₋).
  const auto sde = make_model(
      {{"name", "formula"}, {"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "-x - v"}, {"noise.v.1", "1"}});
  const Eigen::MatrixXd matrix =
      dense(*sde, make_grid(*sde, {"linear(-6, 6) 26", "linear(-6, 6) 26"}), {fv::Flux::order8, 1});
  const Eigen::VectorXcd lambda = Eigen::EigenSolver<Eigen::MatrixXd>(matrix, false).eigenvalues();
  const std::complex<double> pair(-.5, std::sqrt(.75));
  EXPECT_LT((lambda.array() - pair).abs().minCoeff(), 1e-5);
  EXPECT_LT((lambda.array() - 2. * pair).abs().minCoeff(), 1e-3);
  EXPECT_LT((lambda.array() + 1.).abs().minCoeff(), 1e-3) << "λ₊ + λ₋";
  EXPECT_EQ((lambda.array().real() > -.49).count(), 1) << "only the stationary state decays more slowly";
}

}  // namespace
}  // namespace sgdflux::test
