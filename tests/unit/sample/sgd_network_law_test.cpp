/// What Ziyin, Li & Ueda (arXiv 2308.06671) say of SGD on diagonal linear networks, seen in SGD itself.
#include <cmath>

#include "sgd_test_tools.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::ArrayXd;
using Eigen::VectorXd;

/// Gradient descent on a table, where u² − w² shrinks by 1 − (2ηG)² in every step.
double imbalance_lost(double eta, double time) {
  const TrainingData data = table_of(20, 1, 0.5, 11);
  const SgdOptions options{.eta = eta, .batch = 20, .replacement = Replacement::off};
  const auto process = make_network_sgd({1, 1}, Eigen::Vector2d(1.8, 0.1), true, data, options);
  const Batch state = run(*process, 0, 1, std::llround(time / eta));
  return 1 - value_of(*process, state, "imbalance") / (1.8 * 1.8 - 0.1 * 0.1);
}

TEST(NetworkSgd, GradientDescentConservesTheImbalanceUpToTheSquareOfItsStep) {
  const double coarse = imbalance_lost(0.004, 8);
  const double fine = imbalance_lost(0.002, 8);
  EXPECT_LT(coarse, 0.02);
  EXPECT_GT(fine, 1e-4);
  EXPECT_NEAR(coarse / fine, 2, 0.02);
}

struct Decay {
  double measured = 0;  ///< −d ln|u² − w²|/dt, mean over paths and time
  double error = 0;
  double expected = 0;  ///< 4(T E[g] + γ) along the same paths
  double finite = 0;    ///< 4(T E[g + f²] + γ): the second moment of the gradient, where the SDE has its variance
};

/// Stationary paths of the two-layer network, T = η = .01, weight decay λ = 2γ.
Decay decay_of_imbalance(double gamma) {
  const SgdOptions options{.eta = 0.01, .weight_decay = 2 * gamma};
  const auto process = make_network_sgd({1, 1}, Eigen::Vector2d(1.2, 0.8), true, {}, options);
  constexpr Index paths = 512;
  Batch state = run(*process, 0, paths, 100);
  const ArrayXd before = process->observe(state).col(5).abs().log();
  const auto workspace = process->workspace(paths);
  double g = 0;
  double f2 = 0;
  for (std::int64_t step = 100; step < 2100; step += 4) {
    process->advance(state, 0, step, 4, workspace.get());
    const ArrayXd v = process->observe(state).col(2);
    g += (2 * v.square() - 4 * v + 3).mean() / 500;
    f2 += (v - 1).square().mean() / 500;
  }
  const ArrayXd rate = (before - process->observe(state).col(5).abs().log()) / 20;
  const double mean = rate.mean();
  return {mean, std::sqrt((rate - mean).square().mean() / paths), 4 * (0.01 * g + gamma),
          4 * (0.01 * (g + f2) + gamma)};
}

TEST(NetworkSgd, ImbalanceDecaysAtTheRateOfTheLawOfBalance) {
  for (const double gamma : {0.0, 0.03}) {
    const Decay decay = decay_of_imbalance(gamma);
    EXPECT_NEAR(decay.measured, decay.expected, 0.03 * decay.expected) << gamma;
    EXPECT_NEAR(decay.measured, decay.finite, 4 * decay.error + 0.002 * decay.finite) << gamma;
    EXPECT_LT(decay.error, 0.0035 * decay.expected);
  }
}

/// Weights of channels that are balanced: |v_i|^{1/(D+1)} in every layer, the sign in the first.
VectorXd balanced(int depth, const std::vector<double>& channels) {
  const auto width = static_cast<Index>(channels.size());
  VectorXd weights((depth + 1) * width);
  for (Index k = 0; k < weights.size(); ++k) {
    const double channel = channels[static_cast<std::size_t>(k % width)];
    weights(k) = std::pow(std::abs(channel), 1.0 / (depth + 1)) * (k < width && channel < 0 ? -1 : 1);
  }
  return weights;
}

ArrayXd channel(const Process& process, const Batch& state, Index number) {
  return process.observe(state).col(1 + number);  // after s and v
}

TEST(NetworkSgd, OneHiddenLayerConservesTheRatioOfBalancedChannels) {
  const auto process = make_network_sgd({1, 2}, balanced(1, {0.7, 0.2}), false, {}, {.eta = 0.02});
  const Batch state = run(*process, 0, 64, 5000);
  const ArrayXd ratio = channel(*process, state, 1) / channel(*process, state, 2);
  EXPECT_LT((ratio.log() - std::log(3.5)).abs().maxCoeff(), 1e-11);
  EXPECT_GT((channel(*process, state, 1) - 0.7).abs().maxCoeff(), 0.1) << "while the channels themselves wander";
}

