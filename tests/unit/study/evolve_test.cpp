/// Runs over time: refusals, checkpoints, what is recorded.
#include "sgdflux/study/evolve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/dynamics.hpp"

namespace sgdflux::study {
namespace {

using test::double_well;
using test::has;
using test::make_model;

const std::vector<std::string> line{"linear(-3, 3) 80"};

EvolveOptions from_left(const model::Sde& sde, std::vector<double> outputs, const test::StudySetup& setup = {}) {
  return test::from_point(sde, line, Eigen::VectorXd::Constant(1, -1), Eigen::VectorXd::Constant(1, .2),
                          std::move(outputs), setup);
}

/// The message of a run with options that `change` has spoilt.
std::string refusal(const std::function<void(EvolveOptions&)>& change) {
  const auto sde = double_well();
  EvolveOptions options = from_left(*sde, {.5, 1});
  change(options);
  return test::error_of([&] { static_cast<void>(evolve(MPI_COMM_SELF, *sde, options)); });
}

TEST(EvolveOptions, AreCheckedWithKeyValueAndRange) {
  EXPECT_TRUE(has(refusal([](auto& o) { o.until = 0; }), "evolve.until"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.until = -2; }), "until > 0"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.until = INFINITY; }), "evolve.until"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.outputs = {1, .5}; }), "evolve.outputs: 0.5"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.outputs = {.5, .5}; }), "increasing"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.outputs = {.5, 2}; }), "until = 1"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.outputs = {-1, 1}; }), "out of order or range"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.outputs.clear(); }), "at least one time"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.stepper = "bfd"; }), "bdf"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.step = -1; }), "evolve.step"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.tolerance = 0; }), "evolve.tolerance"));
  EXPECT_TRUE(has(refusal([](auto& o) { o.stepper = "sdirk"; }), "limited or monotone"));
  const std::string limited = refusal([](auto& o) {
    o.flux = "limited";
    o.stepper = "bdf";
  });
  EXPECT_TRUE(has(limited, "bdf") && has(limited, "use sdirk")) << limited;
  const std::string scheduled = refusal([](auto& o) {
    o.schedule = [](double) { return double_well(); };
    o.stepper = "exponential";
  });
  EXPECT_TRUE(has(scheduled, "constant parameters")) << scheduled;
}

TEST(Evolve, PassesOnWhatTheScheduleThrows) {
  const std::string message = refusal([](auto& o) {
    o.schedule = [](double time) -> std::unique_ptr<model::Sde> {
      if (time > .3) {
        throw core::SettingsError("eta is negative at time 0.3");
      }
      return double_well();
    };
  });
  EXPECT_EQ(message, "eta is negative at time 0.3");
}

TEST(Evolve, ReachesTheStationaryDensityFromAFormula) {
  const auto sde = double_well();
  EvolveOptions options = from_left(*sde, {0, 200});
  options.initial = formula_density(*sde, "exp(-4*(x - 0.5)^2)", {});
  const model::Observable quartic(*sde, "quartic", "x^4");
  const auto answer = evolve(MPI_COMM_SELF, *sde, options, {quartic});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  // In equilibrium ⟨x V'⟩ = D: ⟨x⁴⟩ − ⟨x²⟩ = ¼.
  const auto& fourth = answer.series.at("quartic").values;
  const auto& mean = answer.series.at("mean.x").values;
  const double second = answer.series.at("cov.x.x").values[1] + mean[1] * mean[1];
  EXPECT_NEAR(mean[0], .5, 1e-10);
  EXPECT_NEAR(mean[1], 0, 1e-9);
  EXPECT_NEAR(fourth[1] - second, .25, 1e-8);
  test::expect_covered(answer.series.at("mean.x"), 1, 0, "mean.x");
  EXPECT_EQ(answer.observables.at("quartic").value, fourth[1]);
  EXPECT_FALSE(answer.reference);
}

TEST(Evolve, KeepsTheSnapshotsThatWereAskedForAndTheLast) {
  const auto sde = double_well();
  EvolveOptions options = from_left(*sde, {.1, .2, .3}, {"auto", -1, false});
  options.snapshots = {1};
  const auto answer = evolve(MPI_COMM_SELF, *sde, options);
  EXPECT_EQ(test::field(answer, "snapshot/1/density").values, test::field(answer, "density").values);
  EXPECT_NE(test::field(answer, "snapshot/0/density").values, test::field(answer, "density").values);
  EXPECT_THROW(static_cast<void>(test::field(answer, "snapshot/2/density")), std::runtime_error);
  ASSERT_EQ(answer.arrays.size(), 1U);
  EXPECT_EQ(answer.arrays[0].values, (std::vector<double>{.2, .3}));
}

