#include <Eigen/QR>

#include "sample/minibatch.hpp"
#include "sgd_test_tools.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::VectorXd;

/// v ← βv − g − λθ, θ ← θ + ηv with g differentiated by the product rule, in plain loops over doubles.
struct ByHand {
  NetworkShape shape;
  SgdOptions options;
  std::vector<double> theta, v;

  double product(int channel, int without) const {
    double result = 1;
    for (int layer = 0; layer <= shape.depth; ++layer) {
      result *= layer == without ? 1.0 : theta[static_cast<std::size_t>(layer * shape.width + channel)];
    }
    return result;
  }
  double network() const {
    double sum = 0;
    for (int channel = 0; channel < shape.width; ++channel) {
      sum += product(channel, -1);
    }
    return sum;
  }
  void step(const std::vector<double>& x, const std::vector<double>& y, double eta) {
    std::vector<double> gradient(theta.size(), 0.0);
    for (std::size_t j = 0; j < x.size(); ++j) {
      for (int k = 0; k < static_cast<int>(theta.size()); ++k) {
        const double slope = 2 * (network() * x[j] - y[j]) * x[j] * product(k % shape.width, k / shape.width);
        gradient[static_cast<std::size_t>(k)] += slope / static_cast<double>(x.size());
      }
    }
    for (std::size_t k = 0; k < theta.size(); ++k) {
      v[k] = options.momentum * v[k] - gradient[k] - options.weight_decay * theta[k];
      theta[k] += eta * v[k];
    }
  }
};

VectorXd weights(const NetworkShape& shape) {
  return VectorXd::LinSpaced(Index{shape.depth + 1} * shape.width, 0.7, 1.4);
}

/// Three steps of path 5, generated data: the normal numbers of (step, member) are x and ε.
void expect_steps_by_hand(const NetworkShape& shape, const SgdOptions& options, const TrainingData& data) {
  const VectorXd start = weights(shape);
  const auto process = make_network_sgd(shape, start, false, data, options);
  ByHand hand{
      shape, options, {start.begin(), start.end()}, std::vector<double>(static_cast<std::size_t>(start.size()))};
  for (std::int64_t step = 0; step < 3; ++step) {
    std::vector<double> x(static_cast<std::size_t>(options.batch));
    std::vector<double> y(x.size());
    for (std::size_t j = 0; j < x.size(); ++j) {
      double noise = 0;
      normals({options.seed, Purpose::data}, 5, 1, member_place(step, static_cast<Index>(j)), &x[j], &noise);
      y[j] = data.slope * x[j] + data.label_noise * noise;
    }
    hand.step(x, y, options.eta);
  }
  const Batch state = run(*process, 3, 4, 3);
  for (Index k = 0; k < start.size(); ++k) {
    EXPECT_NEAR(state(2, k), hand.theta[static_cast<std::size_t>(k)], 2e-15) << shape.depth << ' ' << shape.width;
    if (options.momentum > 0) {
      EXPECT_NEAR(state(2, start.size() + k), hand.v[static_cast<std::size_t>(k)], 4e-14);
    }
  }
}

TEST(NetworkSgd, StepsAreThoseOfTheLiteralFormula) {
  for (int depth = 0; depth <= 2; ++depth) {
    for (int width = 1; width <= 2; ++width) {
      for (const double momentum : {0.0, 0.6}) {
        expect_steps_by_hand({depth, width}, {.eta = 0.03, .momentum = momentum, .seed = 7}, {});
        expect_steps_by_hand({depth, width},
                             {.eta = 0.05, .batch = 3, .momentum = momentum, .weight_decay = 0.3, .seed = 8},
                             {.slope = 1.3, .label_noise = 0.4});
      }
    }
  }
}

