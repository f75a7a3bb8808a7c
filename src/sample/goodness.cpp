#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "group_scatter.hpp"
#include "quadratic_ratio.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

constexpr int most_bins = 40;
constexpr Index fewest_groups = 8;

void check(const Histogram& found, const Eigen::ArrayXd& expected) {
  const bool law = expected.isFinite().all() && expected.sum() <= 1 + 1e-6 && (expected >= -1e-6).all();
  if (!law || expected.size() != found.counts.rows() || found.total.size() == 0) {
    throw core::InternalError("A test needs a histogram and one expected probability per cell, of sum ≤ 1.");
  }
}

/// Bins of a test, or cells: expected probabilities, and counts in groups (bins × groups).
struct Bins {
  std::vector<double> expected;
  Batch counts;
};

/// The cells and one more for everything outside of them.
Bins all_cells(const Histogram& found, const Eigen::ArrayXd& expected) {
  const Index cells = expected.size();
  Bins out{{expected.begin(), expected.end()}, Batch(cells + 1, found.total.size())};
  out.expected.push_back(std::max(0., 1 - ordered_sum(expected)));
  out.counts.topRows(cells) = found.counts.cast<double>();
  out.counts.row(cells) = (found.total.transpose() - found.counts.colwise().sum()).cast<double>();
  return out;
}

/// Merges cells in their order to bins of at least `share`; what is left at the end joins the last bin.
Bins merge(const Bins& cells, double share) {
  Bins out{{}, Batch::Zero(cells.counts.rows(), cells.counts.cols())};
  double open = 0;
  Index bin = 0;
  for (Index cell = 0; cell < cells.counts.rows(); ++cell) {
    open += cells.expected[static_cast<std::size_t>(cell)];
    out.counts.row(bin) += cells.counts.row(cell);
    if (open >= share) {
      out.expected.push_back(open);
      open = 0;
      ++bin;
    }
  }
  if (bin > 0 && bin < cells.counts.rows()) {
    out.expected.back() += open;
    out.counts.row(bin - 1) += out.counts.row(bin);
  }
  out.counts.conservativeResize(bin, Eigen::NoChange);
  return out;
}

/// Covariance of found shares over the expected scale, N Cov(p_b, p_c)/√(e_b e_c): its trace is (bins − 1) × inflation.
Eigen::MatrixXd design(const Bins& bins, const Totals& totals) {
  const Index count = bins.counts.rows();
  const Eigen::ArrayXd total = totals.cast<double>();
  const double n = ordered_sum(total);
  Batch effects(total.size(), count);
  for (Index b = 0; b < count; ++b) {
    const Eigen::ArrayXd c = bins.counts.row(b).transpose();
    effects.col(b) = (c - ordered_sum(c) / n * total) / std::sqrt(n * bins.expected[static_cast<std::size_t>(b)]);
  }
  Eigen::MatrixXd out(count, count);
  for (Index b = 0; b < count; ++b) {
    for (Index c = 0; c < count; ++c) {
      out(b, c) = scatter(effects.col(b), effects.col(c));
    }
  }
  return out;
}

double chi(const Bins& bins, double n) {
  double sum = 0;
  for (Index b = 0; b < bins.counts.rows(); ++b) {
    const double e = bins.expected[static_cast<std::size_t>(b)];
    sum += n * std::pow(ordered_sum(bins.counts.row(b)) / n - e, 2) / e;
  }
  return sum;
}

double inflation_of(const Eigen::MatrixXd& design) {
  return std::max(1., ordered_sum(design.diagonal().array()) / static_cast<double>(design.rows() - 1));
}

