#include "sgdflux/solve/propagate.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/MatrixFunctions>

#include "sgdflux/theory/kunin_2021.hpp"
#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;

/// A model on a mesh with its generator, on one rank.
struct Setting {
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  fv::Generator generator;
  core::Batch x;  ///< physical centres

  Setting(std::unique_ptr<model::Sde> model, const std::vector<std::string>& axes, const fv::Scheme& scheme)
      : sde(std::move(model)),
        grid(test::make_grid(*sde, axes)),
        partition(grid, 1),
        generator(test::make_generator(*sde, grid, scheme)),
        x(fv::physical(grid, fv::centres(grid, test::whole(grid)))) {}

  [[nodiscard]] PropagateProblem problem() const { return {grid, partition, generator}; }
  [[nodiscard]] double integral(const Array& p) const { return p.sum() * grid.cell_volume(); }
  /// Independent Gaussians, of mass one on the mesh. Axes must be linear.
  [[nodiscard]] Array gaussian(const Eigen::VectorXd& mean, const Eigen::VectorXd& deviation) const {
    Array exponent = Array::Zero(x.rows());
    for (Index d = 0; d < x.cols(); ++d) {
      exponent -= ((x.col(d) - mean(d)) / deviation(d)).square() / 2;
    }
    const Array p = exponent.exp();
    return p / integral(p);
  }
  [[nodiscard]] Eigen::VectorXd mean(const Array& p) const {
    return (x.colwise() * p).colwise().sum().transpose() * grid.cell_volume();
  }
  [[nodiscard]] Eigen::MatrixXd covariance(const Array& p) const {
    const Eigen::MatrixXd centred = x.matrix().rowwise() - mean(p).transpose();
    return centred.transpose() * p.matrix().asDiagonal() * centred * grid.cell_volume();
  }
};

Setting relaxation(Index cells) {
  return {test::make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}}),
          {test::symmetric_axis(std::sqrt(.5), 9, cells)},
          {fv::Flux::order8, 0}};
}

const theory::MomentumRegression momentum_theory;

Setting momentum(Index cells) {
  return {test::make_model({{"name", "momentum-regression"}}),
          {test::symmetric_axis(std::sqrt(momentum_theory.position_variance(1)), 9, cells),
           test::symmetric_axis(std::sqrt(momentum_theory.velocity_variance(1)), 9, cells)},
          {fv::Flux::order8, 0}};
}

/// A random reversible-free chain: 30 cells of nonlinear drift and noise.
Setting random_chain(unsigned seed) {
  std::mt19937 random(seed);
  return {test::random_formulas({1, false, false, 1}, random), {"linear(-2, 2) 30"}, {fv::Flux::order2, 0}};
}

double relative(const Array& found, const Array& truth) {
  return (found - truth).matrix().norm() / truth.matrix().norm();
}

/// All answers of one call, which must converge.
std::vector<Propagated> answers(const Setting& setting, const Array& b, const std::vector<double>& times,
                                const PropagateOptions& options = {}, PropagateResult* figures = nullptr) {
  std::vector<Propagated> all;
  const PropagateResult result = propagate(MPI_COMM_SELF, setting.problem(), b, times, options,
                                           [&](const Propagated& answer) { all.push_back(answer); });
  EXPECT_TRUE(result.converged) << result.reason;
  EXPECT_EQ(all.size(), times.size());
  if (figures != nullptr) {
    *figures = result;
  }
  return all;
}

void expect_dense(const Setting& setting, const Array& b, const PropagateOptions& options) {
  const Eigen::MatrixXd l = test::dense(setting.grid, setting.generator);
  const std::vector<double> times{0, 1e-4, .01, .03, .5, 3};
  for (const Propagated& answer : answers(setting, b, times, options)) {
    const Eigen::VectorXd state = (answer.time * l).exp() * b.matrix();
    EXPECT_LE((answer.state.matrix() - state).norm(), 1e-12 * b.matrix().norm()) << answer.time;
    EXPECT_LE((answer.change - (answer.state - b)).matrix().norm(), 1e-14 * b.matrix().norm()) << answer.time;
    EXPECT_LE((answer.rate.matrix() - l * state).norm(), 1e-11 * (l * b.matrix()).norm()) << answer.time;
  }
}

