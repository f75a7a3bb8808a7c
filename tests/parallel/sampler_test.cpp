/// Paths are the same numbers on every number of ranks, for any width of batches, and when a run is cut and gone on
/// with.
#include <gtest/gtest.h>

#include <cmath>

#include "sgdflux/la/session.hpp"
#include "sgdflux/sample/sampler.hpp"
#include "sgdflux/sample/sde_process.hpp"
#include "sgdflux/sample/sgd_process.hpp"
#include "support/numerics.hpp"

namespace sgdflux::test {
namespace {

sample::Plan small_plan(const std::vector<std::string>& variables) {
  sample::Plan plan;
  plan.paths = 70;
  plan.burn = 40;
  plan.steps = 160;
  plan.every = 4;
  plan.history = 9;
  for (const std::string& name : variables) {
    plan.axes.push_back(mesh::parse_axis(name, "auto 20"));
  }
  return plan;
}

std::unique_ptr<sample::Process> network_paths(const model::Sde& sde) {
  sample::SdeOptions options;
  options.dt = 0.05;
  options.seed = 5;
  return sample::make_sde_process(sde, options);
}

std::unique_ptr<sample::Process> network_sgd(double eta) {
  sample::SgdOptions options;
  options.eta = eta;
  options.seed = 3;
  return sample::make_network_sgd({1, 1}, Eigen::Vector2d(1, 1.2), true, {}, options);
}

/// Every number of both, NaN equal to NaN.
void expect_same(const core::Batch& a, const core::Batch& b, const std::string& what) {
  ASSERT_EQ(a.rows(), b.rows()) << what;
  ASSERT_EQ(a.cols(), b.cols()) << what;
  EXPECT_TRUE(((a == b) || (a.isNaN() && b.isNaN())).all()) << what;
}

void expect_same(const sample::Recording& a, const sample::Recording& b) {
  expect_same(a.death, b.death, "deaths");
  ASSERT_EQ(a.tally.blocks(), b.tally.blocks());
  for (int block = 0; block < a.tally.blocks(); ++block) {
    expect_same(a.tally.sums(block), b.tally.sums(block), "sums of block " + std::to_string(block));
    EXPECT_EQ(a.tally.records(block), b.tally.records(block));
  }
  ASSERT_EQ(a.snapshots.size(), b.snapshots.size());
  for (std::size_t k = 0; k < a.snapshots.size(); ++k) {
    expect_same(a.snapshots[k], b.snapshots[k], "snapshot");
  }
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t k = 0; k < a.history.size(); ++k) {
    expect_same(a.history[k], b.history[k], "history");
  }
  ASSERT_EQ(a.binnings.size(), b.binnings.size());
  for (std::size_t k = 0; k < a.binnings.size(); ++k) {
    EXPECT_TRUE((a.binnings[k].counts == b.binnings[k].counts).all());
    EXPECT_TRUE((a.binnings[k].total == b.binnings[k].total).all());
  }
}

TEST(Sampler, PathsDoNotDependOnRanksOrWidth) {
  const auto sde = make_model({{"name", "balance-pair"}, {"T", "0.1"}});
  const auto process = network_paths(*sde);
  const sample::Plan plan = small_plan({"s", "phi"});
  const sample::Recording alone = sample::run(MPI_COMM_SELF, *process, plan);
  for (const sample::Index width : {1, 7, 64}) {
    sample::Plan other = plan;
    other.width = width;
    expect_same(sample::run(MPI_COMM_WORLD, *process, other), alone);
  }
}

TEST(Sampler, SgdDoesNotDependOnRanksOrWidthWherePathsDiverge) {
  const auto process = network_sgd(0.15);
  sample::Plan plan = small_plan({"s", "phi"});
  plan.burn = 4;
  const sample::Recording alone = sample::run(MPI_COMM_SELF, *process, plan);
  const auto dead = (alone.death >= 0).count();
  ASSERT_GT(dead, 0);
  ASSERT_LT(dead, plan.paths);
  plan.width = 3;
  expect_same(sample::run(MPI_COMM_WORLD, *process, plan), alone);
}

TEST(Sampler, HistogramsHoldNothingOfPathsThatDiverge) {
  const auto process = network_sgd(0.15);
  sample::Plan plan = small_plan({"s", "phi"});
  plan.burn = 4;
  const sample::Recording recording = sample::run(MPI_COMM_WORLD, *process, plan);
  const auto alive = recording.alive.count();
  for (const sample::Binning& binning : recording.binnings) {
    EXPECT_EQ(binning.total.sum(), alive * plan.records());
    EXPECT_TRUE((binning.counts >= 0).all());
  }
}

TEST(Sampler, ACutRunGoesOnToTheSameNumbers) {
  const auto sde = make_model({{"name", "balance-pair"}, {"T", "0.1"}});
  const auto process = network_paths(*sde);
  const sample::Plan plan = small_plan({"s", "phi"});
  std::vector<sample::Checkpoint> checkpoints;
  sample::Hooks hooks;
  hooks.due = [] { return true; };
  hooks.checkpoint = [&](const sample::Checkpoint& checkpoint) { checkpoints.push_back(checkpoint); };
  const sample::Recording whole = sample::run(MPI_COMM_WORLD, *process, plan, hooks);
  ASSERT_GE(checkpoints.size(), 10U);
  for (const std::size_t k : {std::size_t{1}, checkpoints.size() / 2, checkpoints.size() - 1}) {
    sample::Hooks resumed;
    resumed.resume = &checkpoints[k];
    expect_same(sample::run(MPI_COMM_WORLD, *process, plan, resumed), whole);
    expect_same(sample::run(MPI_COMM_SELF, *process, plan, resumed), whole);  // on another number of ranks
  }
}

TEST(Sampler, EndsWhenEveryPathDiverged) {
  const auto process = network_sgd(3);
  const sample::Plan plan = small_plan({"s", "phi"});
  const sample::Recording recording = sample::run(MPI_COMM_WORLD, *process, plan);
  EXPECT_TRUE(recording.extinct);
  EXPECT_FALSE(recording.alive.any());
  EXPECT_LE(recording.end_time, 3 * static_cast<double>(plan.burn + plan.steps));
}

}  // namespace
}  // namespace sgdflux::test
