#include "sample/minibatch.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sgd_test_tools.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

/// Rows that a path sees in steps 0 … steps − 1, batch by batch.
std::vector<std::vector<std::uint32_t>> batches_of(const SgdOptions& options, Index rows, std::int64_t steps,
                                                   Index path = 0) {
  TrainingData data;
  data.x = Eigen::MatrixXd::Ones(rows, 1);
  data.y = Eigen::VectorXd::Ones(rows);
  const SgdSchedule schedule(options, data);
  const Minibatches batches(options, rows);
  auto cache = batches.cache(1);
  SgdPosition position;
  std::vector<std::vector<std::uint32_t>> all;
  for (std::int64_t count = 0; count < steps; ++count) {
    const SgdStep step = schedule.next(position);
    const std::uint32_t* seen = batches.rows(path, 0, step, cache);
    all.emplace_back(seen, seen + step.size);
  }
  return all;
}

std::vector<std::uint32_t> joined(const std::vector<std::vector<std::uint32_t>>& batches, std::size_t from,
                                  std::size_t count) {
  std::vector<std::uint32_t> rows;
  for (std::size_t k = from; k < from + count; ++k) {
    rows.insert(rows.end(), batches[k].begin(), batches[k].end());
  }
  return rows;
}

/// χ² of counts that should be equal, in standard deviations of its law.
double excess(const std::vector<double>& counts) {
  const auto cells = static_cast<double>(counts.size());
  const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / cells;
  double sum = 0;
  for (const double count : counts) {
    sum += (count - mean) * (count - mean) / mean;
  }
  return (sum - (cells - 1)) / std::sqrt(2 * (cells - 1));
}

TEST(Minibatches, ReshuffledEpochsUseEveryRowExactlyOnce) {
  const auto batches = batches_of({.batch = 4, .replacement = Replacement::off}, 12, 30);
  std::vector<std::uint32_t> all(12);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<std::vector<std::uint32_t>> orders;
  for (std::size_t epoch = 0; epoch < 10; ++epoch) {
    orders.push_back(joined(batches, 3 * epoch, 3));
    auto sorted = orders.back();
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, all) << epoch;
  }
  std::sort(orders.begin(), orders.end());
  EXPECT_EQ(std::unique(orders.begin(), orders.end()), orders.end()) << "every epoch has an order of its own";
}

TEST(Minibatches, RowsThatDoNotFillABatchAreSkippedInThatEpoch) {
  const auto batches = batches_of({.batch = 5, .replacement = Replacement::off}, 12, 4000);
  std::vector<double> counts(12);
  for (std::size_t epoch = 0; epoch < 2000; ++epoch) {
    auto rows = joined(batches, 2 * epoch, 2);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(std::unique(rows.begin(), rows.end()), rows.end());
    for (const std::uint32_t row : rows) {
      ++counts[row];
    }
  }
  EXPECT_LT(excess(counts), 3);
  EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 1600);
}

TEST(Minibatches, BatchesThatGrowStartANewEpochWhenTheyDoNotFit) {
  SgdOptions options{.replacement = Replacement::off};
  options.batch_schedule = [](std::int64_t step) { return static_cast<double>(step + 1); };
  TrainingData data;
  data.x = Eigen::MatrixXd::Ones(7, 1);
  data.y = Eigen::VectorXd::Ones(7);
  const SgdSchedule schedule(options, data);
  SgdPosition position;
  const Index epochs[] = {0, 0, 0, 1, 2, 3, 4};
  const Index offsets[] = {0, 1, 3, 0, 0, 0, 0};
  for (int k = 0; k < 7; ++k) {
    const SgdStep step = schedule.next(position);
    EXPECT_EQ(step.epoch, epochs[k]) << k;
    EXPECT_EQ(step.offset, offsets[k]) << k;
    EXPECT_EQ(step.size, k + 1);
  }
  EXPECT_THROW(static_cast<void>(schedule.next(position)), core::SettingsError);
}

