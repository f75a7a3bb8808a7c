/// The stationary density of the diagonal linear network against docs/theory.md, section 2: y = x + ε, k = σ = 1.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "sgdflux/theory/reference.hpp"
#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

std::unique_ptr<model::Sde> network(Lines lines) {
  lines.insert(lines.end(), {{"name", "diagonal-network"},
                             {"beta1", "1"},
                             {"beta2", "1"},
                             {"alpha1", "2"},
                             {"alpha2", "2"},
                             {"alpha3", "3"}});
  return make_model(lines);
}

/// Half a unit of the last of six (five) printed digits.
constexpr double six_digits = 5.1e-7;
constexpr double five_digits = 5.1e-6;

struct Row {
  double temperature, mean, variance;
  std::optional<double> mode;
};
const std::vector<Row> depth_one = {{.01, .989585, .020623, .972121}, {.05, .937631, .119802, .886405},
                                    {.1, .844936, .251273, .803214},  {.15, .725873, .338611, .721325},
                                    {.2, .580905, .372097, .571429},  {.25, .403721, .337010, {}},
                                    {.3, .182092, .194207, {}},       {.33, .019734, .024330, {}}};

TEST(DiagonalNetwork, OfDepthOneReproducesTheTheoryTableWithAnAutomaticMeshOf800Cells) {
  for (const Row& row : depth_one) {
    SCOPED_TRACE("T = " + number(row.temperature));
    const auto sde = network({{"T", number(row.temperature)}});
    const auto exact = theory::reference(*sde)->observables;
    const auto answer = study_of(*sde, {"auto 800"});
    ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
    EXPECT_EQ(answer.flux, "exact");
    constexpr double tolerance = 1e-11;  // 1e-13 on one machine; asked for: 1e-7, and 1e-5 at T = .33
    for (const char* name : {"mean.v", "cov.v.v"}) {
      EXPECT_NEAR(value(answer, name) / exact.at(name), 1, tolerance) << name;
      expect_covered(answer, name, exact.at(name));
    }
    EXPECT_NEAR(value(answer, "mean.v"), row.mean, six_digits);
    EXPECT_NEAR(value(answer, "cov.v.v"), row.variance, six_digits);
    EXPECT_LE(answer.audit.mass_error, 1e-12);
    EXPECT_GE(answer.audit.min_density, 0);
  }
}

TEST(DiagonalNetwork, OfDepthOneReproducesTheModesOfTheTable) {
  for (const Row& row : depth_one) {
    SCOPED_TRACE("T = " + number(row.temperature));
    const auto answer = study_of(*network({{"T", number(row.temperature)}}), {"auto 800"});
    if (row.mode) {
      EXPECT_NEAR(value(answer, "mode.v"), *row.mode, six_digits);
      expect_covered(answer, "mode.v",
                     theory::reference(*network({{"T", number(row.temperature)}}))->observables.at("mode.v"));
    } else {
      EXPECT_FALSE(answer.observables.at("mode.v").value) << "the density rises to v = 0";
      EXPECT_FALSE(answer.observables.at("mode.v").reason.empty());
    }
  }
}

TEST(DiagonalNetwork, OfDepthOneIsTheExactDensityInL1) {
  for (const double temperature : {.01, .05, .1, .15, .2}) {
    const auto answer = study_of(*network({{"T", number(temperature)}}), {"auto 800"});
    ASSERT_TRUE(answer.reference && answer.reference->l1);
    EXPECT_LE(*answer.reference->l1, 1e-12) << temperature;
  }
}

TEST(DiagonalNetwork, OfDepthZeroHasMeanOneAndVarianceTOver1Minus2T) {
  for (const double temperature : {.01, .1, .2, .3, .4, .45}) {
    const auto answer = study_of(*network({{"depth", "0"}, {"T", number(temperature)}}), {"auto 800"});
    ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
    EXPECT_NEAR(value(answer, "mean.v"), 1, 1e-7);
    EXPECT_NEAR(value(answer, "cov.v.v") / (temperature / (1 - 2 * temperature)), 1, 1e-6) << temperature;
    expect_covered(answer, "mean.v", 1);
    expect_covered(answer, "cov.v.v", temperature / (1 - 2 * temperature));
  }
}

