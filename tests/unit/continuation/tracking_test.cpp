// Eigenvalues keep their identity by their eigenfunctions: through crossings, merging points, moving domains.
#include "sgdflux/continuation/tracking.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "continuation/assignment.hpp"
#include "support/continuing.hpp"
#include "support/dynamics.hpp"
#include "support/eigenvalues.hpp"

namespace sgdflux::continuation {
namespace {

using test::expect_exact_labels;
using test::momentum_eigenvalue;
using test::momentum_family;
using test::prober;
using test::slowest;

const study::SpectrumAnswer& spectrum_at(std::vector<std::unique_ptr<Probe>>& kept, const Family& family, double value,
                                         int count, double cells = 1) {
  kept.push_back(prober(family, slowest(count))(value, cells));
  return kept.back()->spectrum();
}

TEST(Assignment, PrefersTheLargestTotalToTheLargestSingleWeight) {
  Eigen::ArrayXXd weight(2, 2);
  weight << .6, .55, .58, .1;
  EXPECT_EQ(assign({{0, 1}, {1, 1}}, {{0, 1}, {1, 1}}, weight), (std::vector<int>{1, 0}));
}

TEST(Assignment, NeverTearsAPairBetweenTwoOthers) {
  const std::vector<Unit> pair_and_real{{0, 2}, {2, 1}};
  Eigen::ArrayXXd weight(3, 3);
  weight << 1, .9, .8, .9, 1, .8, .8, .8, .2;
  EXPECT_EQ(assign(pair_and_real, pair_and_real, weight), (std::vector<int>{0, 1, 2}))
      << "without that rule 0 → 1, 1 → 2, 2 → 0 would weigh 2.5 instead of 2.2";
}

TEST(Assignment, GivesTheSlowerOfTwoRealsTheMemberWithPositiveImaginaryPart) {
  const std::vector<Unit> reals{{0, 1}, {1, 1}, {2, 1}};
  const std::vector<Unit> pair{{0, 2}, {2, 1}};
  Eigen::ArrayXXd weight(3, 3);
  weight << .5, .5, 0, 0, 0, 1, .5, .5, 0;
  EXPECT_EQ(assign(reals, pair, weight), (std::vector<int>{0, 2, 1}));
  EXPECT_EQ(assign(pair, reals, weight.transpose()), (std::vector<int>{0, 2, 1}));
}

TEST(Assignment, LeavesOutWhatHasNoWeight) {
  Eigen::ArrayXXd weight(2, 1);
  weight << 0, .3;
  EXPECT_EQ(assign({{0, 1}, {1, 1}}, {{0, 1}}, weight), (std::vector<int>{-1, 0}));
  EXPECT_EQ(assign({{0, 1}}, {}, Eigen::ArrayXXd(1, 0)), (std::vector<int>{-1}));
}

TEST(Match, OfAnAnswerWithItselfIsTheIdentity) {
  std::vector<std::unique_ptr<Probe>> kept;
  const auto& answer = spectrum_at(kept, momentum_family("model.rho", .5, 1), 1, 5);
  const Match found = match(MPI_COMM_SELF, answer, answer);
  ASSERT_EQ(found.to.size(), 6U);
  for (std::size_t k = 0; k < found.to.size(); ++k) {
    EXPECT_EQ(found.to[k], static_cast<int>(k));
    EXPECT_NEAR(found.overlap[k], 1, 1e-7) << k;
  }
}

TEST(Match, DoesNotMindADomainThatMovesAndGrows) {
  // dx = −(x − c) dt + c dW: at c = 1 and c = 50 the boxes have no point in common.
  const auto family = test::make_family({{"model.name", "formula"},
                                         {"model.variables", "x"},
                                         {"model.drift.x", "20*c - x"},
                                         {"model.noise.x.1", "sqrt(c)"}},
                                        "parameters.c", {"auto 100"});
  std::vector<std::unique_ptr<Probe>> kept;
  const auto& before = spectrum_at(kept, family, 1, 4);
  const auto& after = spectrum_at(kept, family, 50, 4);
  const Match found = match(MPI_COMM_SELF, before, after);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(found.to[k], static_cast<int>(k));
    EXPECT_GT(found.overlap[k], .99) << k << ": the boxes are not exactly alike";
  }
}

Family two_rates() {
  // Eigenvalues −(n₁ + k n₂): −k crosses −2 at k = 2.
  return test::make_family(
      {{"model.name", "ornstein-uhlenbeck"}, {"model.drift_matrix", "1 0; 0 k"}, {"model.noise_matrix", "1 0; 0 1"}},
      "parameters.k", {"auto 40", "auto 40"});
}

TEST(Match, FollowsEigenfunctionsWhereEigenvaluesCross) {
  std::vector<std::unique_ptr<Probe>> kept;
  const auto& before = spectrum_at(kept, two_rates(), 1.9, 4);
  const auto& after = spectrum_at(kept, two_rates(), 2.1, 4);
  const Match found = match(MPI_COMM_SELF, before, after);
  ASSERT_EQ(found.to.size(), 4U);
  EXPECT_EQ((std::vector<int>{found.to[0], found.to[1], found.to[2], found.to[3]}), (std::vector<int>{0, 1, 3, 2}));
  for (const double overlap : found.overlap) {
    EXPECT_GT(overlap, .9999);
  }
}

TEST(Match, GoesByValueWhereTheCellsDiffer) {
  std::vector<std::unique_ptr<Probe>> kept;
  const auto& before = spectrum_at(kept, two_rates(), 1.9, 4);
  const auto& after = spectrum_at(kept, two_rates(), 1.92, 4, .7);
  const Match found = match(MPI_COMM_SELF, before, after);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(found.to[k], static_cast<int>(k));
    EXPECT_EQ(found.overlap[k], 0);
  }
}

