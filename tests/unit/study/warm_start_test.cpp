/// Sequences of stationary problems that use each other's densities and factors.
#include "sgdflux/study/warm_start.hpp"

#include "support/studying.hpp"

namespace sgdflux {
namespace {

study::StationaryAnswer solve_at(double noise, const std::shared_ptr<study::WarmStart>& warm) {
  const auto sde = test::make_model({{"name", "formula"},
                                     {"variables", "x v"},
                                     {"parameters", "Q=" + std::to_string(noise)},
                                     {"drift.x", "v"},
                                     {"drift.v", "x-x^3-v"},
                                     {"noise.v.1", "sqrt(2*Q)"}});
  study::StationaryOptions options;
  options.mesh = test::make_mesh(*sde, {"linear(-2.6, 2.6) 64", "linear(-3.4, 3.4) 64"});
  options.flux = "order8";
  options.warm = warm;
  if (warm) {
    warm->at(noise);
  }
  return study::stationary(MPI_COMM_SELF, *sde, options);
}

TEST(WarmStart, GivesTheNumbersOfColdSolvesAndKeepsItsFactors) {
  const auto warm = std::make_shared<study::WarmStart>();
  for (const double noise : {0.25, 0.26, 0.27, 0.285, 0.3, 0.32}) {
    const auto cold = solve_at(noise, nullptr);
    const auto next = solve_at(noise, warm);
    ASSERT_EQ(next.verdict, study::Verdict::converged) << next.reason;
    for (const auto& [name, estimate] : cold.observables) {
      if (estimate.value) {
        EXPECT_NEAR(test::value(next, name), *estimate.value, 1e-9) << name << " at " << noise;
        EXPECT_NEAR(*next.observables.at(name).error, *estimate.error, 1e-9 + 0.1 * *estimate.error) << name;
      }
    }
  }
  EXPECT_EQ(warm->count().cold + warm->count().warm, 18) << "six problems on three grids";
  EXPECT_GE(warm->count().warm, 9);
  EXPECT_LE(warm->count().iterations, 18 * 10);
}

/// A factorisation of another problem must not pass for this one's: the numbers are those of the parameter asked for.
TEST(WarmStart, ALargeStepIsSolvedAnew) {
  const auto warm = std::make_shared<study::WarmStart>();
  static_cast<void>(solve_at(0.3, warm));
  const auto far = solve_at(0.12, warm);
  const auto cold = solve_at(0.12, nullptr);
  EXPECT_NEAR(test::value(far, "cov.x.x"), test::value(cold, "cov.x.x"), 1e-9);
}

/// Correlated noise needs entries that independent noise does not have: matrices that are kept must not be those of the
/// other pattern.
TEST(WarmStart, PatternsThatComeAndGoAreNotConfused) {
  const auto at = [](double correlation, const std::shared_ptr<study::WarmStart>& warm) {
    const auto sde = test::make_model({{"name", "formula"},
                                       {"variables", "x y"},
                                       {"drift.x", "-x"},
                                       {"drift.y", "-2*y-0.1*y^3"},
                                       {"noise.x.1", "1"},
                                       {"noise.y.1", test::number(correlation)},
                                       {"noise.y.2", "1"}});
    study::StationaryOptions options;
    options.mesh = test::make_mesh(*sde, {"linear(-5, 5) 40", "linear(-4, 4) 40"});
    options.flux = "order4";
    options.estimate = false;
    options.warm = warm;
    if (warm) {
      warm->at(correlation);
    }
    return test::value(study::stationary(MPI_COMM_SELF, *sde, options), "cov.x.y");
  };
  const auto warm = std::make_shared<study::WarmStart>();
  for (const double correlation : {0.01, 0., 0.011, 0.012, 0., 0.01}) {
    EXPECT_NEAR(at(correlation, warm), at(correlation, nullptr), 1e-10) << correlation;
  }
  EXPECT_EQ(warm->count().cold, 2) << "a confused matrix would have to be given up for new factors";
}

}  // namespace
}  // namespace sgdflux
