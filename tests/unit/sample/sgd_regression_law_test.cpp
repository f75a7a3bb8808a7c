/// Stationary law of SGD with momentum on linear regression: its exact second moments, and those of the Langevin
/// equation of Kunin et al., arXiv 2107.09133.
#include <Eigen/Eigenvalues>
#include <cmath>
#include <unsupported/Eigen/KroneckerProduct>

#include "sgd_test_tools.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// One step with the single row i, (θ − μ, v, 1) ↦ A_i (θ − μ, v, 1): a batch of S has the mean of S such matrices.
std::vector<MatrixXd> maps_of(const TrainingData& data, const SgdOptions& options) {
  const Index p = data.x.cols();
  const auto rows = static_cast<double>(data.x.rows());
  const MatrixXd decay = options.weight_decay * MatrixXd::Identity(p, p);
  const VectorXd mu = (data.x.transpose() * data.x / rows + decay).inverse() * (data.x.transpose() * data.y) / rows;
  std::vector<MatrixXd> maps;
  for (Index i = 0; i < data.x.rows(); ++i) {
    const VectorXd x = data.x.row(i).transpose();
    MatrixXd map = MatrixXd::Identity(2 * p + 1, 2 * p + 1);
    map.block(p, 0, p, p) = -x * x.transpose() - decay;
    map.block(p, p, p, p) = options.momentum * MatrixXd::Identity(p, p);
    map.block(p, 2 * p, p, 1) = x * (data.y(i) - x.dot(mu)) - decay * mu;
    map.topRows(p) += options.eta * map.middleRows(p, p);
    maps.push_back(map);
  }
  return maps;
}

/// Fixed point of E[aaᵀ] ↦ E[A_B aaᵀ A_Bᵀ], a = (θ − μ, v, 1), for batches of S rows drawn with replacement: limit of
/// powers of E[A_B ⊗ A_B] = Ā⊗Ā + (mean of A_i⊗A_i − Ā⊗Ā)/S.
MatrixXd exact_moments(const TrainingData& data, const SgdOptions& options) {
  const std::vector<MatrixXd> maps = maps_of(data, options);
  const auto rows = static_cast<double>(maps.size());
  const Index n = maps[0].rows();
  MatrixXd mean = MatrixXd::Zero(n, n);
  MatrixXd square = MatrixXd::Zero(n * n, n * n);
  for (const MatrixXd& map : maps) {
    mean += map / rows;
    square += Eigen::kroneckerProduct(map, map).eval() / rows;
  }
  const MatrixXd centre = Eigen::kroneckerProduct(mean, mean);
  MatrixXd power = centre + (square - centre) / static_cast<double>(options.batch);
  for (int doubling = 0; doubling < 20; ++doubling) {
    power = (power * power).eval();
  }
  const VectorXd moments = power.col(n * n - 1);  // from θ = μ, v = 0
  return Eigen::Map<const MatrixXd>(moments.data(), n, n);
}

/// Means over paths and time of θ, v, θ², θv, v² of the first mode observed, with standard errors.
struct Seen {
  ArrayXd mean, error;
};

Seen stationary(const Process& process, Index paths, std::int64_t burn, std::int64_t records, std::int64_t apart) {
  Batch state = process.start(0, paths);
  const auto workspace = process.workspace(paths);
  process.advance(state, 0, 0, burn, workspace.get());
  Batch sums = Batch::Zero(paths, 5);
  for (std::int64_t record = 0; record < records; ++record) {
    process.advance(state, 0, burn + record * apart, apart, workspace.get());
    const Batch seen = process.observe(state);
    const ArrayXd theta = seen.col(0);
    const ArrayXd v = seen.col(1);
    sums.leftCols(2) += seen.leftCols(2);
    sums.col(2) += theta.square();
    sums.col(3) += theta * v;
    sums.col(4) += v.square();
  }
  sums /= static_cast<double>(records);
  Seen result{sums.colwise().mean().transpose(), ArrayXd(5)};
  for (Index k = 0; k < 5; ++k) {
    result.error(k) = std::sqrt((sums.col(k) - result.mean(k)).square().mean() / static_cast<double>(paths));
  }
  return result;
}