TEST(Match, FindsNothingInAnEmptyAnswer) {
  std::vector<std::unique_ptr<Probe>> kept;
  const auto& answer = spectrum_at(kept, two_rates(), 1.9, 3);
  EXPECT_EQ(match(MPI_COMM_SELF, answer, {}).to, (std::vector<int>(answer.eigenvalues.size(), -1)));
  EXPECT_TRUE(match(MPI_COMM_SELF, {}, answer).to.empty());
}

TEST(Match, OverlapsStayFiniteAtAnExceptionalPoint) {
  // 1e−8 from it the two condition numbers are 2e5, and ⟨u, v'⟩⟨u', v⟩ without a norm is 55 for each of the two.
  const auto family = momentum_family("model.rho", .5, 1);
  const double critical = test::critical_rho(.5);
  std::vector<std::unique_ptr<Probe>> kept;
  const auto& before = spectrum_at(kept, family, critical - 1e-4, 3);
  const auto& after = spectrum_at(kept, family, critical - 1e-8, 3);
  const Match found = match(MPI_COMM_SELF, before, after);
  for (std::size_t k = 1; k < 3; ++k) {
    EXPECT_EQ(found.to[k], static_cast<int>(k));
    EXPECT_NEAR(found.overlap[k], std::sqrt(.5), .02) << "the two have become one vector, half of it theirs";
  }
}

TEST(Tracker, LabelsThroughCriticalDampingAndBackAreTheExactOnes) {
  // On the way −2λ₋ crosses −λ₊ (ρ = .74), level 1 merges and three eigenvalues of level 2 merge at once (ρ = .8333).
  Tracker tracker(MPI_COMM_SELF);
  expect_exact_labels(tracker, prober(momentum_family("model.rho", .5, 1), slowest(6)), 5,
                      {.7, .72, .76, .81, .825, .84, .9, .84, .81, .76, .7},
                      [](double rho, int plus, int minus) { return momentum_eigenvalue(.5, rho, plus, minus); });
}

TEST(Tracker, LabelsOverMomentumAreTheExactOnes) {
  Tracker tracker(MPI_COMM_SELF);
  expect_exact_labels(tracker, prober(momentum_family("model.beta", .5, 1), slowest(6)), 5,
                      {.52, .48, .45, .42, .40, .42, .45, .48, .52},
                      [](double beta, int plus, int minus) { return momentum_eigenvalue(beta, 1, plus, minus); });
}

TEST(Tracker, GivesNewNumbersToWhatAppearsAndGoesOnFromAFile) {
  const auto make = prober(two_rates(), slowest(5));
  const auto near = make(1.9, 1);
  const auto far = make(2.2, 1);
  Tracker tracker(MPI_COMM_SELF);
  const auto first = tracker.follow(near->spectrum(), 3);
  ASSERT_EQ(first.size(), 4U);
  const auto second = tracker.follow(far->spectrum(), 4);
  ASSERT_EQ(second.size(), 5U);
  EXPECT_NEAR(second[2].eigenvalue.value.real(), -2.2, 1e-7) << "branch 2 is −k";
  EXPECT_NEAR(second[3].eigenvalue.value.real(), -2, 1e-7);
  EXPECT_EQ(second[4].branch, 4);
  EXPECT_EQ(second[4].overlap, 1);

  Tracker resumed(MPI_COMM_SELF);
  resumed.resume(near->spectrum(), first, 7);
  const auto again = resumed.follow(far->spectrum(), 4);
  ASSERT_EQ(again.size(), 5U);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(again[k].branch, second[k].branch);
    EXPECT_EQ(again[k].eigenvalue.value, second[k].eigenvalue.value);
    EXPECT_EQ(again[k].overlap, second[k].overlap);
  }
  EXPECT_EQ(again[4].branch, 7) << "the next free number of the run";
}

TEST(Tracker, PassesOverPointsWithoutEigenvalues) {
  const auto make = prober(two_rates(), slowest(4));
  const auto near = make(1.9, 1);
  const auto far = make(2.1, 1);
  Tracker tracker(MPI_COMM_SELF);
  EXPECT_TRUE(tracker.follow({}, 2).empty());
  static_cast<void>(tracker.follow(near->spectrum(), 2));
  EXPECT_TRUE(tracker.follow({}, 2).empty());
  const auto found = tracker.follow(far->spectrum(), 2);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_NEAR(found[2].eigenvalue.value.real(), -2.1, 1e-7);
}

}  // namespace
}  // namespace sgdflux::continuation
