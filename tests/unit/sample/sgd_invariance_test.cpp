#include <cmath>
#include <limits>

#include "sgd_test_tools.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::VectorXd;

/// Schedules that change learning rate and batch size in time.
SgdOptions scheduled(SgdOptions options) {
  options.eta_schedule = [](std::int64_t step) { return 0.02 / (1 + 0.01 * static_cast<double>(step)); };
  options.batch_schedule = [](std::int64_t step) { return 1 + static_cast<double>(step % 7) / 2; };
  return options;
}

/// One of every kind of process.
std::vector<std::unique_ptr<Process>> kinds() {
  std::vector<std::unique_ptr<Process>> all;
  const TrainingData one = table_of(17, 1, 0.5, 5);
  const TrainingData many = table_of(23, 13, 0.5, 6);
  const Eigen::Vector4d start(0.9, 1.1, 0.8, -0.3);
  all.push_back(make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), true, {}, {.eta = 0.05}));
  all.push_back(make_network_sgd({1, 2}, start, false, {}, scheduled({.momentum = 0.5, .weight_decay = 0.01})));
  all.push_back(make_network_sgd({3, 1}, start, false, one, {.eta = 0.02, .batch = 5}));
  all.push_back(make_network_sgd({3, 1}, start, false, one, scheduled({.replacement = Replacement::off})));
  all.push_back(make_regression_sgd({0, 1}, {}, many, {.batch = 3, .momentum = 0.9, .replacement = Replacement::off}));
  all.push_back(make_regression_sgd({2}, {}, many, scheduled({.replacement = Replacement::off})));
  all.push_back(make_regression_sgd({12}, {}, many, {.batch = 2, .weight_decay = 0.1}));
  all.push_back(make_regression_sgd({0}, {}, {}, scheduled({.momentum = 0.3, .weight_decay = 0.1})));
  return all;
}

TEST(Sgd, PathsDoNotDependOnTheWidthOfTheirBlock) {
  for (const auto& process : kinds()) {
    const Batch whole = run(*process, 0, 37, 150);
    const Batch seen = process->observe(whole);
    for (const Index width : {1, 2, 5, 16}) {
      const Batch part = run(*process, 11, width, 150);
      EXPECT_TRUE(same(part, whole.middleRows(11, width))) << process->words() << ", width " << width;
      EXPECT_TRUE(same(process->observe(part), seen.middleRows(11, width))) << process->words();
    }
    EXPECT_FALSE((whole.row(0) == whole.row(1)).all());
  }
}

TEST(Sgd, PathsDoNotDependOnCutsInTime) {
  for (const auto& process : kinds()) {
    const Batch whole = run(*process, 2, 9, 150);
    Batch state = process->start(2, 9);
    const auto workspace = process->workspace(9);
    process->advance(state, 2, 0, 1, workspace.get());
    process->advance(state, 2, 1, 0, workspace.get());
    process->advance(state, 2, 1, 71, nullptr);
    process->advance(state, 2, 72, 78, workspace.get());
    EXPECT_TRUE(same(state, whole)) << process->words();
  }
}

/// One workspace may serve blocks of different paths and go back in time.
TEST(Sgd, TheWorkspaceIsNoPartOfTheState) {
  for (const auto& process : kinds()) {
    const auto workspace = process->workspace(4);
    Batch first = process->start(0, 4);
    process->advance(first, 0, 0, 90, workspace.get());
    Batch second = process->start(4, 4);
    process->advance(second, 4, 0, 90, workspace.get());
    process->advance(first, 0, 90, 60, workspace.get());
    EXPECT_TRUE(same(first, run(*process, 0, 4, 150))) << process->words();
    EXPECT_TRUE(same(second, run(*process, 4, 4, 90))) << process->words();
  }
}

TEST(Sgd, SeedsGiveDifferentPaths) {
  for (const Replacement replacement : {Replacement::on, Replacement::off}) {
    const TrainingData data = table_of(20, 2, 1, 7);
    const auto one = make_regression_sgd({0}, {}, data, {.replacement = replacement, .seed = 1});
    const auto two = make_regression_sgd({0}, {}, data, {.replacement = replacement, .seed = 2});
    EXPECT_FALSE(same(run(*one, 0, 1, 15), run(*two, 0, 1, 15)));
  }
}

TEST(Sgd, ExplodedPathsStaySoAndLeaveTheOthersAlone) {
  const auto process = make_network_sgd({1, 1}, Eigen::Vector2d(3, 3), false, {}, {.eta = 0.12});
  const Batch early = run(*process, 0, 64, 60);
  const Batch late = run(*process, 0, 64, 400);
  const auto exploded = !early.isFinite().rowwise().all();
  const Index count = exploded.count();
  EXPECT_GT(count, 0);
  EXPECT_LT(count, 64);
  for (Index path = 0; path < 64; ++path) {
    EXPECT_TRUE(early.row(path).isFinite().all() || !late.row(path).isFinite().any()) << path;
  }
  const auto steep = make_regression_sgd({0}, VectorXd::Ones(1), table_of(10, 5, 1, 8), {.eta = 5});
  EXPECT_FALSE(run(*steep, 0, 8, 1000).isFinite().any());
}

TEST(Sgd, TimeIsTheSumOfLearningRates) {
  const auto constant = make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {}, {.eta = 0.02});
  EXPECT_DOUBLE_EQ(constant->time(50), 1);
  const auto halving =
      make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {},
                       {.eta_schedule = [](std::int64_t step) { return std::ldexp(1.0, -static_cast<int>(step)); }});
  EXPECT_DOUBLE_EQ(halving->time(3), 1.75);
  EXPECT_DOUBLE_EQ(halving->time(5), 1.9375);
  EXPECT_DOUBLE_EQ(halving->time(1), 1);
  EXPECT_DOUBLE_EQ(halving->time(0), 0);
}

}  // namespace
}  // namespace sgdflux::sample