/// The same five numbers of the mode along q from the exact moments.
ArrayXd along(const MatrixXd& moments, const VectorXd& q) {
  const Index p = q.size();
  ArrayXd result(5);
  result << q.dot(moments.block(0, 2 * p, p, 1).col(0)), q.dot(moments.block(p, 2 * p, p, 1).col(0)),
      q.dot(moments.block(0, 0, p, p) * q), q.dot(moments.block(0, p, p, p) * q), q.dot(moments.block(p, p, p, p) * q);
  return result;
}

VectorXd direction_of(const Process& process) {
  const Batch start = process.start(0, 1);  // along the mode, from θ − μ = 1
  return start.row(0).head(start.cols() / 2).matrix().transpose();
}

TEST(RegressionSgd, StationaryMomentsWithReplacementAreThoseOfTheExactDiscreteLaw) {
  const TrainingData data = table_of(12, 3, 0.8, 21);
  const SgdOptions options{.eta = 0.05, .batch = 2, .momentum = 0.5, .weight_decay = 0.2};
  const MatrixXd moments = exact_moments(data, options);
  for (const int mode : {0, 2}) {
    const auto process = make_regression_sgd({mode}, VectorXd::Ones(1), data, options);
    const ArrayXd exact = along(moments, direction_of(*process));
    const Seen seen = stationary(*process, 512, 400, 500, 8);
    for (Index k = 0; k < 5; ++k) {
      EXPECT_NEAR(seen.mean(k), exact(k), 4 * seen.error(k)) << mode << ", moment " << k;
    }
    EXPECT_LT(seen.error(2), 0.01 * exact(2));
    EXPECT_LT(seen.error(4), 0.01 * exact(4));
  }
}

/// Cov θ = (ησ²/(2S(1−β)))ρ/(ρ+λ), Cov v = σ²ρ/(S(1−β²)) up to O(η), where Σ ≈ σ²H: labels that are noise only.
TEST(RegressionSgd, StationaryCovariancesAreNearThoseOfTheLangevinEquation) {
  TrainingData data = table_of(4000, 2, 1, 22);
  data.y -= data.x.rowwise().sum();
  data.x.col(1) *= 2;
  const SgdOptions options{.eta = 0.004, .batch = 4, .momentum = 0.8, .weight_decay = 0.5};
  const MatrixXd moments = exact_moments(data, options);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(data.x.transpose() * data.x / 4000);
  const double sigma2 = data.y.squaredNorm() / 4000;
  for (Index mode = 0; mode < 2; ++mode) {
    const double rho = solver.eigenvalues()(mode);
    const ArrayXd exact = along(moments, solver.eigenvectors().col(mode));
    EXPECT_NEAR(exact(2) / (0.004 * sigma2 / (2 * 4 * 0.2) * rho / (rho + 0.5)), 1, 0.04) << mode;
    EXPECT_NEAR(exact(4) / (sigma2 * rho / (4 * (1 - 0.64))), 1, 0.04) << mode;
  }
}

TEST(RegressionSgd, GeneratedDataHaveTheExactVariance) {
  // E[(1 − ηx²)²] = 1 − 2η + 3η², noise η²: Var = η/(2 − 3η) for S = 1, σ = 1, no momentum.
  const auto process = make_regression_sgd({0}, {}, {}, {.eta = 0.1});
  const Seen seen = stationary(*process, 2048, 200, 500, 5);
  EXPECT_NEAR(seen.mean(0), 0, 4 * seen.error(0));
  EXPECT_NEAR(seen.mean(2), 0.1 / 1.7, 4 * seen.error(2));
  EXPECT_LT(seen.error(2), 0.005 * 0.1 / 1.7);
}

TEST(RegressionSgd, ReshuffledEpochsHaveFarLessVariance) {
  const TrainingData data = table_of(32, 3, 0.8, 23);
  SgdOptions options{.eta = 0.005, .batch = 4, .momentum = 0.5};
  const auto drawn = make_regression_sgd({0}, {}, data, options);
  options.replacement = Replacement::off;
  const auto shuffled = make_regression_sgd({0}, {}, data, options);
  const Seen with = stationary(*drawn, 128, 1000, 100, 40);
  const Seen without = stationary(*shuffled, 128, 1000, 100, 40);
  EXPECT_LT(without.mean(2), 0.01 * with.mean(2));
}

}  // namespace
}  // namespace sgdflux::sample
