/// Errors of the integrators in expectations: orders, long-time laws, and the heavy tail of the log-coordinate network.
#include "sampling_tools.hpp"

namespace sgdflux::sample {
namespace {

struct Study {
  const model::Sde& sde;
  Integrator integrator;
  double time;
  double dt;  ///< the coarsest of three
  std::initializer_list<double> start;
  Index paths;
};

/// E[f] with dt less E[f] with dt/2 at the final time, on coupled paths.
Mean difference(const Study& study, double dt, const Observable& observable) {
  SdeOptions options = options_of(study.integrator, dt, study.start);
  const auto steps = static_cast<std::int64_t>(std::lround(study.time / dt));
  const auto coarse = make_sde_process(study.sde, options);
  options.level = 1;
  const auto fine = make_sde_process(study.sde, options);
  return mean_of(observable(coarse->observe(run(*coarse, study.paths, steps))) -
                 observable(fine->observe(run(*fine, study.paths, 2 * steps))));
}

/// log₂ of the ratio of the differences at dt and dt/2, which tends to the weak order, with its standard error.
Mean order(const Study& study, const Observable& observable) {
  const Mean coarse = difference(study, study.dt, observable);
  const Mean fine = difference(study, study.dt / 2, observable);
  const double relative = std::hypot(coarse.error / coarse.value, fine.error / fine.value);
  return {std::log2(coarse.value / fine.value), relative / std::log(2)};
}

Eigen::ArrayXd square(const Batch& x) { return x.col(0).square(); }
Eigen::ArrayXd first(const Batch& x) { return x.col(0); }

void expect_order(const Study& study, const Observable& observable, double expected, double bias) {
  const Mean found = order(study, observable);
  EXPECT_NEAR(found.value, expected, bias + 3 * found.error)
      << integrator_name(study.sde, options_of(study.integrator, 1));
  EXPECT_LT(found.error, 0.25) << "the statistics are too poor to tell";
  testing::Test::RecordProperty("order", std::to_string(found.value) + " +- " + std::to_string(found.error));
}

TEST(WeakOrder, OnTheOrnsteinUhlenbeckProcess) {
  const auto sde = make_model({{"name", "ornstein-uhlenbeck"}, {"drift_matrix", "1"}, {"noise_matrix", "1"}});
  expect_order({*sde, Integrator::euler, 1, .2, {1}, 40000}, square, 1, .25);
  expect_order({*sde, Integrator::milstein, 1, .2, {1}, 40000}, square, 1, .25);
  expect_order({*sde, Integrator::platen, 1, .2, {1}, 100000}, square, 2, .3);
}

TEST(WeakOrder, OnTheLogCoordinateNetwork) {
  const auto sde = network(".02");
  expect_order({*sde, Integrator::euler, 1, .1, {-1}, 100000}, first, 1, .3);
  expect_order({*sde, Integrator::milstein, 1, .1, {-1}, 100000}, first, 1, .3);
  expect_order({*sde, Integrator::platen, 1, .1, {-1}, 100000}, first, 2, .3);
}

TEST(WeakOrder, OnAFormulaWithMultiplicativeNoise) {
  const auto sde =
      make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-2*x"}, {"noise.x.1", "sqrt(1+x^2/2)"}});
  expect_order({*sde, Integrator::euler, .64, .08, {3}, 20000}, square, 1, .3);
  expect_order({*sde, Integrator::milstein, .64, .08, {3}, 20000}, square, 1, .3);
  expect_order({*sde, Integrator::platen, .64, .16, {3}, 20000}, square, 2, .3);
}

TEST(WeakOrder, OfBaoabOnTheKineticDoubleWell) {
  const auto sde = kinetic_double_well();
  expect_order({*sde, Integrator::baoab, 2, .5, {.5, 0}, 100000}, square, 2, .4);
}

/// ∫x²p/∫p, p = exp(−x⁴/2 + x²), by the trapezoidal rule, which converges exponentially here.
double double_well_variance() {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(2001, -6, 6);
  const Eigen::ArrayXd p = (x.square() - x.square().square() / 2).exp();
  return (p * x.square()).sum() / p.sum();
}

TEST(Baoab, KeepsTheConfigurationalLawOfTheDoubleWellAtALargeStep) {
  const auto sde = kinetic_double_well();
  const auto process = make_sde_process(*sde, options_of(Integrator::baoab, .4));
  const Mean found = mean_of(run(*process, 20000, 50).col(0).square());
  EXPECT_NEAR(found.value, double_well_variance(), .01 + 3 * found.error);
  EXPECT_LT(found.error, .01);
}

/// Mean of v over time from t = 20 on, every 0.4, for each of many paths.
Mean network_mean(Integrator integrator, double dt) {
  const auto sde = network(".1");
  const auto process = make_sde_process(*sde, options_of(integrator, dt));
  const Index paths = 4096;
  const auto apart = static_cast<std::int64_t>(std::lround(.4 / dt));
  Batch state = run(*process, paths, 50 * apart);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(paths);
  for (int record = 0; record < 100; ++record) {
    process->advance(state, 0, (50 + record) * apart, apart, nullptr);
    sum += process->observe(state).col(1);
  }
  EXPECT_TRUE(state.isFinite().all());
  EXPECT_GT(process->events(state).sum(), 100) << "the heavy tail has to be met";
  return mean_of(sum / 100);
}

/// Plain Euler–Maruyama in s = ln v ends in NaN or in .830; without divided steps the error at dt = .02 is .011.
TEST(DividedSteps, GiveTheMeanOfTheHeavyTailedNetwork) {
  for (const Integrator integrator : {Integrator::euler, Integrator::milstein, Integrator::platen}) {
    for (const double dt : {.02, .01}) {
      const Mean found = network_mean(integrator, dt);
      EXPECT_NEAR(found.value, .844936, .001 + 3 * found.error) << static_cast<int>(integrator) << " " << dt;
      EXPECT_LT(found.error, .0025);
    }
  }
}

/// From v = e⁶, where the drift over one step of dt is −1300, a path has to come down as exactly as with tiny steps:
/// dv/dt ≈ −8Tα₁v³ makes it forget where it came from.
TEST(DividedSteps, BringPathsDownFromFarOut) {
  const auto sde = network(".1");
  const auto mean = [&](double start) {
    const auto process = make_sde_process(*sde, options_of(Integrator::platen, .01, {start}));
    const Batch state = run(*process, 4096, 100);
    EXPECT_TRUE(state.isFinite().all());
    EXPECT_GE(process->events(state).minCoeff(), 1);
    return mean_of(state.col(0));
  };
  const Mean six = mean(6);
  const Mean nine = mean(9);
  EXPECT_NEAR(six.value, nine.value, 4 * std::hypot(six.error, nine.error));
}

/// The same equation by formulas: growth is measured instead of known.
TEST(DividedSteps, AreFoundForFormulas) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "s"},
                               {"drift.s", "-4*(exp(s)-1+.1*(2*exp(2*s)-4*exp(s)+3))"},
                               {"noise.s.1", "4*sqrt(.1*(2*exp(2*s)-4*exp(s)+3))"}});
  const auto known = network(".1");
  const auto final_mean = [](const model::Sde& equation) {
    const auto process = make_sde_process(equation, options_of(Integrator::euler, .01, {2.5}));
    const Batch state = run(*process, 512, 100);
    EXPECT_TRUE(state.isFinite().all());
    EXPECT_GE(process->events(state).minCoeff(), 1);
    return mean_of(state.col(0));
  };
  const Mean formula = final_mean(*sde);
  const Mean built_in = final_mean(*known);
  EXPECT_NEAR(formula.value, built_in.value, 4 * std::hypot(formula.error, built_in.error));
}

/// dx = −x³dt + dW from x = 40: the plain step explodes (dt·3x² = 48 > 2).
TEST(DividedSteps, KeepACubicDriftStable) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "-x^3"}, {"noise.x.1", "1"}});
  const auto process = make_sde_process(*sde, options_of(Integrator::euler, .01, {40}));
  const Batch state = run(*process, 2000, 300);
  EXPECT_TRUE(state.isFinite().all());
  // p ∝ exp(−x⁴/2): E[x²] = √2 Γ(3/4)/Γ(1/4).
  const Mean found = mean_of(state.col(0).square());
  EXPECT_NEAR(found.value, std::sqrt(2) * std::tgamma(.75) / std::tgamma(.25), .01 + 3 * found.error);
}

}  // namespace
}  // namespace sgdflux::sample