TEST(Evolve, AnAbsorbingWallTakesMass) {
  // Brownian motion from 0 between absorbing walls at ±1: what is left is Σ (4/(π(2k+1)))(−1)ᵏ exp(−((2k+1)π/2)²t/2).
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}});
  const double width = .08;
  auto options = test::from_point(*sde, {"linear(-1, 1) 120 absorbing absorbing"}, Eigen::VectorXd::Zero(1),
                                  Eigen::VectorXd::Constant(1, width), {1, 2});
  const auto answer = evolve(MPI_COMM_SELF, *sde, options);
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  for (std::size_t i = 0; i < 2; ++i) {
    double left = 0;
    for (int k = 0; k < 6; ++k) {
      const double wave = (2 * k + 1) * M_PI / 2;
      left += 2 / wave * (k % 2 == 0 ? 1 : -1) * std::exp(-wave * wave * (answer.times[i] + width * width) / 2);
    }
    EXPECT_NEAR(answer.series.at("mass").values[i], left, 1.2e-5) << "a sum of cells with a slope at the wall";
    test::expect_covered(answer.series.at("mass"), i, left, "mass");
  }
}

TEST(Evolve, ErrorsCoverACoarseGridAndALongStep) {
  const auto sde = double_well();
  const auto fine = evolve(MPI_COMM_SELF, *sde, from_left(*sde, {.5, 2}, {"auto", -1, false}));
  for (const double step : {0., .1}) {
    auto options = test::from_point(*sde, {"linear(-3, 3) 36"}, Eigen::VectorXd::Constant(1, -1),
                                    Eigen::VectorXd::Constant(1, .2), {.5, 2});
    options.stepper = step > 0 ? "cn" : "exponential";
    options.step = step;
    const auto answer = evolve(MPI_COMM_SELF, *sde, options);
    for (const char* name : {"mean.x", "cov.x.x"}) {
      for (std::size_t k = 0; k < 2; ++k) {
        test::expect_covered(answer.series.at(name), k, fine.series.at(name).values[k], name);
        EXPECT_LE(answer.series.at(name).errors[k], .05);
      }
    }
  }
}

/// The narrowest start that a mesh of 60 cells resolves.
EvolveOptions sharp(const model::Sde& sde, const std::string& flux, double width = .08) {
  auto options = test::from_point(sde, {"linear(-3, 3) 60"}, Eigen::VectorXd::Constant(1, -1),
                                  Eigen::VectorXd::Constant(1, width), {.004, .05, .3, 1}, {flux, -1, true});
  options.tolerance = 1e-6;
  return options;
}

void expect_positive(const std::string& flux, double width) {
  const auto sde = double_well();
  auto reference = sharp(*sde, "order8", width);
  reference.mesh = test::make_mesh(*sde, {"linear(-3, 3) 400"});
  reference.estimate = false;
  const auto fine = evolve(MPI_COMM_SELF, *sde, reference);
  const auto answer = evolve(MPI_COMM_SELF, *sde, sharp(*sde, flux, width));
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  EXPECT_EQ(answer.flux, flux);
  EXPECT_GE(answer.audit.min_density, 0) << flux;
  EXPECT_EQ(answer.audit.negative_mass, 0) << flux;
  EXPECT_LE(answer.audit.mass_error, 1e-13) << flux;
  EXPECT_TRUE(has(answer.solver, "sdirk")) << answer.solver;
  const auto said = std::any_of(answer.remarks.begin(), answer.remarks.end(),
                                [](const auto& remark) { return has(remark, "kept positive"); });
  EXPECT_TRUE(said) << flux;
  for (const char* name : {"mean.x", "cov.x.x"}) {
    for (std::size_t k = 0; k < 4; ++k) {
      test::expect_covered(answer.series.at(name), k, fine.series.at(name).values[k], flux + " " + name);
      EXPECT_EQ(answer.series.at("negative_mass").values[k], 0);
    }
  }
}

TEST(PositiveEvolve, StaysPositiveAndSaysWhatItCut) {
  expect_positive("limited", .08);
  expect_positive("monotone", .2);
  const auto sde = double_well();
  const auto unlimited = evolve(MPI_COMM_SELF, *sde, sharp(*sde, "order8"));
  EXPECT_LT(unlimited.audit.min_density, -1e-5) << "there was something to limit";
}

TEST(PositiveEvolve, RefusesToStartBelowZero) {
  const auto sde = double_well();
  EvolveOptions options = sharp(*sde, "limited");
  Eigen::ArrayXd values = Eigen::ArrayXd::Ones(60);
  values(5) = -1e-9;
  options.initial = stored_density(*sde, options.mesh, values, "fields.h5");
  const std::string message = test::error_of([&] { static_cast<void>(evolve(MPI_COMM_SELF, *sde, options)); });
  EXPECT_TRUE(has(message, "evolve.initial = ") && has(message, "nowhere negative")) << message;
}

