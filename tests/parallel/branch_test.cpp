/// A branch is the same on any number of ranks.
#include "sgdflux/continuation/branch.hpp"

#include "support/continuing.hpp"

namespace sgdflux {
namespace {

/// Along the noise of a kinetic double well, with warm starts, a moving mesh and an event; the ranks agree, and together
/// they agree with one of them alone.
TEST(RanksOfBranch, FindTheSamePointsEventsAndSlopes) {
  const auto family = test::make_family({{"model.name", "formula"},
                                         {"model.variables", "x v"},
                                         {"model.parameters", "Q=0.3"},
                                         {"model.drift.x", "v"},
                                         {"model.drift.v", "x-x^3-v"},
                                         {"model.noise.v.1", "sqrt(2*Q)"}},
                                        "model.Q", {"linear(-2.6, 2.6) 40", "linear(-4, 4) 40"});
  continuation::Options options;
  options.from = 0.3;
  options.to = 0.4;
  options.step = 0.02;
  options.max_step = 0.03;
  options.formulas = {{"half", "cov.v.v - 0.35"}};
  const continuation::Branch together = continuation::follow(MPI_COMM_WORLD, family, options, {});
  const continuation::Branch alone = continuation::follow(MPI_COMM_SELF, family, options, {});
  ASSERT_EQ(together.points.size(), alone.points.size());
  ASSERT_EQ(together.events.size(), 1U);
  ASSERT_EQ(alone.events.size(), 1U);
  EXPECT_NEAR(together.events[0].value, alone.events[0].value, 1e-9);
  for (std::size_t i = 0; i < alone.points.size(); ++i) {
    EXPECT_EQ(together.points[i].parameter, alone.points[i].parameter);
    for (const std::string name : {"cov.x.x", "cov.v.v", "mean.x"}) {
      const double value = *alone.points[i].answer.observables.at(name).value;
      EXPECT_NEAR(*together.points[i].answer.observables.at(name).value, value, 1e-10) << name;
    }
    const auto& slopes = alone.points[i].answer.sensitivities.at("model.Q");
    EXPECT_NEAR(*together.points[i].answer.sensitivities.at("model.Q").at("cov.x.x").value,
                *slopes.at("cov.x.x").value, 1e-8);
  }
}

}  // namespace
}  // namespace sgdflux
