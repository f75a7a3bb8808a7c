#include "sgdflux/solve/evolve.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/solve/propagate.hpp"
#include "sgdflux/theory/kunin_2021.hpp"
#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;
using Schedule = std::function<std::unique_ptr<model::Sde>(double)>;

/// dx = −(x − centre)dt + noise dW.
std::unique_ptr<model::Sde> relaxation(double centre, double noise) {
  return test::make_model({{"name", "ornstein-uhlenbeck"},
                           {"drift_matrix", "1"},
                           {"noise_matrix", test::number(noise)},
                           {"center", test::number(centre)}});
}

/// A scheduled model on one rank with a Gaussian to start from.
struct Setting {
  Schedule schedule;
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  core::Batch x;
  fv::Scheme scheme;

  Setting(Schedule models, const std::vector<std::string>& axes, const fv::Scheme& flux = {fv::Flux::order8, 0})
      : schedule(std::move(models)),
        sde(schedule(0)),
        grid(test::make_grid(*sde, axes)),
        partition(grid, 1),
        x(fv::physical(grid, fv::centres(grid, test::whole(grid)))),
        scheme(flux) {}

  [[nodiscard]] EvolveProblem problem() const {
    return {grid, partition, [this](double t) { return test::make_generator(*schedule(t), grid, scheme); }};
  }
  [[nodiscard]] double integral(const Array& p) const { return p.sum() * grid.cell_volume(); }
  [[nodiscard]] Array gaussian(const Eigen::VectorXd& mean, const Eigen::VectorXd& deviation) const {
    Array exponent = Array::Zero(x.rows());
    for (Index d = 0; d < x.cols(); ++d) {
      exponent -= ((x.col(d) - mean(d)) / deviation(d)).square() / 2;
    }
    const Array p = exponent.exp();
    return p / integral(p);
  }
  [[nodiscard]] Array gaussian(double mean, double deviation) const {
    return gaussian(Eigen::VectorXd::Constant(1, mean), Eigen::VectorXd::Constant(1, deviation));
  }
  /// The density at `end` of a run that must succeed.
  [[nodiscard]] Array evolved(const Array& from, double begin, double end, const EvolveOptions& options,
                              EvolveStep* figures = nullptr) const {
    Array density = from;
    const EvolveStep step = evolve(MPI_COMM_SELF, problem(), begin, end, options, density);
    EXPECT_TRUE(step.converged) << options.stepper << ": " << step.reason;
    EXPECT_EQ(step.time, end);
    EXPECT_NEAR(integral(density), integral(from), 1e-13) << options.stepper;
    if (figures != nullptr) {
      *figures = step;
    }
    return density;
  }
};

Setting constant(Index cells) {
  return {[](double) { return relaxation(0, 1); }, {test::symmetric_axis(std::sqrt(.5), 9, cells)}};
}

double relative(const Array& found, const Array& truth) {
  return (found - truth).matrix().norm() / truth.matrix().norm();
}

Array exact(const Setting& setting, const Array& from, double time) {
  Array state;
  const fv::Generator generator = setting.problem().generator(0);
  const PropagateResult result = propagate(MPI_COMM_SELF, {setting.grid, setting.partition, generator}, from, {time},
                                           {}, [&](const Propagated& answer) { state = answer.state; });
  EXPECT_TRUE(result.converged) << result.reason;
  return state;
}

/// The order that four fixed steps show, each pair of neighbours.
void expect_order(const std::string& stepper, double order, double ceiling) {
  const Setting setting = constant(48);
  const Array from = setting.gaussian(1.2, .5);
  const Array truth = exact(setting, from, 1);
  const test::Convergence family = test::measure({20, 40, 80, 160}, [&](Index steps) {
    EvolveStep figures;
    const double step = 1. / static_cast<double>(steps);
    const Array found = setting.evolved(from, 0, 1, {stepper, 1e-9, step, false}, &figures);
    EXPECT_EQ(figures.steps, steps) << stepper;
    EXPECT_EQ(figures.step, step);
    return relative(found, truth);
  });
  EXPECT_NEAR(family.order(), order, .1) << stepper << "  " << family.text();
  EXPECT_LE(family.errors.back(), ceiling) << stepper << "  " << family.text();
}

