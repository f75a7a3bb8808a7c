/// Studies of the dynamics give the same numbers on every number of ranks: each is compared with the same study on one
/// rank alone.
#include <gtest/gtest.h>

#include <cmath>

#include "support/dynamics.hpp"

namespace sgdflux::test {
namespace {

const MPI_Comm world = MPI_COMM_WORLD;

void expect_same(const study::Series& all, const study::Series& alone, double tolerance, const std::string& name) {
  ASSERT_EQ(all.values.size(), alone.values.size()) << name;
  for (std::size_t k = 0; k < all.values.size(); ++k) {
    ASSERT_EQ(std::isfinite(all.values[k]), std::isfinite(alone.values[k])) << name;
    if (std::isfinite(all.values[k])) {
      EXPECT_NEAR(all.values[k], alone.values[k], tolerance * std::max(1., std::abs(alone.values[k]))) << name;
    }
  }
}

void expect_same(const std::map<std::string, core::Estimate>& all, const std::map<std::string, core::Estimate>& alone,
                 double tolerance) {
  ASSERT_EQ(all.size(), alone.size());
  for (const auto& [name, estimate] : alone) {
    ASSERT_TRUE(all.at(name).value && estimate.value) << name;
    // The second rate is read off the last digits of an iteration for the first one.
    const double allowed = name == "relaxation" ? 1e-5 : tolerance * std::max(1., std::abs(*estimate.value));
    EXPECT_NEAR(*all.at(name).value, *estimate.value, allowed) << name;
  }
}

void expect_same_evolution(const model::Sde& sde, const study::EvolveOptions& options, double tolerance) {
  const std::vector<model::Observable> observables{{sde, "formula", "theta^2*v + theta"}};
  const auto all = study::evolve(world, sde, options, observables);
  const auto alone = study::evolve(MPI_COMM_SELF, sde, options, observables);
  ASSERT_EQ(all.verdict, study::Verdict::converged) << all.reason;
  ASSERT_EQ(all.series.size(), alone.series.size());
  for (const auto& [name, series] : alone.series) {
    expect_same(all.series.at(name), series, tolerance, name);
  }
  EXPECT_LE(all.audit.mass_error, 1e-12);
}

TEST(RanksOfStudies, AgreeOnEvolution) {
  const Momentum mode = underdamped();
  const auto sde = mode.sde();
  const Eigen::Vector2d unit = mode.spread();
  auto options = from_point(*sde, mode.axes(40, 7), Eigen::Vector2d(unit(0), -unit(1)), .5 * unit, {.3, 1, 2});
  expect_same_evolution(*sde, options, 1e-11);
  options.outputs = {.1, .2};
  options.until = .2;
  options.stepper = "bdf";
  options.tolerance = 1e-5;
  options.estimate = false;
  options.schedule = [](double time) {
    Momentum now = underdamped();
    now.theory.eta = .1 - .2 * time;
    return now.sde();
  };
  expect_same_evolution(*sde, options, 1e-11);
}

TEST(RanksOfStudies, AgreeOnSpectra) {
  const auto sde = stuart_landau();
  const std::vector<std::string> axes{"linear(-2.2, 2.2) 48", "linear(-2.2, 2.2) 44"};
  const auto all = spectrum_of(*sde, axes, 6, {}, world);
  const auto alone = spectrum_of(*sde, axes, 6);
  ASSERT_EQ(all.eigenvalues.size(), alone.eigenvalues.size()) << all.reason;
  for (std::size_t k = 0; k < all.eigenvalues.size(); ++k) {
    EXPECT_NEAR(std::abs(all.eigenvalues[k].value - alone.eigenvalues[k].value), 0, 1e-10);
    EXPECT_NEAR(all.eigenvalues[k].box_dependence, alone.eigenvalues[k].box_dependence, 1e-9);
  }
  EXPECT_EQ(all.rejected.size(), alone.rejected.size());
  EXPECT_EQ(all.verdict, alone.verdict);
}

TEST(RanksOfStudies, AgreeOnCorrelationsAndOnTheirSumOverModes) {
  std::vector<std::unique_ptr<model::Sde>> modes;
  for (const double rho : {.3, .8, 1., 2.}) {
    Momentum mode;
    mode.rho = rho;
    modes.push_back(mode.sde());
  }
  auto options = options_on<study::CorrelateOptions>(*modes.front(), {"auto 28", "auto 28"}, {"auto", -1, false});
  options.times = {.01, .3, 5};
  const auto all = study::correlate_sum(world, modes, options, "theta", {});
  const auto alone = study::correlate_sum(MPI_COMM_SELF, modes, options, "theta", {});
  ASSERT_EQ(all.verdict, study::Verdict::converged) << all.reason;
  EXPECT_EQ(all.displacement.values, alone.displacement.values) << "each mode is one rank's, added in one order";
  EXPECT_EQ(all.exponent.values, alone.exponent.values);
  EXPECT_EQ(all.power.values, alone.power.values);
  EXPECT_EQ(all.reference_displacement, alone.reference_displacement);
  const model::Observable theta(*modes.front(), "theta", "theta");
  options.estimate = true;
  const auto one = study::correlate(world, *modes.front(), options, theta);
  const auto one_alone = study::correlate(MPI_COMM_SELF, *modes.front(), options, theta);
  expect_same(one.displacement, one_alone.displacement, 1e-11, "displacement");
  expect_same(one.exponent, one_alone.exponent, 1e-10, "exponent");
  expect_same(one.power, one_alone.power, 1e-10, "power");
}

TEST(RanksOfStudies, AgreeOnPassage) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "x - x^3 + 0.6*y"},
                               {"drift.y", "-y - 0.6*(x - x^3)"},
                               {"noise.x.1", "sqrt(0.5)"},
                               {"noise.y.2", "sqrt(0.5)"}});
  auto options = options_on<study::PassageOptions>(*sde, {"linear(-2.6, 2.6) 44", "linear(-2.6, 2.6) 40"});
  options.start = Eigen::Vector2d(-1, 0);
  options.exit = set_of(*sde, "0.16 - (x - 1)^2 - y^2");
  options.region = set_of(*sde, "-x");
  options.from = set_of(*sde, "0.16 - (x + 1)^2 - y^2");
  options.to = options.exit;
  const auto all = study::passage(world, *sde, options);
  const auto alone = study::passage(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(all.verdict, alone.verdict) << all.reason << alone.reason;
  ASSERT_GE(all.quantities.size(), 6U) << all.reason;
  expect_same(all.quantities, alone.quantities, 1e-10);
  expect_same(all.observables, alone.observables, 1e-10);
}

TEST(RanksOfStudies, RefuseTogether) {
  const auto sde = double_well();
  auto options = options_on<study::PassageOptions>(*sde, {"linear(-3, 3) 60"});
  options.start = Eigen::VectorXd::Constant(1, 2);
  options.exit = set_of(*sde, "x - 1");
  const std::string message = error_of([&] { static_cast<void>(study::passage(world, *sde, options)); });
  EXPECT_TRUE(has(message, "inside the exit set")) << message;
  auto run = from_point(*sde, {"linear(-3, 3) 60"}, Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, .2), {1});
  run.initial = study::formula_density(*sde, "x + 1", {});
  const std::string negative = error_of([&] { static_cast<void>(study::evolve(world, *sde, run)); });
  EXPECT_TRUE(has(negative, "negative")) << negative;
}

}  // namespace
}  // namespace sgdflux::test
