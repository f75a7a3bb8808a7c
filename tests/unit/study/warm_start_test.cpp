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

}  // namespace
}  // namespace sgdflux
