/// Minibatch SGD with momentum on linear regression with all its weights: the algorithm behind Kunin et al.,
/// arXiv 2107.09133.
#include "sample/sgd_regression.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <limits>
#include <utility>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index width = 8;  ///< partial sums of a dot product: a fixed order, whatever vector unit there is
constexpr Index chunk = 64;

Index padded(Index size) { return (size + width - 1) / width * width; }

/// Σ a_k b_k over a multiple of `width` numbers.
double dot(const double* a, const double* b, Index size) {
  double sum[width] = {};
  for (Index k = 0; k < size; k += width) {
    for (Index part = 0; part < width; ++part) {
      sum[part] += a[k + part] * b[k + part];
    }
  }
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

class RegressionSgd final : public Process {
 public:
  RegressionSgd(const std::vector<int>& modes, const VectorXd& start, const TrainingData& data,
                const SgdOptions& options, const RegressionProblem& problem)
      : Process(regression_quantities(modes.size()), 2 * static_cast<int>(modes.size())),
        inputs_(data.x.cols()),
        x_(Rows::Zero(data.x.rows(), padded(inputs_))),
        residual_(problem.residual),
        pull_(options.weight_decay * problem.minimum),
        observed_(problem.vectors(Eigen::all, modes)),
        start_(start.size() > 0 ? VectorXd(observed_ * start) : VectorXd::Zero(inputs_)),
        momentum_(options.momentum),
        decay_(options.weight_decay),
        schedule_(options, data),
        batches_(options, data.x.rows()) {
    x_.leftCols(inputs_) = data.x;
  }

  std::string words() const override {
    return "minibatch SGD on the " + std::to_string(inputs_) + " weights of a linear regression, no step error";
  }
  int state_size() const override { return static_cast<int>(2 * inputs_); }
  double time(std::int64_t steps) const override { return schedule_.time(steps); }
  std::int64_t last_step() const override { return schedule_.last_step(); }
  Batch start(Index first, Index count) const override;
  std::unique_ptr<Workspace> workspace(Index count) const override;
  void advance(Batch& state, Index first, std::int64_t from, std::int64_t steps, Workspace* workspace) const override;
  Batch observe(const Batch& state) const override;

 private:
  /// Weights and velocities of one path, padded with zeros, contiguous: rows of the table are, too.
  struct Cache final : Workspace {
    SgdPosition position;
    Minibatches::Cache batches;
    std::vector<SgdStep> plan;
    VectorXd theta, v, gradient;
  };

  void follow(Batch& state, Index lane, Index path, Cache& cache) const;
  void step(const SgdStep& step, const std::uint32_t* rows, Cache& cache) const;

  Index inputs_;
  Rows x_;
  VectorXd residual_;
  VectorXd pull_;  ///< λμ
  MatrixXd observed_;
  VectorXd start_;
  double momentum_;
  double decay_;
  SgdSchedule schedule_;
  Minibatches batches_;
};

Batch RegressionSgd::start(Index, Index count) const {
  Batch state = Batch::Zero(count, state_size());
  state.leftCols(inputs_).rowwise() = start_.transpose().array();
  return state;
}

std::unique_ptr<Process::Workspace> RegressionSgd::workspace(Index count) const {
  auto cache = std::make_unique<Cache>();
  cache->batches = batches_.cache(count);
  for (VectorXd* vector : {&cache->theta, &cache->v, &cache->gradient}) {
    *vector = VectorXd::Zero(padded(inputs_));
  }
  return cache;
}

/// Path by path in chunks of steps: a path's weights stay close at hand, and so does its order of the rows.
void RegressionSgd::advance(Batch& state, Index first, std::int64_t from, std::int64_t steps,
                            Workspace* workspace) const {
  schedule_.check(from, steps);
  const std::unique_ptr<Workspace> own = workspace == nullptr ? this->workspace(state.rows()) : nullptr;
  auto& cache = static_cast<Cache&>(workspace == nullptr ? *own : *workspace);
  schedule_.seek(cache.position, from);
  for (std::int64_t done = 0; done < steps; done += chunk) {
    cache.plan.clear();
    for (std::int64_t count = done; count < std::min(done + chunk, steps); ++count) {
      cache.plan.push_back(schedule_.next(cache.position));
    }
    for (Index lane = 0; lane < state.rows(); ++lane) {
      follow(state, lane, first + lane, cache);
    }
  }
}

void RegressionSgd::follow(Batch& state, Index lane, Index path, Cache& cache) const {
  cache.theta.head(inputs_) = state.row(lane).head(inputs_).matrix();
  cache.v.head(inputs_) = state.row(lane).tail(inputs_).matrix();
  for (const SgdStep& now : cache.plan) {
    step(now, batches_.rows(path, lane, now, cache.batches), cache);
  }
  state.row(lane).head(inputs_) = cache.theta.head(inputs_).transpose().array();
  state.row(lane).tail(inputs_) = cache.v.head(inputs_).transpose().array();
}

void RegressionSgd::step(const SgdStep& step, const std::uint32_t* rows, Cache& cache) const {
  double* const theta = cache.theta.data();
  double* const v = cache.v.data();
  double* const gradient = cache.gradient.data();
  const auto size = static_cast<double>(step.size);
  cache.gradient.setZero();
  for (Index member = 0; member < step.size; ++member) {
    const double* const x = x_.row(rows[member]).data();
    const double error = (dot(x, theta, x_.cols()) - residual_[rows[member]]) / size;
    for (Index k = 0; k < x_.cols(); ++k) {
      gradient[k] += error * x[k];
    }
  }
  for (Index k = 0; k < inputs_; ++k) {
    v[k] = momentum_ * v[k] - (gradient[k] + decay_ * theta[k] + pull_[k]);
    theta[k] += step.eta * v[k];
  }
}

Batch RegressionSgd::observe(const Batch& state) const {
  Batch values = Batch::Zero(state.rows(), 2 * observed_.cols());
  for (Index mode = 0; mode < observed_.cols(); ++mode) {
    for (Index k = 0; k < inputs_; ++k) {  // no matrix product: its digits would depend on the width of the block
      values.col(2 * mode) += observed_(k, mode) * state.col(k);
      values.col(2 * mode + 1) += observed_(k, mode) * state.col(inputs_ + k);
    }
  }
  return values;
}

void check_modes(const std::vector<int>& modes, Index inputs) {
  if (modes.empty()) {
    throw core::SettingsError("sample.modes is empty: at least one eigenvector must be observed");
  }
  for (const int mode : modes) {
    if (mode < 0 || mode >= inputs || std::count(modes.begin(), modes.end(), mode) > 1) {
      throw core::SettingsError("sample.modes has " + std::to_string(mode) +
                                ": modes must be different integers from 0 to " + std::to_string(inputs - 1));
    }
  }
}

void check_start(const VectorXd& start, Index modes) {
  if (start.size() > 0 && (start.size() != modes || !start.allFinite())) {
    throw core::SettingsError("sample.start has " + std::to_string(start.size()) +
                              " numbers; it must be empty or have a finite one for each of the " +
                              std::to_string(modes) + " modes");
  }
}

/// The sign of an eigenvector is free: its largest component is positive.
void fix_signs(MatrixXd& vectors) {
  for (Index mode = 0; mode < vectors.cols(); ++mode) {
    Index largest = 0;
    vectors.col(mode).cwiseAbs().maxCoeff(&largest);
    if (vectors(largest, mode) < 0) {
      vectors.col(mode) *= -1;
    }
  }
}

/// Eigenvalues of (H+λ)⁺; what is zero to rounding counts as zero.
VectorXd inverse_curvatures(const VectorXd& values, double weight_decay, double rows) {
  const double rounding = rows * std::numeric_limits<double>::epsilon() * values[0];
  return values.unaryExpr([&](double value) {
    const double curvature = std::max(value, 0.0) + weight_decay;
    return curvature > rounding ? 1 / curvature : 0.0;
  });
}

}  // namespace

