/// Displacement, its exponent and the power spectrum against closed forms: docs/theory.md, section 3.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sgdflux/data/csv.hpp"
#include "support/dynamics.hpp"

namespace sgdflux::test {
namespace {

struct Limits {
  double displacement, exponent, power;
};

/// θ of one mode over six decades of time, from ballistic to saturated.
void expect_closed_forms(const Momentum& mode, const Limits& limits) {
  const auto sde = mode.sde();
  const double unit = 1 / mode.theory.natural_frequency(mode.rho);
  auto options = options_on<study::CorrelateOptions>(*sde, {"auto 64", "auto 64"});
  options.times = log_times(1e-4 * unit, 1e2 * unit, 13);
  options.frequencies = log_times(1e-2 / unit, 10 / unit, 9);
  const auto answer = study::correlate(MPI_COMM_SELF, *sde, options, {*sde, "theta", "theta"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const auto exact = theory::linear_dynamics(*sde);
  const Eigen::VectorXd theta = Eigen::VectorXd::Unit(2, 0);
  for (std::size_t k = 0; k < options.times.size(); ++k) {
    const double t = options.times[k];
    const double displacement = exact->displacement(theta, t);
    EXPECT_LE(std::abs(answer.displacement.values[k] / displacement - 1), limits.displacement) << "time " << t;
    EXPECT_LE(std::abs(answer.exponent.values[k] - exact->displacement_exponent(theta, t)), limits.exponent);
    expect_covered(answer.displacement, k, displacement, "displacement");
    expect_covered(answer.exponent, k, exact->displacement_exponent(theta, t), "exponent");
    expect_covered(answer.autocorrelation, k, exact->autocovariance(theta, t), "autocorrelation");
    EXPECT_EQ(answer.reference_displacement[k], displacement);
  }
  for (std::size_t k = 0; k < options.frequencies.size(); ++k) {
    const double power = exact->power_spectrum(theta, options.frequencies[k]);
    EXPECT_LE(std::abs(answer.power.values[k] / power - 1), limits.power) << "frequency " << options.frequencies[k];
    expect_covered(answer.power, k, power, "power");
  }
  EXPECT_NEAR(value(answer, "variance") / mode.theory.position_variance(mode.rho), 1, 1e-9);
}

TEST(MomentumCorrelation, UnderdampedHasItsClosedForms) { expect_closed_forms(underdamped(), {1e-9, 1e-9, 1e-7}); }
TEST(MomentumCorrelation, CriticallyDampedHasItsClosedForms) {
  expect_closed_forms(critically_damped(), {1e-9, 1e-9, 1e-7});
}
TEST(MomentumCorrelation, OverdampedHasItsClosedForms) { expect_closed_forms(overdamped(), {1e-9, 1e-9, 1e-7}); }

TEST(MomentumCorrelation, OfTheCifarSpectrumIsTheSumOverItsModes) {
  const data::Table table = data::read_csv(SGDFLUX_SOURCE_DIR "/examples/data/cifar10_linear_regression_spectrum.csv");
  const std::vector<double>& rho = table.column("hessian_eigenvalue");
  ASSERT_EQ(rho.size(), 96U);
  Momentum mode;
  mode.theory.eta = 1e-3;
  std::vector<std::unique_ptr<model::Sde>> modes;
  for (const double eigenvalue : rho) {
    mode.rho = eigenvalue;
    modes.push_back(mode.sde());
  }
  auto options = options_on<study::CorrelateOptions>(*modes.front(), {"auto 32", "auto 32"}, {"auto", -1, false});
  options.times = log_times(1e-5, 1, 6);
  options.frequencies = {1000};
  const auto answer = study::correlate_sum(MPI_COMM_SELF, modes, options, "theta", {});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_EQ(answer.problems, 96);
  const Eigen::Map<const Eigen::VectorXd> all(rho.data(), 96);
  for (std::size_t k = 0; k < options.times.size(); ++k) {
    const double t = options.times[k];
    EXPECT_LE(std::abs(answer.displacement.values[k] / mode.theory.global_displacement(all, t) - 1), 1e-6) << t;
    EXPECT_LE(std::abs(answer.exponent.values[k] - mode.theory.displacement_exponent(all, t)), 1e-6) << t;
  }
  EXPECT_LT(answer.exponent.values.back(), .1) << "saturated";
  EXPECT_GT(answer.exponent.values.front(), 1.9) << "ballistic";
}

TEST(DoubleWellCorrelation, DecaysWithTheSlowestEigenvalueAndIntegratesToItsSpectrum) {
  const auto sde = double_well();
  auto options = options_on<study::CorrelateOptions>(*sde, {"auto 300"});
  options.times = {20, 30};
  options.frequencies = {1e-3, 1e-2};
  const auto answer = study::correlate(MPI_COMM_SELF, *sde, options, {*sde, "side", "x"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  const auto& c = answer.autocorrelation.values;
  EXPECT_NEAR(std::log(c[1] / c[0]) / 10, well_slowest, 1e-9);
  EXPECT_NEAR(answer.exponent.values[1], -2 * 30 * well_slowest * c[1] / answer.displacement.values[1], 1e-8);
  EXPECT_TRUE(answer.reference_displacement.empty());
  // One Lorentzian carries nearly all of it: S(ω) is flat below its width and falls above.
  EXPECT_NEAR(answer.power.values[1] / answer.power.values[0], 1 / (1 + std::pow(1e-2 / well_slowest, 2)), 1e-4);
}

}  // namespace
}  // namespace sgdflux::test