TEST(Evolve, FixedStepsConvergeWithTheOrderOfTheStepper) {
  expect_order("bdf", 2, 1.2e-5);
  expect_order("cn", 2, 4e-6);
  expect_order("beuler", 1, 2e-3);
  expect_order("arkimex", 3, 2e-8);
  expect_order("rosw", 3, 2e-8);
}

TEST(Evolve, AdaptiveStepsMeetTheirTolerance) {
  const Setting setting = constant(48);
  const Array from = setting.gaussian(1.2, .5);
  const Array truth = exact(setting, from, 2);
  const auto error = [&](const std::string& stepper, double tolerance) {
    EvolveStep figures;
    const double found = relative(setting.evolved(from, 0, 2, {stepper, tolerance}, &figures), truth);
    EXPECT_LE(figures.factorisations, 40) << stepper;
    EXPECT_LE(figures.steps, 600) << stepper;
    return found;
  };
  // The tolerance is that of one step: errors add up over the hundreds of them.
  EXPECT_LE(error("bdf", 1e-6), 1.2e-5);
  EXPECT_LE(error("bdf", 1e-9), 8e-8);
  EXPECT_LE(error("arkimex", 1e-6), 3e-6);
  EXPECT_LE(error("rosw", 1e-6), 5e-7);
  EXPECT_LE(error("cn", 1e-5), 1.5e-6);
  EXPECT_LE(error("beuler", 1e-4), 3.5e-3);
}

TEST(Evolve, FollowsTheMomentsOfADriftingCentreAndAFadingNoise) {
  // m' = −(m − c(t)), V' = −2V + s(t)²: c = ½ sin 2t, s² = ½(1 + e^{−t}).
  const Schedule schedule = [](double t) {
    return relaxation(.5 * std::sin(2 * t), std::sqrt(.5 * (1 + std::exp(-t))));
  };
  const Setting setting(schedule, {"linear(-6, 6) 72"});
  const double m = 1;
  const double v = .3;
  const auto mean = [&](double t) { return (m + .2) * std::exp(-t) + .1 * std::sin(2 * t) - .2 * std::cos(2 * t); };
  const auto variance = [&](double t) { return .25 + .5 * std::exp(-t) + (v - .75) * std::exp(-2 * t); };
  const double end = 2;
  const Array from = setting.gaussian(m, std::sqrt(v));
  const auto errors = [&](const EvolveOptions& options) {
    const Array p = setting.evolved(from, 0, end, options);
    const double found = setting.integral(setting.x.col(0) * p);
    const double second = setting.integral((setting.x.col(0) - found).square() * p);
    return std::max(std::abs(found - mean(end)), std::abs(second - variance(end)));
  };
  for (const auto& [stepper, order] :
       {std::pair{"bdf", 2.}, {"cn", 2.}, {"beuler", 1.}, {"arkimex", 3.}, {"rosw", 3.}}) {
    const test::Convergence family = test::measure({20, 40, 80}, [&](Index steps) {
      return errors({stepper, 1e-9, end / static_cast<double>(steps), false});
    });
    EXPECT_GE(family.order(), order - .1) << stepper << "  " << family.text();
  }
  EXPECT_LE(errors({"bdf", 1e-9}), 8e-8);
}

TEST(Evolve, MomentumKeepsItsCovariance) {
  const theory::MomentumRegression theory;
  const double theta = std::sqrt(theory.position_variance(1));
  const double velocity = std::sqrt(theory.velocity_variance(1));
  const Setting setting(
      [](double) {
        return test::make_model({{"name", "momentum-regression"}});
      },
      {test::symmetric_axis(theta, 9, 40), test::symmetric_axis(velocity, 9, 40)});
  const Eigen::Vector2d start(1.5 * theta, -velocity);
  const Array p = setting.evolved(setting.gaussian(start, Eigen::Vector2d(theta, velocity)), 0, 1, {"bdf", 1e-7});
  const Eigen::Vector2d mean = theory.propagator(1, 1) * start;
  EXPECT_NEAR(setting.integral(setting.x.col(0) * p), mean(0), 3e-6 * theta);
  EXPECT_NEAR(setting.integral(setting.x.col(1) * p), mean(1), 3e-6 * velocity);
}