TEST(Propagate, AgreesWithTheExponentialOfADenseMatrix) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const Setting setting = random_chain(seed);
    const Array b = Array::Random(30);
    for (const bool stepwise : {true, false}) {
      expect_dense(setting, b, {1e-13, 90, stepwise});
      expect_dense(setting, b, {1e-13, 12, stepwise});
    }
  }
}

TEST(Propagate, AgreesWithADenseMatrixThatLosesMass) {
  Setting setting = random_chain(5);
  setting.generator.values.col(0) -= Array::LinSpaced(30, 0, 2);
  expect_dense(setting, Array::Random(30).abs(), {});
  const Array b = setting.gaussian(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, .3));
  EXPECT_LT(setting.integral(answers(setting, b, {3}).back().state), .5);
}

void expect_moments(const Setting& setting, const Array& b, const std::vector<double>& times,
                    const std::function<Eigen::VectorXd(double)>& mean,
                    const std::function<Eigen::MatrixXd(double)>& covariance) {
  const Eigen::MatrixXd last = covariance(1e9);
  for (const Propagated& answer : answers(setting, b, times)) {
    const Eigen::ArrayXd scale = last.diagonal().array().sqrt();
    EXPECT_LE(((setting.mean(answer.state) - mean(answer.time)).array() / scale).abs().maxCoeff(), 1e-8) << answer.time;
    const Eigen::ArrayXXd difference = setting.covariance(answer.state) - covariance(answer.time);
    EXPECT_LE((difference.colwise() / scale).abs().maxCoeff(), 1e-8 * scale.maxCoeff()) << answer.time;
    EXPECT_NEAR(setting.integral(answer.state), 1, 1e-13) << answer.time;
    EXPECT_LE(answer.error, 3e-12);
  }
}

TEST(Propagate, RelaxationHasTheMeanAndVarianceOfItsGaussian) {
  const Setting setting = relaxation(80);
  const double start = 1.5;
  const double width = .5;
  std::vector<double> times;
  for (int k = 0; k < 20; ++k) {
    times.push_back(.01 * std::pow(1.5, k));
  }
  expect_moments(
      setting, setting.gaussian(Eigen::VectorXd::Constant(1, start), Eigen::VectorXd::Constant(1, width)), times,
      [&](double t) { return Eigen::VectorXd::Constant(1, start * std::exp(-t)); },
      [&](double t) { return Eigen::MatrixXd::Constant(1, 1, .5 + (width * width - .5) * std::exp(-2 * t)); });
}

TEST(Propagate, MomentumHasTheMeanAndCovarianceOfItsGaussian) {
  const Setting setting = momentum(72);
  const Eigen::Vector2d deviation(std::sqrt(momentum_theory.position_variance(1)),
                                  std::sqrt(momentum_theory.velocity_variance(1)));
  const Eigen::Vector2d start(1.5 * deviation(0), -deviation(1));
  const Eigen::Vector2d width(.8 * deviation(0), 1.1 * deviation(1));
  const Eigen::Matrix2d initial = setting.covariance(setting.gaussian(start, width));
  std::vector<double> times;
  for (int k = 1; k <= 20; ++k) {
    times.push_back(.25 * k);
  }
  expect_moments(
      setting, setting.gaussian(start, width), times,
      [&](double t) { return Eigen::VectorXd(momentum_theory.propagator(1, t) * start); },
      [&](double t) { return Eigen::MatrixXd(momentum_theory.covariance(1, t, initial)); });
}

TEST(Propagate, EndsInTheStationaryDensity) {
  const Setting setting = momentum(48);
  const StationaryResult stationary =
      solve::stationary(MPI_COMM_SELF, {setting.grid, setting.partition, setting.generator}, {});
  const Array b = setting.gaussian(Eigen::Vector2d(.1, 0), Eigen::Vector2d(.1, .3));
  PropagateResult figures;
  const auto all = answers(setting, b, {1e4}, {}, &figures);
  EXPECT_LE(relative(all.back().state, stationary.density), 1e-11);
  EXPECT_NEAR(setting.integral(all.back().state), 1, 1e-13);
  EXPECT_LE(figures.factorisations, 20);
}

