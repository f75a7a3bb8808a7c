/// Which solver is tried when, and what the record says of it.
#include "study/solver_choice.hpp"

#include <gtest/gtest.h>

#include "support/studying.hpp"

namespace sgdflux::study {
namespace {

std::unique_ptr<model::Sde> rotation(const std::string& speed) {
  return test::make_model({{"name", "ornstein-uhlenbeck"},
                           {"drift_matrix", "1 -" + speed + "; " + speed + " 1"},
                           {"noise_matrix", "1 0; 0 1"}});
}

std::vector<SolveRecord> on_finest(const StationaryAnswer& answer) {
  std::vector<SolveRecord> list;
  for (const SolveRecord& record : answer.solves) {
    if (record.cells == answer.solves.back().cells) {
      list.push_back(record);
    }
  }
  return list;
}

bool names(const SolveRecord& record, const std::string& word) { return record.solver.find(word) != std::string::npos; }

TEST(SolverChoice, FollowsSizeDimensionAndNoise) {
  const auto sde = rotation("3");
  const mesh::Grid small = test::make_grid(*sde, {"linear(-4, 4) 100", "linear(-4, 4) 100"});
  const mesh::Grid large = test::make_grid(*sde, {"linear(-4, 4) 300", "linear(-4, 4) 300"});
  const auto four = test::make_model({{"name", "momentum-regression"}, {"rho", "1 0.4"}});
  const mesh::Grid space = test::make_grid(*four, std::vector<std::string>(4, "linear(-4, 4) 12"));
  const fv::Scheme order8{fv::Flux::order8, 1};
  EXPECT_EQ(ways(small, order8, {}), std::vector{Way::direct});
  EXPECT_EQ(ways(large, order8, {false, false, true}), (std::vector{Way::geometric, Way::algebraic, Way::factored}));
  EXPECT_EQ(ways(large, order8, {false, false, false}), (std::vector{Way::algebraic, Way::factored}));
  EXPECT_EQ(ways(large, order8, {true, false, true}), (std::vector{Way::factored, Way::incomplete}));
  EXPECT_EQ(ways(large, order8, {true, false, true, 1}), (std::vector{Way::lines, Way::factored, Way::incomplete}));
  EXPECT_EQ(ways(large, order8, {true, false, false, 1}), (std::vector{Way::factored, Way::incomplete}));
  EXPECT_EQ(ways(space, order8, {true, false, true}), (std::vector{Way::kronecker, Way::incomplete}));
}

TEST(SolverChoice, OfGeometricMultigridNeedsLessMemoryThanTheOthers) {
  const auto sde = rotation("3");
  const mesh::Grid grid = test::make_grid(*sde, {"linear(-4, 4) 1000", "linear(-4, 4) 1000"});
  const fv::Scheme order8{fv::Flux::order8, 1};
  const double least = bytes(Way::geometric, grid, order8, {}, 1);
  for (const Way way : {Way::direct, Way::algebraic, Way::factored}) {
    EXPECT_GT(bytes(way, grid, order8, {}, 1), 2 * least) << to_string(way);
  }
}

TEST(SolverChoice, CountsTheOverlapsOfSlabsThatRanksSweepOver) {
  const fv::Scheme order8{fv::Flux::order8, 1};
  const auto sde = rotation("3");
  const auto needed = [&](int cells, int ranks) {
    const std::string axis = "linear(-4, 4) " + std::to_string(cells);
    return bytes(Way::lines, test::make_grid(*sde, {axis, axis}), order8, {}, ranks);
  };
  const double swept = 10 * sizeof(double) * 400. * 400.;  // sweeps of one rank
  EXPECT_NEAR(needed(400, 8) - needed(400, 1), swept, 1e-6 * swept);
  EXPECT_EQ(needed(400, 8), needed(400, 2)) << "as much as slabs have at most";
}

TEST(SolverChoice, ListsTheGridsThatASolveStartedFrom) {
  const auto answer =
      test::study_of(*rotation("3"), {"linear(-5.2, 5.2) 400", "linear(-5.2, 5.2) 400"}, {"order8", 0, false});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  ASSERT_GE(answer.solves.size(), 3U);
  EXPECT_TRUE(names(answer.solves.front(), "LU"));
  for (std::size_t k = 1; k < answer.solves.size(); ++k) {
    EXPECT_LT(answer.solves[k - 1].cells, answer.solves[k].cells);
    EXPECT_TRUE(names(answer.solves[k], "geometric multigrid"));
    EXPECT_TRUE(answer.solves[k].converged);
    EXPECT_GT(answer.solves[k].bytes, 0);
  }
  EXPECT_LE(answer.solves.back().iterations, 10);
  EXPECT_LE(answer.reference->l1.value(), 5e-12) << *answer.reference->l1;
}

TEST(SolverChoice, GoesOnWhenFastRotationDefeatsMultigrid) {
  const auto answer =
      test::study_of(*rotation("50"), {"linear(-4.3, 4.3) 150", "linear(-4.3, 4.3) 150"}, {"order8", 0, false});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  const std::vector<SolveRecord> tried = on_finest(answer);
  ASSERT_GE(tried.size(), 2U);
  EXPECT_TRUE(names(tried.front(), "geometric multigrid"));
  EXPECT_FALSE(tried.front().converged);
  EXPECT_FALSE(tried.front().reason.empty());
  EXPECT_TRUE(tried.back().converged);
  EXPECT_LE(tried.back().residual, 1e-12);
  EXPECT_NE(answer.solver.find("did not converge; "), std::string::npos) << answer.solver;
  EXPECT_NEAR(test::value(answer, "cov.x1.x1"), 0.5, 1e-6);
}

TEST(SolverChoice, SweepsAlongTheAxisThatHasNoise) {
  for (const std::string order : {"order2", "order8"}) {
    const auto answer = test::study_of(*test::make_model({{"name", "momentum-regression"}}),
                                       {"linear(-0.875, 0.875) 160", "linear(-2.84, 2.84) 160"}, {order, 1, false});
    ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
    ASSERT_EQ(on_finest(answer).size(), 1U);
    EXPECT_TRUE(names(answer.solves.back(), "line Gauss-Seidel")) << answer.solver;
    EXPECT_LE(answer.solves.back().iterations, 25);
    EXPECT_LE(answer.solves.back().residual, 1e-12);
    EXPECT_LE(answer.reference->l1.value(), order == "order8" ? 2e-8 : 2e-3) << *answer.reference->l1;
  }
}

TEST(SolverChoice, SplitsTwoModesIntoGroups) {
  const auto sde = test::make_model({{"name", "momentum-regression"}, {"rho", "1 0.4"}, {"noise_correlation", "0.2"}});
  const auto answer = test::study_of(
      *sde, {"linear(-0.75, 0.75) 14", "linear(-2.43, 2.43) 14", "linear(-0.75, 0.75) 14", "linear(-1.54, 1.54) 14"},
      {"order8", 1, false});
  ASSERT_EQ(answer.verdict, Verdict::converged) << answer.reason;
  ASSERT_EQ(on_finest(answer).size(), 1U);
  EXPECT_TRUE(names(answer.solves.back(), "Kronecker sum of 196 and 196 cells"));
  EXPECT_LE(answer.solves.back().iterations, 25);
  EXPECT_NEAR(test::value(answer, "cov.v1.v2"), 0.009365350998975569, 2e-5);
}

TEST(SolverChoice, SaysOnceWhatRoundsOfLimitingDid) {
  const auto sde = test::make_model({{"name", "momentum-regression"}});
  const auto answer = test::study_of(*sde, {"auto 32", "auto 32"}, {"limited", -1, false});
  EXPECT_GE(answer.solves.size(), 2U);
  EXPECT_EQ(answer.solver.find("LU"), answer.solver.rfind("LU")) << answer.solver;
}

}  // namespace
}  // namespace sgdflux::study