/// A run that was stopped after each of its checkpoints in turn and resumed gives what the whole run gave.
void expect_restartable(const model::Sde& sde, EvolveOptions options) {
  options.snapshots = {0, 2};
  std::vector<EvolveCheckpoint> kept;
  options.checkpoint = [&](const EvolveCheckpoint& checkpoint) { kept.push_back(checkpoint); };
  const model::Observable wave(sde, "wave", "cos(3*" + sde.variables()[0] + ")");
  const auto whole = evolve(MPI_COMM_SELF, sde, options, {wave});
  ASSERT_EQ(whole.verdict, Verdict::converged) << whole.reason;
  // One for each output of the fine run and of the coarse one.
  ASSERT_EQ(kept.size(), 2 * options.outputs.size());
  options.checkpoint = {};
  for (std::size_t cut = 0; cut < kept.size(); ++cut) {
    EXPECT_EQ(kept[cut].coarse.empty(), cut < options.outputs.size());
    options.resume = kept[cut];
    const auto rest = evolve(MPI_COMM_SELF, sde, options, {wave});
    ASSERT_EQ(rest.verdict, Verdict::converged) << rest.reason;
    ASSERT_EQ(rest.series.size(), whole.series.size());
    for (const auto& [name, series] : whole.series) {
      for (std::size_t k = 0; k < series.values.size(); ++k) {
        EXPECT_NEAR(rest.series.at(name).values[k], series.values[k], 1e-12) << name << " cut after " << cut;
        EXPECT_NEAR(rest.series.at(name).errors[k], series.errors[k], 1e-12) << name << " cut after " << cut;
      }
    }
    for (const char* path : {"density", "snapshot/0/density", "snapshot/1/density", "snapshot/2/density"}) {
      const auto& a = test::field(rest, path).values;
      const auto& b = test::field(whole, path).values;
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        ASSERT_NEAR(a[i], b[i], 1e-12) << path << " cut after " << cut;
      }
    }
  }
}

TEST(EvolveRestart, GivesTheNumbersOfTheUndisturbedRun) {
  const auto sde = double_well();
  EvolveOptions options = from_left(*sde, {.2, .5, 1, 2});
  expect_restartable(*sde, options);
  options.stepper = "bdf";
  options.tolerance = 1e-7;
  expect_restartable(*sde, options);
}

TEST(EvolveRestart, OfAScheduleInTwoVariablesToo) {
  const test::Momentum mode = test::underdamped();
  const auto sde = mode.sde();
  auto options =
      test::from_point(*sde, mode.axes(20, 6), Eigen::Vector2d::Zero(), .7 * mode.spread(), {.1, .2, .3, .4});
  options.stepper = "bdf";
  options.tolerance = 1e-5;
  options.schedule = [](double time) {
    test::Momentum now = test::underdamped();
    now.theory.eta = .1 - .05 * time;
    return now.sde();
  };
  expect_restartable(*sde, options);
}

TEST(EvolveRestart, OfLimitedRunsToo) {
  const auto sde = double_well();
  EvolveOptions options = sharp(*sde, "limited");
  options.tolerance = 1e-4;
  expect_restartable(*sde, options);
  options = test::from_point(*sde, {"linear(-3, 3) 16"}, Eigen::VectorXd::Constant(1, -1),
                             Eigen::VectorXd::Constant(1, .3), {.01, .02, .05, .1}, {"limited", -1, true});
  options.step = .01;
  options.schedule = [](double time) {
    return make_model(
        {{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", test::number(.7 - .3 * time)}});
  };
  expect_restartable(*sde, options);
}

TEST(EvolveRestart, AsksWhetherACheckpointIsDue) {
  const auto sde = double_well();
  EvolveOptions options = from_left(*sde, {.2, .5, 1}, {"auto", -1, false});
  int asked = 0;
  std::vector<int> stored;
  options.checkpoint_due = [&] { return ++asked == 2; };
  options.checkpoint = [&](const EvolveCheckpoint& checkpoint) { stored.push_back(checkpoint.outputs); };
  static_cast<void>(evolve(MPI_COMM_SELF, *sde, options));
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(stored, std::vector<int>{2});
}

TEST(EvolveRestart, RefusesACheckpointOfAnotherMesh) {
  const auto sde = double_well();
  EvolveOptions options = from_left(*sde, {.2, .5}, {"auto", -1, false});
  options.checkpoint = [&](const EvolveCheckpoint& checkpoint) { options.resume = checkpoint; };
  EvolveOptions first = options;
  static_cast<void>(evolve(MPI_COMM_SELF, *sde, first));
  options.checkpoint = {};
  options.mesh = test::make_mesh(*sde, {"linear(-3, 3) 81"});
  const std::string message = test::error_of([&] { static_cast<void>(evolve(MPI_COMM_SELF, *sde, options)); });
  EXPECT_TRUE(has(message, "mesh")) << message;
}

}  // namespace
}  // namespace sgdflux::study
