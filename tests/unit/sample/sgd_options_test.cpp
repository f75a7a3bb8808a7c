#include <limits>

#include "sgd_test_tools.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const core::SettingsError& error) {
    return error.what();
  }
  return "accepted";
}

std::string refusal(const SgdOptions& options, const TrainingData& data = {}) {
  return message_of([&] { options.validate(data); });
}

TEST(SgdOptions, NumbersOutOfRangeAreRefusedWithKeyValueAndRange) {
  EXPECT_EQ(refusal({}), "accepted");
  EXPECT_EQ(refusal({.eta = 0}), "sample.eta = 0: it must be positive and finite");
  EXPECT_EQ(refusal({.eta = nan}), "sample.eta = nan: it must be positive and finite");
  EXPECT_EQ(refusal({.batch = 0}), "sample.batch = 0: it must be an integer from 1 to 1048576");
  EXPECT_EQ(refusal({.batch = 1048577}), "sample.batch = 1048577: it must be an integer from 1 to 1048576");
  EXPECT_EQ(refusal({.momentum = 1}), "sample.momentum = 1: it must be in [0, 1)");
  EXPECT_EQ(refusal({.momentum = -0.1}), "sample.momentum = -0.1: it must be in [0, 1)");
  EXPECT_EQ(refusal({.weight_decay = -1}), "sample.weight_decay = -1: it must be finite and not negative");
}

TEST(SgdOptions, BatchesLargerThanTheDataAreRefusedWithoutReplacement) {
  const TrainingData data = table_of(10, 2, 1, 1);
  EXPECT_EQ(refusal({.batch = 11}, data), "accepted");
  EXPECT_EQ(refusal({.batch = 10, .replacement = Replacement::off}, data), "accepted");
  for (const Replacement replacement : {Replacement::off, Replacement::stream}) {
    EXPECT_EQ(refusal({.batch = 11, .replacement = replacement}, data),
              "sample.batch = 11: it must be at most 10, the number of rows, without replacement (sample.replacement = "
              "off or stream)");
  }
  EXPECT_EQ(refusal({.batch = 11, .replacement = Replacement::stream}), "accepted");
  EXPECT_EQ(refusal({.replacement = Replacement::off}),
            "sample.replacement = off: generated data have no epochs to reshuffle; it must be on or stream, which both "
            "draw every member anew");
}

TEST(SgdOptions, DataThatAreNotFiniteOrDoNotFitAreRefused) {
  TrainingData data = table_of(10, 2, 1, 1);
  data.y(3) = nan;
  const std::string gap = " of the data has a value that is missing or not finite; SGD needs all of them";
  EXPECT_EQ(refusal({}, data), "row 4" + gap);
  data = table_of(10, 2, 1, 1);
  data.x(8, 1) = std::numeric_limits<double>::infinity();
  EXPECT_EQ(refusal({}, data), "row 9" + gap);
  data.y.conservativeResize(9);
  EXPECT_EQ(refusal({}, data), "labels of the data = 9: it must be one for each of the 10 rows");
  EXPECT_EQ(refusal({}, {.label_noise = -1}), "label_noise = -1: it must be finite and not negative");
  EXPECT_EQ(refusal({}, {.slope = nan}), "slope = nan: it must be finite");
}

TEST(SgdOptions, SchedulesThatLeaveTheRangeAreRefusedAtTheStepWhereTheyDo) {
  SgdOptions options;
  options.eta_schedule = [](std::int64_t step) { return 0.02 - 0.01 * static_cast<double>(step); };
  EXPECT_EQ(refusal(options), "accepted");
  const auto process = make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {}, options);
  Batch state = process->start(0, 1);
  EXPECT_EQ(message_of([&] { process->advance(state, 0, 0, 4, nullptr); }),
            "sample.eta is -0.01 at step 3; it must be finite and not negative");
  options.eta_schedule = {};
  options.batch_schedule = [](std::int64_t) { return 0.4; };
  EXPECT_EQ(refusal(options), "sample.batch is 0.4 at step 0; it must be from 1 to 1048576");
  options.batch_schedule = [](std::int64_t) { return 20.0; };
  options.replacement = Replacement::off;
  EXPECT_EQ(refusal(options, table_of(10, 2, 1, 1)), "sample.batch is 20 at step 0; it must be from 1 to 10");
}

TEST(NetworkSgd, RefusesShapesStartsAndDataThatDoNotFit) {
  const auto network = [](NetworkShape shape, const Eigen::VectorXd& start, bool pair, const TrainingData& data) {
    return message_of([&] { static_cast<void>(make_network_sgd(shape, start, pair, data, {})); });
  };
  EXPECT_EQ(network({1, 2}, Eigen::Vector3d(1, 1, 1), false, {}),
            "sample.start: the network needs 4 finite weights, layer by layer; 3 are given");
  EXPECT_EQ(network({1, 1}, Eigen::Vector2d(1, nan), false, {}),
            "sample.start: the network needs 2 finite weights, layer by layer; 2 are given");
  EXPECT_EQ(network({-1, 1}, Eigen::VectorXd(), false, {}),
            "model.depth = -1, model.width = 1: they must be at least 0 and at least 1");
  EXPECT_EQ(network({1, 2}, Eigen::Vector4d(1, 1, 1, 1), true, {}),
            "model.name = balance-pair: it is the network with model.depth = 1 and model.width = 1");
  EXPECT_EQ(network({1, 1}, Eigen::Vector2d(1, 1), false, table_of(5, 2, 1, 1)),
            "inputs of the data = 2: a diagonal network has exactly 1");
}

TEST(RegressionSgd, RefusesModesAndStartsThatDoNotFit) {
  const TrainingData data = table_of(10, 3, 1, 1);
  const auto regression = [&](const std::vector<int>& modes, const Eigen::VectorXd& start) {
    return message_of([&] { static_cast<void>(make_regression_sgd(modes, start, data, {})); });
  };
  EXPECT_EQ(regression({}, {}), "sample.modes is empty: at least one eigenvector must be observed");
  EXPECT_EQ(regression({0, 3}, {}), "sample.modes has 3: modes must be different integers from 0 to 2");
  EXPECT_EQ(regression({1, 1}, {}), "sample.modes has 1: modes must be different integers from 0 to 2");
  EXPECT_EQ(regression({1, 2}, Eigen::Vector3d(1, 1, 1)),
            "sample.start has 3 numbers; it must be empty or have a finite one for each of the 2 modes");
}

TEST(Sgd, MoreStepsThanThereAreRandomNumbersForAreRefused) {
  const auto process = make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {}, {});
  Batch state = process->start(0, 1);
  EXPECT_EQ(message_of([&] { process->advance(state, 0, std::int64_t{1} << 40, 1, nullptr); }),
            "sample.steps: step 1099511627777 is asked for; there are at most 1099511627776 steps");
}

}  // namespace
}  // namespace sgdflux::sample