TEST(Propagate, KeepsOneFactorisationForUniformTimes) {
  const Setting setting = relaxation(60);
  const Array b = setting.gaussian(Eigen::VectorXd::Constant(1, 1), Eigen::VectorXd::Constant(1, .5));
  PropagateResult figures;
  std::vector<double> times;
  for (int k = 1; k <= 10; ++k) {
    times.push_back(.1 * k);
  }
  const auto all = answers(setting, b, times, {}, &figures);
  EXPECT_EQ(figures.factorisations, 1);
  const auto once = answers(setting, b, {1}, {});
  EXPECT_LE(relative(all.back().state, once.back().state), 1e-12);
}

TEST(Propagate, ChangeHasNoCancellationAtShortTimes) {
  // b = x p: C(t) = ∫x e^{tL}b = ½e^{−t} for every step size of the mesh.
  const Setting setting = relaxation(80);
  const Array density = setting.gaussian(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, std::sqrt(.5)));
  const Array b = setting.x.col(0) * density;
  std::vector<double> times;
  for (int k = 0; k <= 32; ++k) {
    times.push_back(1e-7 * std::pow(10, .25 * k));
  }
  PropagateResult figures;
  for (const Propagated& answer : answers(setting, b, times, {1e-13, 90, false}, &figures)) {
    const double change = setting.integral(setting.x.col(0) * answer.change);
    EXPECT_NEAR(change / (.5 * std::expm1(-answer.time)), 1, 1e-11) << answer.time;
    EXPECT_NEAR(setting.integral(setting.x.col(0) * answer.rate), -.5 * std::exp(-answer.time), 1e-11) << answer.time;
  }
  EXPECT_LE(figures.factorisations, 10);
}

TEST(Propagate, KeepsTheMassOfANetworkWhoseRatesSpanFifteenDecades) {
  for (const fv::Flux flux : {fv::Flux::exact, fv::Flux::order8}) {
    const Setting setting(test::make_model({{"name", "diagonal-network"},
                                            {"T", "0.2"},
                                            {"beta1", "1"},
                                            {"beta2", "1"},
                                            {"alpha1", "2"},
                                            {"alpha2", "2"},
                                            {"alpha3", "3"}}),
                          {"linear(-40, 15) 400"}, {flux, 0});
    const Array xi = fv::centres(setting.grid, test::whole(setting.grid)).col(0);
    Array b = (-(xi + 1).square() / 2).exp();
    b /= setting.integral(b);
    const auto all = answers(setting, b, {.3, 1, 10, 100, 1e4});
    for (const Propagated& answer : all) {
      EXPECT_NEAR(setting.integral(answer.state), 1, 1e-13) << answer.time;
    }
    const StationaryResult stationary =
        solve::stationary(MPI_COMM_SELF, {setting.grid, setting.partition, setting.generator}, {});
    EXPECT_LE(relative(all.back().state, stationary.density), 1e-10);
  }
}

TEST(Propagate, ThatCannotMeetItsToleranceSaysSo) {
  const Setting setting = relaxation(40);
  const Array b = setting.gaussian(Eigen::VectorXd::Constant(1, 1), Eigen::VectorXd::Constant(1, .5));
  int observed = 0;
  const PropagateResult result =
      propagate(MPI_COMM_SELF, setting.problem(), b, {0, 1}, {1e-22, 20, true}, [&](const Propagated&) { ++observed; });
  EXPECT_FALSE(result.converged);
  EXPECT_EQ(observed, 1) << "time 0 only";
  EXPECT_TRUE(test::has(result.reason, "20 vectors") && test::has(result.reason, "1e-22")) << result.reason;
}

TEST(Propagate, OfTheStationaryDensityStaysThere) {
  const Setting setting = relaxation(40);
  const Array p = solve::stationary(MPI_COMM_SELF, {setting.grid, setting.partition, setting.generator}, {}).density;
  for (const bool stepwise : {true, false}) {
    for (const Propagated& answer : answers(setting, p, {1e-3, 1, 1e3}, {1e-13, 90, stepwise})) {
      EXPECT_LE(relative(answer.state, p), 1e-12) << answer.time;
    }
  }
}