TEST(DiagonalNetwork, OfDepthZeroCoversWhatItsTailHidesWhereTheVarianceNearlyDiverges) {
  // v² p ~ |v|^{−1.04}: a fiftieth of the variance lies beyond |v| = 1e40.
  expect_covered(study_of(*network({{"depth", "0"}, {"T", "0.49"}}), {"auto 800"}), "cov.v.v", 24.5);
}

TEST(DiagonalNetwork, OfDepthZeroHasNoVarianceFromTOneHalfOn) {
  for (const char* temperature : {"0.5", "0.6"}) {
    const auto answer = study_of(*network({{"depth", "0"}, {"T", temperature}}), {"auto 800"});
    ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
    const core::Estimate& variance = answer.observables.at("cov.v.v");
    EXPECT_FALSE(variance.value);
    EXPECT_TRUE(has(variance.reason, "infinite")) << variance.reason;
    EXPECT_NEAR(value(answer, "mean.v"), 1, 1e-4);
  }
}

struct Deep {
  const char *depth, *width, *temperature;
  double mean, variance;
};

void expect_moments(const Deep& row) {
  SCOPED_TRACE(std::string("depth ") + row.depth + ", width " + row.width + ", T = " + row.temperature);
  const auto sde = network({{"depth", row.depth}, {"width", row.width}, {"T", row.temperature}});
  const auto answer = study_of(*sde, {"auto 800"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_NEAR(value(answer, "mean.v"), row.mean, five_digits);
  EXPECT_NEAR(value(answer, "cov.v.v"), row.variance, five_digits);
  for (const char* name : {"mean.v", "cov.v.v"}) {
    expect_covered(answer, name, theory::reference(*sde)->observables.at(name));
  }
}

TEST(DiagonalNetwork, OfDepthsTwoAndThreeReproducesTheDigitsOfTheTable) {
  for (const Deep& row : {Deep{"2", "1", "0.1", .71617, .22933}, Deep{"2", "1", "0.2", .46059, .23623},
                          Deep{"2", "1", "0.5", .13056, .09183}, Deep{"2", "1", "1", .03033, .02081},
                          Deep{"3", "1", "0.1", .61914, .20598}, Deep{"3", "1", "0.2", .36937, .17499},
                          Deep{"3", "1", "0.5", .11172, .06108}, Deep{"3", "1", "1", .03361, .01623}}) {
    expect_moments(row);
  }
}

TEST(DiagonalNetwork, OfWidths3And10And100ReproducesTheDigitsOfTheTable) {
  for (const Deep& row : {Deep{"2", "3", "0.2", .60660, .24651}, Deep{"2", "10", "0.2", .73772, .22302},
                          Deep{"2", "100", "0.2", .89113, .13723}}) {
    expect_moments(row);
  }
}

TEST(DiagonalNetwork, AboveTheCriticalTemperatureIsRefusedNamingVZero) {
  for (const Lines& lines : {Lines{{"T", "0.34"}}, Lines{{"T", "0.5"}}, Lines{{"T", "0.1"}, {"sign", "-1"}},
                             Lines{{"T", "0.02"}, {"sign", "-1"}, {"depth", "2"}}}) {
    const auto answer = study_of(*network(lines), {"auto 800"});
    EXPECT_EQ(answer.verdict, study::Verdict::no_stationary_density);
    EXPECT_EQ(study::exit_code(answer.verdict), core::ExitCode::no_answer);
    EXPECT_TRUE(has(answer.reason, "v = 0")) << answer.reason;
    EXPECT_TRUE(answer.observables.empty());
  }
}

TEST(DiagonalNetwork, AboveTheCriticalTemperatureIsRefusedOnAGivenMeshToo) {
  const auto answer = study_of(*network({{"T", "0.34"}}), {"linear(-92, 21) 800"});
  EXPECT_EQ(answer.verdict, study::Verdict::no_stationary_density);
  EXPECT_TRUE(has(answer.reason, "v = 0")) << answer.reason;
}

TEST(DiagonalNetwork, OfDepthTwoWithWeightDecayIsRefusedSayingThatTheMassIsTrappedForLong) {
  const auto answer = study_of(*network({{"depth", "2"}, {"T", "0.1"}, {"gamma", "0.05"}}), {"auto 800"});
  EXPECT_EQ(answer.verdict, study::Verdict::no_stationary_density);
  EXPECT_TRUE(has(answer.reason, "v = 0")) << answer.reason;
  EXPECT_TRUE(has(answer.reason, "traps the mass for long")) << answer.reason;
}

TEST(DiagonalNetwork, JustBelowTheCriticalTemperatureHasADensityThatReachesFarDown) {
  const auto sde = network({{"T", "0.333"}});
  const auto answer = study_of(*sde, {"auto 800"});
  ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
  EXPECT_LT(answer.mesh[0].arguments[0], -70000);
  const auto exact = theory::reference(*sde)->observables;
  for (const char* name : {"mean.v", "cov.v.v", "mean.s"}) {
    EXPECT_NEAR(value(answer, name) / exact.at(name), 1, 1e-4) << name;
    expect_covered(answer, name, exact.at(name));
  }
}

TEST(DiagonalNetwork, ApproachesTheCriticalTemperatureOnAnyNumberOfCells) {
  for (const char* share : {"0.9", "0.99", "0.999", "0.9999"}) {
    const auto sde = network({{"T", "(" + std::string(share) + ")/3"}});
    const auto exact = theory::reference(*sde)->observables;
    for (const char* axis : {"auto 200", "auto 800", "auto 2000"}) {
      SCOPED_TRACE(std::string("T/T_c = ") + share + ", " + axis);
      const auto answer = study_of(*sde, {axis});
      ASSERT_EQ(answer.verdict, study::Verdict::converged) << answer.reason;
      for (const char* name : {"mean.v", "cov.v.v"}) {
        EXPECT_NEAR(value(answer, name) / exact.at(name), 1, 1e-10) << name;  // asked for: 1e-5; measured: 4e-12
        expect_covered(answer, name, exact.at(name));
      }
      EXPECT_TRUE(answer.accuracy->reached) << answer.accuracy->largest;
    }
  }
}

TEST(DiagonalNetwork, NearlyFrozenIsANarrowGaussian) {
  const auto sde = network({{"T", "1e-6"}});
  const auto exact = theory::reference(*sde)->observables;
  for (const char* axis : {"auto 200", "auto 2000"}) {
    const auto answer = study_of(*sde, {axis});
    EXPECT_NEAR(value(answer, "mean.v"), exact.at("mean.v"), 1e-12);
    EXPECT_NEAR(value(answer, "cov.v.v") / 2.000006e-6, 1, 1e-10);
  }
}

TEST(DiagonalNetwork, CutOnAGivenMeshReportsWhatLiesOutside) {
  // The tail v^{−7/2}: cut at v = e^6, the variance misses a percent or so, and the error must say so.
  const auto sde = network({{"T", "0.2"}});
  const auto answer = study_of(*sde, {"linear(-60, 6) 800"});
  const double exact = theory::reference(*sde)->observables.at("cov.v.v");
  EXPECT_GT(std::abs(value(answer, "cov.v.v") / exact - 1), 1e-4);
  expect_covered(answer, "cov.v.v", exact);
}

TEST(DiagonalNetwork, WithWeightDecayIsTheOneWithASmallerBeta2) {
  const auto decay = study_of(*network({{"T", "0.1"}, {"gamma", "0.2"}}), {"auto 400"});
  Lines lines{{"name", "diagonal-network"},
              {"T", "0.1"},
              {"beta1", "1"},
              {"beta2", "0.8"},
              {"alpha1", "2"},
              {"alpha2", "2"},
              {"alpha3", "3"}};
  const auto shifted = study_of(*make_model(lines), {"auto 400"});
  EXPECT_NEAR(value(decay, "mean.v"), value(shifted, "mean.v"), 1e-8);
  EXPECT_NEAR(value(decay, "cov.v.v"), value(shifted, "cov.v.v"), 1e-8);
}

}  // namespace
}  // namespace sgdflux::test