TEST(NetworkSgd, FullBatchOnATableIsTheGradientOfTheMeanLoss) {
  const TrainingData data = table_of(11, 1, 0.5, 1);
  const SgdOptions options{.eta = 0.02, .batch = 11, .weight_decay = 0.1, .replacement = Replacement::off};
  const NetworkShape shape{2, 2};
  const VectorXd start = weights(shape);
  ByHand hand{shape, options, {start.begin(), start.end()}, std::vector<double>(6)};
  for (int step = 0; step < 5; ++step) {
    hand.step({data.x.col(0).begin(), data.x.col(0).end()}, {data.y.begin(), data.y.end()}, options.eta);
  }
  const Batch state = run(*make_network_sgd(shape, start, false, data, options), 0, 1, 5);
  for (Index k = 0; k < 6; ++k) {
    EXPECT_NEAR(state(0, k), hand.theta[static_cast<std::size_t>(k)], 1e-15);
  }
}

TEST(NetworkSgd, QuantitiesAreTheModelsVariablesChannelsAndWeights) {
  using Names = std::vector<std::string>;
  const auto names = [](const NetworkShape& shape, bool pair) {
    return make_network_sgd(shape, weights(shape), pair, {}, {})->quantities();
  };
  EXPECT_EQ(names({0, 1}, false), (Names{"v", "w0_1"}));
  EXPECT_EQ(names({1, 1}, false), (Names{"s", "v", "w0_1", "w1_1"}));
  EXPECT_EQ(names({1, 1}, true), (Names{"s", "phi", "v", "u", "w", "imbalance", "w0_1", "w1_1"}));
  EXPECT_EQ(names({1, 2}, false), (Names{"s", "v", "channel1", "channel2", "w0_1", "w0_2", "w1_1", "w1_2"}));
  const auto pair = make_network_sgd({1, 1}, Eigen::Vector2d(2, 0.5), true, {}, {});
  EXPECT_EQ(pair->variables(), 2);
  const Batch seen = pair->observe(pair->start(0, 1));
  const double expected[] = {0, std::log(2.0), 1, 2, 0.5, 3.75, 2, 0.5};
  for (Index k = 0; k < 8; ++k) {
    EXPECT_DOUBLE_EQ(seen(0, k), expected[k]) << pair->quantities()[static_cast<std::size_t>(k)];
  }
  const auto wide = make_network_sgd({1, 2}, Eigen::Vector4d(2, 3, 0.5, -1), false, {}, {});
  EXPECT_DOUBLE_EQ(value_of(*wide, wide->start(0, 1), "channel2"), -3);
  EXPECT_DOUBLE_EQ(value_of(*wide, wide->start(0, 1), "v"), -2);
  EXPECT_DOUBLE_EQ(value_of(*wide, wide->start(0, 1), "s"), std::log(2.0));
}

