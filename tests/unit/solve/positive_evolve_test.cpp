/// Evolutions that stay positive: exactly ≥ 0, conservative, and the high-order scheme itself where nothing is
/// negative.
#include "sgdflux/solve/positive_evolve.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/solve/propagate.hpp"
#include "support/solving.hpp"

namespace sgdflux::solve {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;
using Models = std::function<std::unique_ptr<model::Sde>(double time)>;

const fv::Scheme order8{fv::Flux::order8, 1};
const fv::Scheme monotone{fv::Flux::monotone, 0};

/// A model over time on one rank.
struct Setting {
  Models models;
  std::unique_ptr<model::Sde> sde;
  mesh::Grid grid;
  mesh::Partition partition;
  core::Batch x;
  fv::Scheme scheme;
  bool constant;

  Setting(Models schedule, const std::vector<std::string>& axes, const fv::Scheme& high = order8, bool same = true)
      : models(std::move(schedule)),
        sde(models(0)),
        grid(test::make_grid(*sde, axes)),
        partition(grid, 1),
        x(fv::physical(grid, fv::centres(grid, test::whole(grid)))),
        scheme(high),
        constant(same) {}

  [[nodiscard]] Transport with(const fv::Scheme& flux, double time = 0) const {
    const auto now = models(time);
    return transport(fv::discretise(*now, grid, flux, test::whole(grid)), test::whole(grid));
  }
  [[nodiscard]] PositiveProblem problem() const {
    const Index reach = fv::reach(fv::discretise(*sde, grid, scheme, test::whole(grid)));
    return {grid,
            partition,
            [this](double time) { return with(scheme, time); },
            [this](double time) { return with(monotone, time); },
            reach,
            constant};
  }
  [[nodiscard]] double mass(const Array& p) const { return p.sum() * grid.cell_volume(); }
  [[nodiscard]] Array normalised(const Array& p) const { return p / mass(p); }
  /// A Gaussian; `width` in cells.
  [[nodiscard]] Array spike(const std::vector<double>& mean, double width) const {
    Array exponent = Array::Zero(x.rows());
    for (Index d = 0; d < x.cols(); ++d) {
      const double deviation = width * grid.axis(static_cast<int>(d)).spacing();
      exponent -= ((x.col(d) - mean[static_cast<std::size_t>(d)]) / deviation).square() / 2;
    }
    return normalised(exponent.exp());
  }
  /// The density at `end`, which must be one.
  [[nodiscard]] Array evolved(const Array& from, double end, const EvolveOptions& options,
                              PositiveStep* figures = nullptr) const {
    PositiveEvolution evolution(MPI_COMM_SELF, problem(), options);
    Array p = from;
    const PositiveStep done = evolution.advance(0, end, options.step, p);
    EXPECT_TRUE(done.converged) << done.reason;
    EXPECT_EQ(done.time, end);
    EXPECT_GE(p.minCoeff(), 0);
    if (figures != nullptr) {
      *figures = done;
    }
    return p;
  }
  [[nodiscard]] Array unlimited(const Array& from, double end) const {
    Array state;
    const fv::Generator generator = with(scheme).generator;
    const auto done = propagate(MPI_COMM_SELF, {grid, partition, generator}, from, {end}, {},
                                [&](const Propagated& answer) { state = answer.state; });
    EXPECT_TRUE(done.converged) << done.reason;
    return state;
  }
  [[nodiscard]] double l1(const Array& a, const Array& b) const { return mass((a - b).abs()); }
};

Setting formula(const test::Lines& lines, const std::vector<std::string>& axes, const fv::Scheme& scheme = order8) {
  test::Lines all{{"name", "formula"}};
  all.insert(all.end(), lines.begin(), lines.end());
  return {[all](double) { return test::make_model(all); }, axes, scheme};
}

/// A tilted ring: the density is nowhere small.
Setting ring() {
  return formula({{"variables", "x"}, {"drift.x", "1 + 0.5*sin(x)"}, {"noise.x.1", "1"}},
                 {"linear(-3.141592653589793, 3.141592653589793) 40 periodic"});
}

Setting well(Index cells) {
  return formula({{"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}},
                 {"linear(-3, 3) " + std::to_string(cells)});
}

/// Momentum in a double well: no noise along x.
Setting inertial(Index cells, const fv::Scheme& scheme = order8) {
  const std::string count = std::to_string(cells);
  return formula({{"variables", "x v"}, {"drift.x", "v"}, {"drift.v", "x - x^3 - v"}, {"noise.v.1", "sqrt(0.5)"}},
                 {"linear(-2.6, 2.6) " + count, "linear(-3, 3) " + count}, scheme);
}

TEST(PositiveEvolution, IsTheHighOrderSchemeWhereNothingIsNegative) {
  const Setting setting = ring();
  const Array from = setting.normalised(1 + .9 * setting.x.col(0).sin());
  PositiveStep figures;
  const Array p = setting.evolved(from, 1, {"", 1e-11}, &figures);
  EXPECT_EQ(figures.limited_steps, 0);
  EXPECT_EQ(figures.limited_mass, 0);
  EXPECT_LE(setting.l1(p, setting.unlimited(from, 1)), 1e-10);
  // Another monotone scheme cannot matter, not even in the last bit.
  PositiveProblem other = setting.problem();
  other.low = [](double) -> Transport { throw std::logic_error("the monotone scheme was asked for"); };
  PositiveEvolution alone(MPI_COMM_SELF, other, {"", 1e-11});
  Array q = from;
  EXPECT_TRUE(alone.advance(0, 1, 0, q).converged);
  EXPECT_TRUE((p == q).all());
}

TEST(PositiveEvolution, FixedStepsConvergeAtFourthOrder) {
  const Setting setting = ring();
  const Array from = setting.normalised(1 + .9 * setting.x.col(0).sin());
  const Array truth = setting.unlimited(from, 1);
  const test::Convergence family = test::measure({5, 10, 20, 40}, [&](Index steps) {
    PositiveStep figures;
    const double step = 1. / static_cast<double>(steps);
    const double error = setting.l1(setting.evolved(from, 1, {"", 1e-9, step, false}, &figures), truth);
    EXPECT_EQ(figures.steps, steps);
    EXPECT_EQ(figures.step, step);
    return error;
  });
  EXPECT_NEAR(family.order(), 4, .1) << family.text();
  EXPECT_LE(family.errors.back(), 2e-8) << family.text();
}

TEST(PositiveEvolution, AdaptiveStepsMeetTheirTolerance) {
  const Setting setting = well(80);
  const Array from = setting.spike({-1}, 2.7);
  const Array truth = setting.unlimited(from, 1);
  EXPECT_LE(setting.l1(setting.evolved(from, 1, {"", 1e-5}), truth), 1e-5);
  EXPECT_LE(setting.l1(setting.evolved(from, 1, {"", 1e-8}), truth), 1e-8);
}

TEST(PositiveEvolution, TakesLittleFromASharpStart) {
  const Setting setting = well(80);
  const Array from = setting.spike({-1}, .4);
  PositiveStep figures;
  const Array p = setting.evolved(from, .1, {"", 1e-8}, &figures);
  EXPECT_LT(setting.unlimited(from, .001).minCoeff(), -.01) << "the unlimited scheme is negative on the way";
  EXPECT_GT(figures.limited_steps, 0);
  EXPECT_LE(figures.limited_mass, .01);
  EXPECT_LE(figures.rounding_mass, 1e-13);
  EXPECT_LE(figures.closure, 1e-13);
  EXPECT_NEAR(setting.mass(p), 1, 1e-13);
  // The monotone scheme alone is farther off.
  const Setting rough =
      formula({{"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "sqrt(0.5)"}}, {"linear(-3, 3) 80"}, monotone);
  const Setting fine = well(480);
  const auto variance = [&](const Setting& on, const Array& density) {
    const double mean = on.mass(on.x.col(0) * density);
    return on.mass((on.x.col(0) - mean).square() * density);
  };
  const double truth = variance(fine, fine.unlimited(fine.spike({-1}, 2.4), .1));
  EXPECT_NEAR(variance(setting, p), truth, 2.5e-4);
  EXPECT_GT(std::abs(variance(rough, rough.evolved(from, .1, {"", 1e-8})) - truth), 4.5e-4);
}

TEST(PositiveEvolution, IsExactlyPositiveForRandomModels) {
  std::mt19937 random(20260801);
  const std::vector<std::vector<std::string>> axes{
      {"linear(-2.5, 2.5) 60"},
      {"linear(-2.5, 2.5) 18", "linear(-2.5, 2.5) 18"},
      {"linear(-2, 2) 6 reflecting", "linear(-2, 2) 7", "linear(-3, 3) 7 periodic"}};
  for (int k = 0; k < 9; ++k) {
    test::FormulaRecipe recipe;
    recipe.dimension = 1 + k % 3;
    recipe.quiet = k % 2 == 1;
    recipe.steepness = k % 4 == 3 ? 20 : 1;
    const std::shared_ptr<model::Sde> sde = test::random_formulas(recipe, random);
    for (const fv::Scheme& scheme : {order8, monotone}) {
      const auto& mesh = axes[static_cast<std::size_t>(recipe.dimension - 1)];
      const auto specs = test::make_mesh(*sde, mesh);
      const mesh::Grid grid({specs.begin(), specs.end()});
      const mesh::Partition partition(grid, 1);
      const mesh::Box all = test::whole(grid);
      const auto with = [&](const fv::Scheme& flux) {
        return [&, flux](double) { return transport(fv::discretise(*sde, grid, flux, all), all); };
      };
      PositiveEvolution evolution(MPI_COMM_SELF, {grid, partition, with(scheme), with(monotone), 4, true}, {"", 1e-5});
      Array p = Array::Zero(grid.cells());
      p(grid.cells() / 2) = 1 / grid.cell_volume();
      double begin = 0;
      for (const double end : {1e-5, .01, .3}) {
        const PositiveStep done = evolution.advance(begin, end, 0, p);
        ASSERT_TRUE(done.converged) << k << ": " << done.reason;
        EXPECT_GE(p.minCoeff(), 0) << k << " at " << end;
        EXPECT_NEAR(p.sum() * grid.cell_volume(), 1, 1e-13) << k << " at " << end;
        EXPECT_LE(done.rounding_mass, 1e-16 * (2 + done.steps)) << k;
        begin = end;
      }
    }
  }
}

TEST(PositiveEvolution, OfMomentumStaysNearTheUnlimitedScheme) {
  const Setting setting = inertial(40);
  const Array from = setting.spike({-1, 0}, 2.2);
  PositiveStep figures;
  const Array p = setting.evolved(from, .5, {"", 1e-6}, &figures);
  const Array truth = setting.unlimited(from, .5);
  EXPECT_LT(truth.minCoeff(), 0);
  EXPECT_LE(setting.l1(p, truth), 5e-5);
  EXPECT_NEAR(setting.mass(p), 1, 1e-13);
  const Setting rough = inertial(40, monotone);
  EXPECT_GT(setting.l1(rough.evolved(from, .5, {"", 1e-6}), truth), .1);
}

TEST(PositiveEvolution, GoesOnBitForBit) {
  const Setting setting = inertial(20);
  const Array from = setting.spike({-1, 0}, .7);
  const EvolveOptions options{"", 1e-5};
  PositiveEvolution whole(MPI_COMM_SELF, setting.problem(), options);
  Array p = from;
  double step = 0;
  for (const auto& [begin, end] : {std::pair{0., .1}, {.1, .2}, {.2, .3}, {.3, .7}}) {
    PositiveEvolution fresh(MPI_COMM_SELF, setting.problem(), options);
    Array q = p;
    const PositiveStep again = fresh.advance(begin, end, step, q);
    const PositiveStep done = whole.advance(begin, end, step, p);
    EXPECT_TRUE((p == q).all()) << begin;
    EXPECT_EQ(done.step, again.step);
    EXPECT_EQ(done.limited_mass, again.limited_mass);
    EXPECT_GT(done.limited_steps, 0);
    step = done.step;
  }
}

/// dx = −(x − ½ sin 2t)dt + s(t) dW, s² = ½(1 + e^{−t}): m' = −(m − c), V' = −2V + s².
TEST(PositiveEvolution, FollowsASchedule) {
  const Models models = [](double t) {
    return test::make_model({{"name", "ornstein-uhlenbeck"},
                             {"drift_matrix", "1"},
                             {"noise_matrix", test::number(std::sqrt(.5 * (1 + std::exp(-t))))},
                             {"center", test::number(.5 * std::sin(2 * t))}});
  };
  const Setting setting(models, {"linear(-6, 6) 72"}, order8, false);
  const double m = 1;
  const double v = .3;
  const double end = 2;
  const Array from = setting.spike({m}, std::sqrt(v) / setting.grid.axis(0).spacing());
  const double mean = (m + .2) * std::exp(-end) + .1 * std::sin(2 * end) - .2 * std::cos(2 * end);
  const double variance = .25 + .5 * std::exp(-end) + (v - .75) * std::exp(-2 * end);
  const auto error = [&](const EvolveOptions& options) {
    const Array p = setting.evolved(from, end, options);
    const double found = setting.mass(setting.x.col(0) * p);
    return std::max(std::abs(found - mean), std::abs(setting.mass((setting.x.col(0) - found).square() * p) - variance));
  };
  const test::Convergence family = test::measure({10, 20, 40}, [&](Index steps) {
    return error({"", 1e-9, end / static_cast<double>(steps), false});
  });
  EXPECT_GE(family.order(), 3.7) << family.text();
  EXPECT_LE(error({"", 1e-8}), 1e-8);
}

TEST(PositiveEvolution, CountsWhatAnAbsorbingWallTakes) {
  const Setting setting =
      formula({{"variables", "x"}, {"drift.x", "0"}, {"noise.x.1", "1"}}, {"linear(-1, 1) 60 absorbing absorbing"});
  const Array from = setting.spike({0}, 2.5);
  const Array p = setting.evolved(from, .5, {"", 1e-8});
  EXPECT_NEAR(setting.mass(p), setting.mass(setting.unlimited(from, .5)), 1e-7);
  EXPECT_LT(setting.mass(p), .8);
}

TEST(PositiveEvolution, RefusesNegativeStartsAndGeneratorsThatAreNotMonotone) {
  const Setting setting = well(40);
  PositiveEvolution evolution(MPI_COMM_SELF, setting.problem(), {"", 1e-6});
  Array p = setting.spike({-1}, 2);
  p(3) = -1e-9;
  EXPECT_TRUE(test::has(test::error_of([&] { static_cast<void>(evolution.advance(0, 1, 0, p)); }), "nowhere negative"));
  p(3) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(test::has(test::error_of([&] { static_cast<void>(evolution.advance(0, 1, 0, p)); }), "NaN"));
  PositiveProblem problem = setting.problem();
  problem.low = problem.high;
  PositiveEvolution central(MPI_COMM_SELF, problem, {"", 1e-6});
  Array q = setting.spike({-1}, .3);
  EXPECT_TRUE(test::has(test::error_of([&] { static_cast<void>(central.advance(0, .001, 0, q)); }), "is not monotone"));
}

}  // namespace
}  // namespace sgdflux::solve
