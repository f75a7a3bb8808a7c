/// Components, weights and refusals are the same on every number of ranks.
#include <gtest/gtest.h>

#include <cmath>

#include "support/studying.hpp"

namespace sgdflux::test {
namespace {

study::StationaryAnswer answer_of(MPI_Comm comm, const model::Sde& sde, const std::vector<std::string>& axes,
                                  const Eigen::VectorXd& centre, const Eigen::VectorXd& width) {
  study::StationaryOptions options;
  options.mesh = make_mesh(sde, axes);
  options.start = study::point_density(sde, centre, width);
  return study::stationary(comm, sde, options);
}

void expect_same(const core::Estimate& all, const core::Estimate& alone, const std::string& name) {
  ASSERT_EQ(all.value.has_value(), alone.value.has_value()) << name;
  if (alone.value) {
    EXPECT_NEAR(*all.value, *alone.value, 1e-9 * std::max(1., std::abs(*alone.value))) << name;
  }
}

void expect_independent_of_ranks(const model::Sde& sde, const std::vector<std::string>& axes,
                                 const Eigen::VectorXd& centre, const Eigen::VectorXd& width, study::Verdict verdict,
                                 std::size_t count) {
  const auto all = answer_of(MPI_COMM_WORLD, sde, axes, centre, width);
  const auto alone = answer_of(MPI_COMM_SELF, sde, axes, centre, width);
  EXPECT_EQ(all.verdict, verdict) << all.reason;
  EXPECT_EQ(alone.verdict, verdict) << alone.reason;
  ASSERT_EQ(all.components.size(), count) << all.reason;
  ASSERT_EQ(alone.components.size(), count);
  ASSERT_EQ(all.points.size(), alone.points.size());
  for (std::size_t k = 0; k < count; ++k) {
    EXPECT_EQ(all.components[k].where, alone.components[k].where);
    expect_same(all.components[k].weight, alone.components[k].weight, "weight");
    for (const auto& [name, estimate] : alone.components[k].observables) {
      expect_same(all.components[k].observables.at(name), estimate, name);
    }
  }
  for (std::size_t k = 0; k < alone.points.size(); ++k) {
    expect_same(all.points[k].weight, alone.points[k].weight, alone.points[k].where);
  }
}

std::unique_ptr<model::Sde> plane(const std::string& noise) {
  return make_model({{"name", "formula"},
                     {"variables", "x y"},
                     {"drift.x", "x - x^3"},
                     {"drift.y", "-y + 0.1*x"},
                     {"noise.x.1", noise},
                     {"noise.y.2", "sqrt(2*0.00625)"}});
}

TEST(Components, OfAnInvariantPoint) {
  const auto sde = make_model({{"name", "formula"}, {"variables", "x"}, {"drift.x", "x - x^3"}, {"noise.x.1", "x"}});
  expect_independent_of_ranks(*sde, {"auto 200"}, Eigen::VectorXd::Constant(1, .2), Eigen::VectorXd::Constant(1, .5),
                              study::Verdict::several_ergodic_components, 2);
}

TEST(Components, OfWells) {
  expect_independent_of_ranks(*plane("sqrt(2*0.00625)"), {"linear(-1.7, 1.7) 64", "linear(-0.6, 0.6) 32"},
                              Eigen::Vector2d(-.1, 0), Eigen::Vector2d(.2, .1),
                              study::Verdict::several_ergodic_components, 2);
}

TEST(Components, ChosenByAStart) {
  expect_independent_of_ranks(*plane("sqrt(2*0.00625)"), {"linear(-1.7, 1.7) 96", "linear(-0.6, 0.6) 32"},
                              Eigen::Vector2d(1, 0), Eigen::Vector2d(.06, .1), study::Verdict::converged, 2);
}

TEST(Components, OfAnInvariantLine) {
  expect_independent_of_ranks(*plane("0.8*x"), {"linear(-3, 3) 48", "linear(-0.9, 0.9) 24"}, Eigen::Vector2d(.5, 0),
                              Eigen::Vector2d(.5, .2), study::Verdict::several_ergodic_components, 2);
}

TEST(Components, NoneWhereMassEscapes) {
  const auto sde = make_model({{"name", "formula"},
                               {"variables", "x y"},
                               {"drift.x", "-x/(1+x^2+y^2)"},
                               {"drift.y", "-y/(1+x^2+y^2)"},
                               {"noise.x.1", "sqrt(2)"},
                               {"noise.y.2", "sqrt(2)"}});
  expect_independent_of_ranks(*sde, {"linear(-5, 5) 32", "linear(-5, 5) 32"}, Eigen::Vector2d(0, 0),
                              Eigen::Vector2d(1, 1), study::Verdict::no_stationary_density, 0);
}

}  // namespace
}  // namespace sgdflux::test