/// D = 2: d ln|q_1 − q_2| = −4T(g + f²)/(q_1 q_2) dt with q = v^{−1/3}, without noise.
TEST(NetworkSgd, TwoHiddenLayersMakeSquaresOfChannelsEqualAtTheRateOfTheLaw) {
  const auto process = make_network_sgd({2, 2}, balanced(2, {0.8, 0.2}), false, {}, {.eta = 0.01});
  constexpr Index paths = 256;
  Batch state = process->start(0, paths);
  const auto workspace = process->workspace(paths);
  const auto q = [&](Index number) { return channel(*process, state, number).pow(-1.0 / 3).eval(); };
  const ArrayXd gap = q(1) - q(2);
  ArrayXd expected = ArrayXd::Zero(paths);
  for (std::int64_t step = 0; step < 6000; ++step) {
    const ArrayXd v = channel(*process, state, 1) + channel(*process, state, 2);
    expected += 4 * 0.01 * 0.01 * (2 * v.square() - 4 * v + 3 + (v - 1).square()) / (q(1) * q(2));
    process->advance(state, 0, step, 1, workspace.get());
  }
  const ArrayXd rate = (gap / (q(1) - q(2))).log() / expected;
  const double error = std::sqrt((rate - rate.mean()).square().mean() / paths);
  EXPECT_NEAR(rate.mean(), 1, 4 * error + 0.01);
  EXPECT_LT(error, 0.004);
  const ArrayXd squares = channel(*process, state, 1).square() - channel(*process, state, 2).square();
  EXPECT_LT(squares.abs().mean(), 0.3 * (0.64 - 0.04));
}

TEST(NetworkSgd, OfChannelsOfOppositeSignOneDies) {
  for (const int depth : {1, 2}) {
    const auto process = make_network_sgd({depth, 2}, balanced(depth, {0.8, -0.5}), false, {}, {.eta = 0.02});
    const Batch state = run(*process, 0, 64, 20000);
    EXPECT_LT(channel(*process, state, 2).abs().maxCoeff(), depth == 1 ? 1e-20 : 1e-4) << depth;
    EXPECT_NEAR(channel(*process, state, 1).mean(), 1, 0.1) << depth;
  }
}

TEST(NetworkSgd, AStartOfTheWrongSignNeverLearnsUnlessThereIsNoHiddenLayer) {
  const auto deep = make_network_sgd({1, 1}, Eigen::Vector2d(0.5, -0.5), false, {}, {.eta = 0.02});
  const auto flat = make_network_sgd({0, 1}, VectorXd::Constant(1, -0.25), false, {}, {.eta = 0.02});
  const ArrayXd stuck = deep->observe(run(*deep, 0, 256, 3000)).col(1);
  EXPECT_LE(stuck.maxCoeff(), 0);
  EXPECT_GT(stuck.mean(), -1e-3);
  EXPECT_NEAR(flat->observe(run(*flat, 0, 256, 3000)).col(0).mean(), 1, 0.03);
}

/// Means over paths of each path's means of v and v² in time.
struct Moments {
  double mean = 0, mean_error = 0, variance = 0, variance_error = 0;
};

Moments stationary(const Process& process, Index paths, std::int64_t steps) {
  Batch state = process.start(0, paths);
  const auto workspace = process.workspace(paths);
  process.advance(state, 0, 0, 500, workspace.get());
  ArrayXd first = ArrayXd::Zero(paths);
  ArrayXd second = ArrayXd::Zero(paths);
  constexpr std::int64_t apart = 10;
  for (std::int64_t step = 0; step < steps; step += apart) {
    process.advance(state, 0, 500 + step, apart, workspace.get());
    const ArrayXd v = state.col(0) * state.col(1);
    first += v / static_cast<double>(steps / apart);
    second += (v - 0.98938).square() / static_cast<double>(steps / apart);
  }
  const auto error = [paths](const ArrayXd& x) {
    return std::sqrt((x - x.mean()).square().mean() / static_cast<double>(paths));
  };
  const double off = first.mean() - 0.98938;
  return {first.mean(), error(first), second.mean() - off * off, error(second)};
}

/// Values of a simulation of 10⁹ steps; the SDE's are .989585 and .020623, its variance is 2 % low.
TEST(NetworkSgd, StationaryMomentsAreThoseOfDiscreteSgdAndNotOfItsSde) {
  const auto process = make_network_sgd({1, 1}, Eigen::Vector2d(1, 1), false, {}, {.eta = 0.01});
  const Moments found = stationary(*process, 1024, 100000);
  EXPECT_NEAR(found.mean, 0.98938, 3 * std::hypot(found.mean_error, 2e-5)) << found.mean_error;
  EXPECT_NEAR(found.variance, 0.021067, 3 * std::hypot(found.variance_error, 3e-6)) << found.variance_error;
  EXPECT_GT(found.variance - 0.020623, 4 * found.variance_error);
}

}  // namespace
}  // namespace sgdflux::sample