TEST(Evolve, TheSameCallGivesTheSameNumbersAndASplitRunGoesOn) {
  const Setting setting([](double t) { return relaxation(std::sin(t), 1); }, {"linear(-7, 7) 56"});
  const Array from = setting.gaussian(1, .5);
  EvolveStep figures;
  const Array half = setting.evolved(from, 0, 1, {"bdf", 1e-8}, &figures);
  EXPECT_TRUE((half == setting.evolved(from, 0, 1, {"bdf", 1e-8})).all());
  EXPECT_GT(figures.step, 0.003) << "what the last step, which ended at 1, was before it was shortened";
  const Array split = setting.evolved(half, 1, 2, {"bdf", 1e-8, figures.step});
  EXPECT_LE(relative(split, setting.evolved(from, 0, 2, {"bdf", 1e-8})), 1e-7);
}

TEST(Evolve, OffsetsMayComeAndGo) {
  // Correlated noise appears at t = ½: its mixed derivatives need offsets that are not there before.
  const Schedule schedule = [](double t) {
    return test::make_model({{"name", "ornstein-uhlenbeck"},
                             {"drift_matrix", "1 0; 0 1"},
                             {"noise_matrix", t <= .5 ? "1 0; 0 1" : "1 0; 0.6 0.8"}});
  };
  const Setting setting(schedule, {"linear(-5, 5) 32", "linear(-5, 5) 32"});
  EXPECT_GT(setting.problem().generator(1).offsets.size(), setting.problem().generator(0).offsets.size());
  const Array from = setting.gaussian(Eigen::Vector2d(.5, 0), Eigen::Vector2d(.7, .7));
  // Steps that end at ½ and begin there: these methods evaluate the generator at their ends only.
  const Array p =
      setting.evolved(setting.evolved(from, 0, .5, {"bdf", 1e-9, .01, false}), .5, 1, {"bdf", 1e-9, .01, false});
  const Array whole = setting.evolved(from, 0, 1, {"beuler", 1e-9, .01, false});
  const double exact_covariance = .6 / 2 * (1 - std::exp(-1.));
  EXPECT_NEAR(setting.integral(setting.x.col(0) * setting.x.col(1) * p), exact_covariance, 5e-6);
  EXPECT_NEAR(setting.integral(setting.x.col(0) * setting.x.col(1) * whole), exact_covariance, 1.5e-3);
}

TEST(Evolve, AnExceptionOfTheGeneratorComesOut) {
  const Setting setting = constant(32);
  EvolveProblem problem = setting.problem();
  const auto generator = problem.generator;
  problem.generator = [&](double t) {
    if (t > .495) {
      throw core::SettingsError("beta(t) is NaN at t = " + std::to_string(t));
    }
    return generator(t);
  };
  Array density = setting.gaussian(1, .5);
  const std::string message = test::error_of([&] {
    static_cast<void>(evolve(MPI_COMM_SELF, problem, 0, 1, {"bdf", 1e-9, .01, false}, density));
  });
  EXPECT_TRUE(test::has(message, "beta(t) is NaN at t = 0.50")) << message;
}

TEST(Evolve, NamesTheStepperThatIsNearest) {
  const Setting setting = constant(32);
  Array density = setting.gaussian(1, .5);
  const std::string message =
      test::error_of([&] { static_cast<void>(evolve(MPI_COMM_SELF, setting.problem(), 0, 1, {"bdff"}, density)); });
  EXPECT_TRUE(test::has(message, "bdff") && test::has(message, "'bdf'")) << message;
}

TEST(Evolve, ThatFailsSaysWhy) {
  const Setting setting = constant(32);
  Array density = setting.gaussian(1, .5);
  density(3) = std::numeric_limits<double>::quiet_NaN();
  const EvolveStep step = evolve(MPI_COMM_SELF, setting.problem(), 0, 1, {"bdf", 1e-9, .01, true}, density);
  EXPECT_FALSE(step.converged);
  EXPECT_TRUE(test::has(step.reason, "NaN") && test::has(step.reason, "time 0 ")) << step.reason;
}

}  // namespace
}  // namespace sgdflux::solve