/// Eigenvalues of the covariance that `design` estimates with f degrees of freedom, of mean 1. Those of the estimate
/// spread too far: they are drawn together until Σλ² has no bias (moments of the Wishart distribution).
Eigen::ArrayXd eigenvalues(const Eigen::MatrixXd& design, double f) {
  const Index count = design.rows() - 1;  // shares sum to 1
  Eigen::ArrayXd lambda =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(design, Eigen::EigenvaluesOnly).eigenvalues().tail(count);
  const double trace = ordered_sum(lambda);
  if (!(trace > 0)) {
    return Eigen::ArrayXd::Ones(count);
  }
  lambda *= static_cast<double>(count) / trace;
  const double raw = ordered_sum(lambda.square());
  const double squares = f * f / ((f - 1) * (f + 2)) * (raw - std::pow(static_cast<double>(count), 2) / f);
  const double spread = raw - static_cast<double>(count);
  const double wanted = std::max(0., squares - static_cast<double>(count));
  const double factor = spread > 0 ? std::sqrt(std::min(1., wanted / spread)) : 0;
  return 1 + factor * (lambda - 1);
}

/// P(√n D > λ) in the limit of many values.
double kolmogorov(double lambda) {
  constexpr double pi = std::numbers::pi;
  double sum = 0;
  if (lambda < 1) {
    for (int k = 1; k <= 7; k += 2) {
      sum += std::exp(-k * k * pi * pi / (8 * lambda * lambda));
    }
    return lambda > 0 ? 1 - std::sqrt(2 * pi) / lambda * sum : 1;
  }
  for (int k = 1; k <= 5; ++k) {
    sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * lambda * lambda);
  }
  return sum;
}

/// A test that cannot be made.
Goodness no_test() {
  Goodness out;
  out.statistic = out.p_value = out.inflation = std::numeric_limits<double>::quiet_NaN();
  return out;
}

/// Shares below the cell faces against the law.
struct Faces {
  double distance = 0;     ///< largest difference
  double scatter = 0;      ///< variance over groups, averaged with the law's weights
  double independent = 0;  ///< what it were for independent values
};

Faces faces(const Histogram& found, const Eigen::ArrayXd& expected) {
  const Eigen::ArrayXd total = found.total.cast<double>();
  const double n = ordered_sum(total);
  Eigen::ArrayXd below = Eigen::ArrayXd::Zero(total.size());
  double law = 0;
  Faces out;
  for (Index cell = 0; cell < expected.size(); ++cell) {
    below += found.counts.row(cell).transpose().cast<double>();
    law += expected(cell);
    out.distance = std::max(out.distance, std::abs(ordered_sum(below) / n - law));
    out.scatter += expected(cell) * group_scatter(below, total);
    out.independent += expected(cell) * law * (1 - law) / n;
  }
  return out;
}

}  // namespace

Goodness chi_squared(const Histogram& found, const Eigen::ArrayXd& expected, double least) {
  check(found, expected);
  const auto n = static_cast<double>(found.total.sum());
  const Bins cells = all_cells(found, expected);
  Goodness out;
  Bins bins;
  Eigen::MatrixXd covariance;
  for (int pass = 0; pass < 2; ++pass) {  // the inflation decides on the bins, and the bins on the inflation
    bins = merge(cells, std::max(1. / most_bins, least * out.inflation / n));
    if (found.total.size() < fewest_groups || bins.expected.size() < 2) {
      return no_test();
    }
    covariance = design(bins, found.total);
    out.inflation = inflation_of(covariance);
  }
  out.bins = static_cast<int>(bins.expected.size());
  out.statistic = chi(bins, n) / out.inflation;
  const auto f = static_cast<double>(found.total.size() - 1);
  const Eigen::ArrayXd lambda = eigenvalues(covariance, f);
  const double degrees = std::pow(ordered_sum(lambda), 2) / ordered_sum(lambda.square());
  out.p_value = out.statistic > 0 ? ratio_tail(lambda, degrees * f, out.statistic) : 1;
  return out;
}

Goodness kolmogorov_smirnov(const Histogram& found, const Eigen::ArrayXd& expected) {
  check(found, expected);
  const Faces at = faces(found, expected);
  if (found.total.size() < fewest_groups || at.independent <= 0) {
    return no_test();
  }
  Goodness out;
  out.statistic = at.distance;
  out.inflation = std::max(1., at.scatter / at.independent);
  const double root = std::sqrt(static_cast<double>(found.total.sum()) / out.inflation);
  out.p_value = kolmogorov((root + .12 + .11 / root) * out.statistic);
  return out;
}

}  // namespace sgdflux::sample