std::vector<std::string> regression_quantities(std::size_t modes) {
  if (modes == 1) {
    return {"theta", "v"};
  }
  std::vector<std::string> names;
  for (std::size_t mode = 1; mode <= modes; ++mode) {
    names.push_back("theta" + std::to_string(mode));
    names.push_back("v" + std::to_string(mode));
  }
  return names;
}

RegressionProblem regression_problem(const TrainingData& data, double weight_decay) {
  const auto rows = static_cast<double>(data.x.rows());
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(data.x.transpose() * data.x / rows);
  if (solver.info() != Eigen::Success) {
    throw core::ConvergenceError("the eigenvectors of the Hessian of the data did not converge");
  }
  RegressionProblem problem{solver.eigenvectors().rowwise().reverse(), {}, {}};
  fix_signs(problem.vectors);
  const VectorXd inverse = inverse_curvatures(solver.eigenvalues().reverse(), weight_decay, rows);
  const VectorXd target = data.x.transpose() * data.y / rows;
  problem.minimum = problem.vectors * (inverse.asDiagonal() * (problem.vectors.transpose() * target));
  problem.residual = data.y - data.x * problem.minimum;
  return problem;
}

std::unique_ptr<Process> make_regression_sgd(const std::vector<int>& modes, const VectorXd& start,
                                             const TrainingData& data, const SgdOptions& options) {
  options.validate(data);
  check_modes(modes, data.generated() ? 1 : data.x.cols());
  check_start(start, static_cast<Index>(modes.size()));
  if (data.generated()) {
    return make_generated_regression(start.size() > 0 ? start[0] : 0.0, data, options);
  }
  return std::make_unique<RegressionSgd>(modes, start, data, options, regression_problem(data, options.weight_decay));
}

}  // namespace sgdflux::sample
