#include "sgdflux/sample/sde_process.hpp"

#include "sampling_tools.hpp"

namespace sgdflux::sample {
namespace {

struct Equation {
  std::unique_ptr<model::Sde> sde;
  double dt;
  std::vector<Integrator> integrators;
};

/// Every built-in model and formulas, with the integrators that fit.
std::vector<Equation> equations() {
  using I = Integrator;
  std::vector<Equation> all;
  const auto add = [&](const test::Lines& lines, double dt, std::vector<Integrator> integrators) {
    all.push_back({make_model(lines), dt, std::move(integrators)});
  };
  add({{"name", "diagonal-network"}, {"T", ".3"}}, .05, {I::euler, I::milstein, I::platen});  // divides steps
  add({{"name", "diagonal-network"}, {"depth", "2"}, {"width", "3"}}, .02, {I::euler, I::platen});
  add({{"name", "diagonal-network"}, {"depth", "0"}}, .05, {I::euler, I::milstein, I::platen});
  add({{"name", "balance-pair"}}, .02, {I::euler, I::milstein, I::platen});
  add({{"name", "momentum-regression"}}, .1, {I::euler, I::platen, I::baoab, I::exact});
  add({{"name", "momentum-regression"}, {"rho", "1 2"}}, .1, {I::euler, I::milstein, I::baoab, I::exact});
  add({{"name", "ornstein-uhlenbeck"},
       {"drift_matrix", "1 -2; 2 1"},
       {"noise_matrix", "1 .2; 0 .5"},
       {"center", "1 2"}},
      .1, {I::euler, I::exact});
  all.push_back({cubic_well(), .1, {I::euler, I::milstein, I::platen}});
  all.push_back({kinetic_double_well(), .1, {I::euler, I::baoab}});
  add({{"name", "formula"},
       {"variables", "x"},
       {"drift.x", "-x"},
       {"noise.x.1", "sqrt(x)"},
       {"calculus", "stratonovich"},
       {"domain.x", "0 inf"}},
      .01, {I::euler});
  return all;
}

template <class Check>
void for_every_process(Check check) {
  for (const Equation& equation : equations()) {
    for (const Integrator integrator : equation.integrators) {
      for (const int level : {0, 1}) {
        SdeOptions options = options_of(integrator, equation.dt);
        options.level = level;
        options.seed = 5;
        SCOPED_TRACE(equation.sde->name() + " " + integrator_name(*equation.sde, options) + " level " +
                     std::to_string(level));
        check(*make_sde_process(*equation.sde, options));
      }
    }
  }
}

/// Equal bits; NaN equals NaN.
bool same(const Batch& a, const Batch& b) {
  return a.rows() == b.rows() && ((a == b) || (a.isNaN() && b.isNaN())).all();
}

TEST(SdeProcess, NumbersDoNotDependOnHowManyPathsAreComputedTogether) {
  for_every_process([](const Process& process) {
    const Batch whole = run(process, 600, 25);
    for (const Index width : {1, 3, 8, 100, 512}) {
      for (const Index first : {Index{0}, Index{77}}) {
        Batch part = process.start(first, width);
        process.advance(part, first, 0, 25, process.workspace(width).get());
        EXPECT_TRUE(same(part, whole.middleRows(first, width))) << width;
        EXPECT_TRUE(same(process.observe(part), process.observe(whole).middleRows(first, width))) << width;
      }
    }
  });
}

TEST(SdeProcess, NumbersDoNotDependOnWhereTimeIsCut) {
  for_every_process([](const Process& process) {
    const Batch whole = run(process, 20, 37);
    const auto workspace = process.workspace(20);
    Batch cut = process.start(0, 20);
    std::int64_t from = 0;
    for (const std::int64_t steps : {1, 2, 11, 0, 16, 7}) {
      process.advance(cut, 0, from, steps, workspace.get());
      from += steps;
    }
    ASSERT_EQ(from, 37);
    EXPECT_TRUE(same(cut, whole));
  });
}

/// Written down from a build for AVX-512 with -O3 and one for plain x86-64 with -O1. When the numbers of paths change
/// on purpose, these change; between builds and processors they must not.
TEST(SdeProcess, PathsOfTheNetworkHaveTheSameBitsOnEveryBuild) {
  const auto sde = network("0.3");
  const auto last = [&](Integrator integrator) {
    return run(*make_sde_process(*sde, options_of(integrator, .05)), 40, 200);
  };
  const Batch euler = last(Integrator::euler);
  EXPECT_EQ(euler(0, 0), -0x1.193de2900fc5cp+3);
  EXPECT_EQ(euler(39, 0), -0x1.c8aff85345c78p-4);
  const Batch platen = last(Integrator::platen);
  EXPECT_EQ(platen(0, 0), -0x1.16fbc1ff795c9p+3);
  EXPECT_EQ(platen(39, 0), -0x1.230d1022ecdbap-4);
}

TEST(SdeProcess, SeedsAndPathsDiffer) {
  const auto sde = network(".1");
  SdeOptions options = options_of(Integrator::euler, .01);
  const Batch one = run(*make_sde_process(*sde, options), 50, 10);
  options.seed = 2;
  const Batch two = run(*make_sde_process(*sde, options), 50, 10);
  EXPECT_FALSE((one.col(0) == two.col(0)).any());
  EXPECT_FALSE((one.col(0).head(49) == one.col(0).tail(49)).any());
}

/// The half steps follow the Wiener path of the whole ones: for dx = dW the two are equal to rounding.
TEST(SdeProcess, HalfStepsFollowTheSameWienerPath) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "0"},
                               {"drift.y", "0"},
                               {"noise.x.1", "1"},
                               {"noise.x.2", ".5"},
                               {"noise.y.2", "2"},
                               {"noise.y.3", "1"}});
  SdeOptions options = options_of(Integrator::euler, .1);
  const auto coarse = make_sde_process(*sde, options);
  options.level = 1;
  const auto fine = make_sde_process(*sde, options);
  EXPECT_EQ(coarse->time(15), fine->time(30));
  EXPECT_LT((run(*coarse, 40, 15) - run(*fine, 40, 30)).abs().maxCoeff(), 1e-13);
  EXPECT_GT((run(*coarse, 40, 14) - run(*fine, 40, 29)).abs().maxCoeff(), 1e-2);
  const Batch moved = run(*fine, 4000, 30);
  EXPECT_NEAR(moved.col(0).square().mean(), 1.25 * 1.5, 4 * 1.25 * 1.5 * std::sqrt(2. / 4000));
  EXPECT_NEAR((moved.col(0) * moved.col(1)).mean(), 1.5, 4 * 1.5 * std::sqrt((1.25 * 5 + 1) / 4000));
}