/// Gradient by the direct formula (1/S)Σ x_j (x_j·θ − y_j) + λθ at θ itself; rows from the same cache of batches.
void expect_regression_by_hand(const SgdOptions& options) {
  const TrainingData data = table_of(9, 11, 0.5, 2);
  const auto process = make_regression_sgd({0, 3}, Eigen::Vector2d(0.4, -0.2), data, options);
  const Minibatches batches(options, 9);
  auto cache = batches.cache(1);
  const SgdSchedule schedule(options, data);
  SgdPosition position;
  const Eigen::MatrixXd hessian = data.x.transpose() * data.x / 9;
  const Eigen::MatrixXd curvature = hessian + options.weight_decay * Eigen::MatrixXd::Identity(11, 11);
  const VectorXd mu = curvature.completeOrthogonalDecomposition().solve(data.x.transpose() * data.y / 9);
  VectorXd theta = mu + process->start(4, 1).row(0).head(11).matrix().transpose();
  VectorXd v = VectorXd::Zero(11);
  for (int count = 0; count < 7; ++count) {
    const SgdStep step = schedule.next(position);
    const std::uint32_t* rows = batches.rows(4, 0, step, cache);
    VectorXd gradient = options.weight_decay * theta;
    for (Index j = 0; j < step.size; ++j) {
      const auto x = data.x.row(rows[j]);
      gradient += x.transpose() * (x.dot(theta) - data.y(rows[j])) / static_cast<double>(step.size);
    }
    v = options.momentum * v - gradient;
    theta += step.eta * v;
  }
  const Batch state = run(*process, 3, 2, 7);
  EXPECT_LT((state.row(1).head(11).matrix().transpose() + mu - theta).cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_LT((state.row(1).tail(11).matrix().transpose() - v).cwiseAbs().maxCoeff(), 1e-13);
}

TEST(RegressionSgd, StepsAreThoseOfTheDirectFormula) {
  for (const Replacement replacement : {Replacement::on, Replacement::off}) {
    expect_regression_by_hand(
        {.eta = 0.05, .batch = 4, .momentum = 0.7, .weight_decay = 0.2, .replacement = replacement});
    expect_regression_by_hand({.eta = 0.05, .batch = 1, .replacement = replacement});
  }
}

TEST(RegressionSgd, GeneratedDataHaveOneWeightWithHessianOne) {
  const SgdOptions options{.eta = 0.1, .batch = 2, .momentum = 0.5, .weight_decay = 0.25};
  const auto process = make_regression_sgd({0}, VectorXd::Constant(1, 0.3), {.slope = 2, .label_noise = 0.7}, options);
  EXPECT_EQ(process->quantities(), (std::vector<std::string>{"theta", "v"}));
  const double mu = 2 / 1.25;
  double theta = mu + 0.3;
  double v = 0;
  for (std::int64_t step = 0; step < 3; ++step) {
    double gradient = 0.25 * theta;
    for (Index member = 0; member < 2; ++member) {
      double x = 0;
      double noise = 0;
      normals({1, Purpose::data}, 6, 1, member_place(step, member), &x, &noise);
      gradient += x * (x * theta - (2 * x + 0.7 * noise)) / 2;
    }
    v = 0.5 * v - gradient;
    theta += 0.1 * v;
  }
  const Batch state = run(*process, 6, 1, 3);
  EXPECT_NEAR(state(0, 0), theta - mu, 1e-15);
  EXPECT_NEAR(state(0, 1), v, 1e-14);
}

TEST(RegressionSgd, ObservesChosenEigenvectorsWithTheirLargestComponentPositive) {
  const TrainingData data = table_of(50, 6, 0.5, 3);
  const auto process = make_regression_sgd({5, 0}, Eigen::Vector2d(0.4, -0.2), data, {});
  EXPECT_EQ(process->quantities(), (std::vector<std::string>{"theta1", "v1", "theta2", "v2"}));
  EXPECT_EQ(process->variables(), 4);
  const Batch start = process->start(0, 1);
  EXPECT_NEAR(value_of(*process, start, "theta1"), 0.4, 1e-15);
  EXPECT_NEAR(value_of(*process, start, "theta2"), -0.2, 1e-15);
  const auto along = make_regression_sgd({5}, VectorXd::Ones(1), data, {});
  const VectorXd q = along->start(0, 1).row(0).head(6).matrix().transpose();
  EXPECT_NEAR(q.maxCoeff(), q.cwiseAbs().maxCoeff(), 0);
  const Eigen::MatrixXd hessian = data.x.transpose() * data.x / 50;
  const double smallest = q.dot(hessian * q);
  EXPECT_LT((hessian * q - smallest * q).norm(), 1e-14);
  EXPECT_LT(smallest, hessian.diagonal().minCoeff());
}

/// Where there are more weights than rows, weights along null vectors of H never move.
TEST(RegressionSgd, NullVectorsOfTheHessianKeepTheirStart) {
  const auto process = make_regression_sgd({0, 7}, Eigen::Vector2d(0.5, 0.5), table_of(5, 8, 0.5, 4), {.eta = 0.02});
  const Batch state = run(*process, 0, 3, 500);
  EXPECT_NEAR(value_of(*process, state, "theta2", 2), 0.5, 1e-14);
  EXPECT_LT(std::abs(value_of(*process, state, "theta1", 2)), 1e-4);
}

}  // namespace
}  // namespace sgdflux::sample