TEST(Minibatches, AllOrdersOfAShuffleAreEquallyLikely) {
  std::map<std::vector<std::uint32_t>, double> orders;
  const auto batches = batches_of({.batch = 4, .replacement = Replacement::off}, 4, 48000, 3);
  for (const auto& order : batches) {
    ++orders[order];
  }
  ASSERT_EQ(orders.size(), 24U);
  std::vector<double> counts;
  for (const auto& [order, count] : orders) {
    counts.push_back(count);
  }
  EXPECT_LT(std::abs(excess(counts)), 3);
}

TEST(Minibatches, DrawsAreUniformAndIndependentWithinTheBatch) {
  std::vector<double> rows(7);
  std::vector<double> pairs(49);
  for (Index path = 0; path < 4; ++path) {
    for (const auto& batch : batches_of({.batch = 6}, 7, 6000, path)) {
      for (std::size_t k = 0; k < 6; ++k) {
        ++rows[batch[k]];
      }
      ++pairs[batch[0] * 7 + batch[5]];
    }
  }
  EXPECT_LT(std::abs(excess(rows)), 3);
  EXPECT_LT(std::abs(excess(pairs)), 3);
}

/// For 3·2²⁶ rows 1 word in 64 must be rejected: exactly ⌊2³²/N⌋ = 21 words lead to each row.
TEST(Minibatches, WordsAreRejectedSoThatRowsAreEquallyLikely) {
  constexpr std::uint32_t rows = 3U << 26;
  for (std::uint32_t row = 10; row < rows - 10; row += 7654321) {
    const std::uint64_t near = (std::uint64_t{row} << 32) / rows;
    int accepted = 0;
    for (std::uint64_t word = near - 30; word < near + 60; ++word) {
      std::uint32_t result = 0;
      accepted += static_cast<int>(reduce_word(static_cast<std::uint32_t>(word), rows, result) && result == row);
    }
    EXPECT_EQ(accepted, 21) << row;
  }
}

/// 3·2²⁶ rows: a member whose word is rejected takes the same word of the next attempt at its place.
TEST(Minibatches, RejectedWordsAreReplacedByFurtherOnes) {
  constexpr std::uint32_t rows = 3U << 26;
  const Minibatches batches({}, rows);
  auto cache = batches.cache(1);
  const Stream stream{1, Purpose::data};
  int rejected = 0;
  for (std::int64_t step = 0; step < 20000; ++step) {
    const std::uint64_t place = static_cast<std::uint64_t>(step) << 18;
    std::uint32_t expected = 0;
    std::uint64_t attempt = 0;
    while (!reduce_word(words(stream, 0, attempt << 59 | place).value[0], rows, expected)) {
      ++attempt;
    }
    rejected += static_cast<int>(attempt > 0);
    EXPECT_EQ(*batches.rows(0, 0, {step, 0, 1, 0, 0}, cache), expected);
  }
  EXPECT_NEAR(rejected, 20000 / 64.0, 60);
}

TEST(Minibatches, StreamsEndWithTheDataAndOrdersDifferBetweenPaths) {
  const TrainingData data = table_of(14, 1, 1, 9);
  const Eigen::Vector2d start(1, 1);
  const SgdOptions options{.batch = 4, .replacement = Replacement::stream};
  const auto process = make_network_sgd({1, 1}, start, false, data, options);
  EXPECT_EQ(process->last_step(), 3);
  Batch state = process->start(0, 2);
  process->advance(state, 0, 0, 3, nullptr);
  EXPECT_THROW(process->advance(state, 0, 3, 1, nullptr), core::SettingsError);
  EXPECT_EQ(make_regression_sgd({0}, {}, data, options)->last_step(), 3);
  EXPECT_EQ(make_network_sgd({1, 1}, start, false, {}, options)->last_step(), 0);
  EXPECT_EQ(make_network_sgd({1, 1}, start, false, data, {.replacement = Replacement::off})->last_step(), 0);
  SgdOptions growing{.replacement = Replacement::stream};
  growing.batch_schedule = [](std::int64_t step) { return static_cast<double>(step + 1); };
  EXPECT_EQ(make_network_sgd({1, 1}, start, false, data, growing)->last_step(), 4);  // 1 + 2 + 3 + 4 ≤ 14
  EXPECT_NE(batches_of(options, 14, 3, 0), batches_of(options, 14, 3, 1));
}

}  // namespace
}  // namespace sgdflux::sample