/// The exact step at a large dt: mean and covariance of the Ornstein–Uhlenbeck process after one step and for long.
TEST(SdeProcess, ExactStepsHaveTheLawOfTheLinearEquation) {
  const auto sde = make_model({{"name", "ornstein-uhlenbeck"},
                               {"drift_matrix", "1 -2; 2 1"},
                               {"noise_matrix", "1 0; 0 1"},
                               {"center", "3 -1"}});
  const auto process = make_sde_process(*sde, options_of(Integrator::automatic, .7, {4, 0}));
  const Index paths = 40000;
  const double decay = std::exp(-.7);
  const Batch one = run(*process, paths, 1);
  const double variance = (1 - std::exp(-1.4)) / 2;
  const double tolerance = 4 * std::sqrt(variance / static_cast<double>(paths));
  EXPECT_NEAR(one.col(0).mean(), 3 + decay * (std::cos(1.4) + std::sin(1.4)), tolerance);
  EXPECT_NEAR(one.col(1).mean(), -1 + decay * (std::cos(1.4) - std::sin(1.4)), tolerance);
  const Batch late = run(*process, paths, 20);
  const double spread = 4 * 0.5 * std::sqrt(2. / static_cast<double>(paths));
  EXPECT_NEAR((late.col(0) - 3).square().mean(), 0.5, spread);
  EXPECT_NEAR((late.col(1) + 1).square().mean(), 0.5, spread);
  EXPECT_NEAR(((late.col(0) - 3) * (late.col(1) + 1)).mean(), 0, spread);
}

/// Kunin et al.: Cov θ = ησ²ρ/(2S(1−β)(ρ+λ)), Cov v = σ²ρ/(S(1−β²)), whatever the step; singular noise.
TEST(SdeProcess, ExactStepsOfMomentumHaveThePublishedCovariance) {
  const auto sde = make_model({{"name", "momentum-regression"}});
  const auto process = make_sde_process(*sde, options_of(Integrator::exact, 1));
  const Batch late = run(*process, 40000, 60);
  EXPECT_NEAR(late.col(0).square().mean(), .1 / (2 * 32 * .1), 4 * .015625 * std::sqrt(2. / 40000));
  EXPECT_NEAR(late.col(1).square().mean(), 1 / (32 * .19), 4 * .16447 * std::sqrt(2. / 40000));
}

