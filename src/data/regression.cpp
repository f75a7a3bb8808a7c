#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "data/bootstrap.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/names.hpp"
#include "sgdflux/data/estimate.hpp"

namespace sgdflux::data {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool constant(const std::vector<double>& column) {
  const auto [low, high] = std::minmax_element(column.begin(), column.end());
  return *low == *high;
}

/// The columns of X and, last, y: shape N × (columns + 1).
MatrixXd joined(const Table& table, const std::vector<std::string>& columns, const std::string& y, bool standardize) {
  const auto n = static_cast<Index>(table.rows());
  MatrixXd z(n, static_cast<Index>(columns.size()) + 1);
  for (Index k = 0; k < z.cols(); ++k) {
    const std::string& name = k + 1 < z.cols() ? columns[static_cast<std::size_t>(k)] : y;
    const std::vector<double> values = standardize ? standardized(name, table.column(name)) : table.column(name);
    z.col(k) = Eigen::Map<const VectorXd>(values.data(), n);
  }
  return z;
}

/// Second moments ZᵀWZ of the rows of Z with weights w (sum 1). With `standardize` they are those of columns
/// standardised *within* the weighted sample, as the whole procedure would do with resampled data; a column that
/// is constant there is left out (row and column zero).
MatrixXd second_moments(const MatrixXd& z, const VectorXd& w, bool standardize) {
  const MatrixXd scaled = w.cwiseSqrt().asDiagonal() * z;
  MatrixXd moments = MatrixXd::Zero(z.cols(), z.cols());
  moments.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
  moments.triangularView<Eigen::StrictlyUpper>() = moments.transpose();
  if (!standardize) {
    return moments;
  }
  const VectorXd mean = z.transpose() * w;
  moments -= mean * mean.transpose();
  const double rounding = static_cast<double>(z.rows()) * std::numeric_limits<double>::epsilon();
  const VectorXd scale = moments.diagonal().unaryExpr(
      [rounding](double variance) { return variance > rounding ? 1 / std::sqrt(variance) : 0.0; });
  return scale.asDiagonal() * moments * scale.asDiagonal();
}

/// Spectrum (decreasing), least-squares weights by the pseudo-inverse, and RSS/N, all from second moments.
struct Fit {
  VectorXd spectrum;
  VectorXd weights;
  double residual;
};

Fit fit(const MatrixXd& moments, double rows) {
  const Index n = moments.cols() - 1;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(moments.topLeftCorner(n, n));
  if (solver.info() != Eigen::Success) {
    throw core::ConvergenceError("the eigenvalues of the Hessian did not converge");
  }
  const VectorXd& values = solver.eigenvalues();
  const double threshold = rows * std::numeric_limits<double>::epsilon() * values[n - 1];
  const VectorXd inverse = values.unaryExpr([threshold](double value) { return value > threshold ? 1 / value : 0.0; });
  const VectorXd target = moments.col(n).head(n);
  const VectorXd weights = solver.eigenvectors() * inverse.asDiagonal() * (solver.eigenvectors().transpose() * target);
  return {values.reverse(), weights, moments(n, n) - weights.dot(target)};
}

/// Replicas of the first `reported` eigenvalues and, last, of σ²: shape replicas × (reported + 1).
MatrixXd bootstrap(const MatrixXd& z, bool standardize, Index reported, int replicas, unsigned long seed) {
  std::mt19937_64 random(seed);
  MatrixXd samples(replicas, reported + 1);
  for (Index row = 0; row < samples.rows(); ++row) {
    const Fit sample =
        fit(second_moments(z, resample_weights(z.rows(), random), standardize), static_cast<double>(z.rows()));
    samples.row(row).head(reported) = sample.spectrum.head(reported).transpose();
    samples(row, reported) = sample.residual;
  }
  return samples;
}

/// Sorts the asked columns into those used and those dropped.
Regression usable_columns(const Table& table, const std::vector<std::string>& x, const std::string& y) {
  Regression result;
  for (const std::string& name : x) {
    if (name == y || std::count(x.begin(), x.end(), name) > 1) {
      throw core::SettingsError("column '" + name + "' is given " + (name == y ? "both as x and as y" : "twice as x"));
    }
    (constant(table.column(name)) ? result.dropped : result.columns).push_back(name);
  }
  if (result.columns.empty()) {
    throw core::SettingsError(table.file + ": every column of x is constant; at least one must vary");
  }
  if (constant(table.column(y))) {
    throw core::SettingsError(table.file + ": column '" + y + "' (y) is constant");
  }
  return result;
}

}  // namespace

Regression regression(const Table& table, const std::vector<std::string>& x, const std::string& y, bool standardize,
                      int reported, int replicas, unsigned long seed) {
  check_sizes(replicas, table.rows());
  Regression result = usable_columns(table, x, y);
  const MatrixXd z = joined(table, result.columns, y, standardize);
  const Index n = z.cols() - 1;
  const auto rows = static_cast<double>(z.rows());
  const Fit best = fit(z.transpose() * z / rows, rows);
  // From the residuals themselves: the difference of second moments would lose digits when the fit is good.
  const double sigma2 = (z.col(n) - z.leftCols(n) * best.weights).squaredNorm() / rows;
  const Index shown = std::clamp<Index>(reported, 0, n);
  const VectorXd error = replica_deviation(bootstrap(z, standardize, shown, replicas, seed));
  result.spectrum.assign(best.spectrum.begin(), best.spectrum.end());
  result.weights.assign(best.weights.begin(), best.weights.end());
  result.spectrum_error.assign(static_cast<std::size_t>(n), std::numeric_limits<double>::quiet_NaN());
  std::copy_n(error.begin(), shown, result.spectrum_error.begin());
  result.sigma2 = {sigma2, error[shown], ""};
  return result;
}

}  // namespace sgdflux::data