struct Spectrum {
  std::vector<Resolved> found;
  PropagateResult result;
};

Spectrum resolved(const Setting& setting, const Array& b, const std::vector<double>& frequencies, double tolerance) {
  Spectrum spectrum;
  spectrum.result = resolvent(MPI_COMM_SELF, setting.problem(), b, frequencies, tolerance,
                              [&](const Resolved& answer) { spectrum.found.push_back(answer); });
  return spectrum;
}

TEST(Resolvent, AgreesWithADenseComplexSolve) {
  const Setting setting = random_chain(7);
  Array b = Array::Random(30);
  b -= b.mean();
  const Eigen::MatrixXcd l = test::dense(setting.grid, setting.generator).cast<std::complex<double>>();
  const std::vector<double> frequencies{1e-3, .1, .7, 1, 30, 1e4};
  const Spectrum spectrum = resolved(setting, b, frequencies, 1e-11);
  ASSERT_TRUE(spectrum.result.converged) << spectrum.result.reason;
  ASSERT_EQ(spectrum.found.size(), frequencies.size());
  for (const Resolved& answer : spectrum.found) {
    const Eigen::MatrixXcd shifted = std::complex<double>(0, answer.frequency) * Eigen::MatrixXcd::Identity(30, 30) - l;
    const Eigen::VectorXcd truth = shifted.partialPivLu().solve(b.matrix().cast<std::complex<double>>());
    EXPECT_LE((answer.real.matrix() - truth.real()).norm(), 1e-10 * truth.norm()) << answer.frequency;
    EXPECT_LE((answer.imaginary.matrix() - truth.imag()).norm(), 1e-10 * truth.norm()) << answer.frequency;
    EXPECT_LE(answer.residual, 1e-11);
  }
}

TEST(Resolvent, OfMomentumIsItsResonance) {
  // b = θp: S(ω) = 2 Re∫θ(iω − L)^{-1}b = 2 Re e₁ᵀ(iω + A)^{-1}e₁ · var θ.
  const Setting setting = momentum(64);
  const double variance = momentum_theory.position_variance(1);
  const Array p = setting.gaussian(
      Eigen::Vector2d::Zero(), Eigen::Vector2d(std::sqrt(variance), std::sqrt(momentum_theory.velocity_variance(1))));
  const Array b = setting.x.col(0) * p;
  std::vector<double> frequencies;
  for (int k = 0; k <= 20; ++k) {
    frequencies.push_back(.01 * std::pow(10, .2 * k));
  }
  const Spectrum spectrum = resolved(setting, b, frequencies, 1e-11);
  ASSERT_TRUE(spectrum.result.converged) << spectrum.result.reason;
  const double stiffness = std::pow(momentum_theory.natural_frequency(1), 2);
  for (const Resolved& answer : spectrum.found) {
    const std::complex<double> w(0, answer.frequency);
    const std::complex<double> exact =
        variance * (w + 2 * momentum_theory.friction()) / (w * (w + 2 * momentum_theory.friction()) + stiffness);
    const std::complex<double> x(setting.integral(setting.x.col(0) * answer.real),
                                 setting.integral(setting.x.col(0) * answer.imaginary));
    EXPECT_LE(std::abs(x - exact), 1e-8 * std::abs(exact)) << answer.frequency;
    EXPECT_LE(std::abs(setting.integral(answer.real)), 1e-13 * answer.real.abs().sum() * setting.grid.cell_volume());
  }
  EXPECT_LE(spectrum.result.factorisations, 12);
}

TEST(Resolvent, ThatCannotMeetItsToleranceSaysSo) {
  const Setting setting = random_chain(8);
  Array b = Array::Random(30);
  b -= b.mean();
  const Spectrum spectrum = resolved(setting, b, {1}, 1e-20);
  EXPECT_FALSE(spectrum.result.converged);
  EXPECT_TRUE(spectrum.found.empty());
  EXPECT_TRUE(test::has(spectrum.result.reason, "frequency 1 ")) << spectrum.result.reason;
}

}  // namespace
}  // namespace sgdflux::solve