TEST(SdeProcess, AutomaticTakesTheMostAccurateIntegratorThatFits) {
  const auto name = [](const std::unique_ptr<model::Sde>& sde) {
    return integrator_name(*sde, options_of(Integrator::automatic, .1));
  };
  EXPECT_EQ(name(make_model({{"name", "momentum-regression"}})), "exact");
  EXPECT_EQ(name(make_model({{"name", "diagonal-network"}, {"depth", "0"}})), "platen");
  EXPECT_EQ(name(network(".1")), "platen");
  EXPECT_EQ(name(kinetic_double_well()), "baoab");
  EXPECT_EQ(name(make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "2-3*x"}, {"noise.x.1", "2"}})),
            "exact");
  EXPECT_EQ(name(make_model({{"name", "formula"},
                             {"variables", "x y"},
                             {"drift.x", "-x^3"},
                             {"drift.y", "-y"},
                             {"noise.x.1", "1"},
                             {"noise.y.2", "x"}})),
            "euler");
  EXPECT_EQ(weak_order(*network(".1"), options_of(Integrator::automatic, .1)), 2);
}

TEST(SdeProcess, RefusesIntegratorsThatDoNotFit) {
  const auto refusal = [](const std::unique_ptr<model::Sde>& sde, Integrator integrator) {
    return error_of([&] { static_cast<void>(make_sde_process(*sde, options_of(integrator, .1))); });
  };
  const auto coupled = make_model({{"name", "formula"},
                                   {"variables", "x y"},
                                   {"drift.x", "-x"},
                                   {"drift.y", "-y"},
                                   {"noise.x.1", "y"},
                                   {"noise.y.2", "x"}});
  EXPECT_TRUE(has(refusal(coupled, Integrator::milstein), "sample.integrator = milstein"));
  EXPECT_TRUE(has(refusal(coupled, Integrator::platen), "2 Wiener processes"));
  EXPECT_TRUE(has(refusal(coupled, Integrator::baoab), "not kinetic"));
  EXPECT_TRUE(has(refusal(network(".1"), Integrator::exact), "not linear"));
}

TEST(SdeProcess, RefusesOptionsOutOfRange) {
  const auto sde = network(".1");
  const auto refusal = [&](const SdeOptions& options) {
    return error_of([&] { static_cast<void>(make_sde_process(*sde, options)); });
  };
  EXPECT_TRUE(has(refusal(options_of(Integrator::euler, 0)), "sample.dt = 0: out of range"));
  EXPECT_TRUE(has(refusal(options_of(Integrator::euler, std::nan(""))), "sample.dt"));
  EXPECT_TRUE(has(refusal(options_of(Integrator::euler, .1, {1, 2})), "sample.start = 2 numbers"));
  EXPECT_TRUE(has(refusal(options_of(Integrator::euler, .1, {std::nan("")})), "sample.start"));
}

/// A bump of the drift that no probe of the equation at its centre need meet: paths that get there end the run.
TEST(SdeProcess, ExactStepsAreRefusedWhereTheEquationIsNotLinear) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x"},
                               {"drift.x", "-x + (abs(x - .3) < 1e-4 ? 1 : 0)"},
                               {"noise.x.1", ".01"}});
  const auto process = make_sde_process(*sde, options_of(Integrator::exact, .001, {.3}));
  EXPECT_TRUE(has(error_of([&] { static_cast<void>(run(*process, 1000, 1)); }), "not linear where the paths are"));
}

TEST(SdeProcess, ExplodedPathsStayExploded) {
  const auto sde = make_model({{"name", "diagonal-network"}, {"depth", "0"}});
  const auto process = make_sde_process(*sde, options_of(Integrator::euler, .01));
  Batch state = process->start(0, 20);
  state(3, 0) = std::nan("");
  state(5, 0) = std::numeric_limits<double>::infinity();
  process->advance(state, 0, 0, 50, nullptr);
  EXPECT_FALSE(std::isfinite(state(3, 0)));
  EXPECT_FALSE(std::isfinite(state(5, 0)));
  EXPECT_EQ(state.isFinite().count(), 18);
}

}  // namespace
}  // namespace sgdflux::sample
