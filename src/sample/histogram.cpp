#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "group_scatter.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

constexpr double pooled_weight = 15;  ///< of the common inflation, in degrees of freedom
constexpr double enough_counts = 4;   ///< per group, for the scatter to mean something

void check(const Counts& counts, const Totals& total) {
  const bool fits = counts.cols() == total.size() && (counts.colwise().sum().transpose() <= total).all();
  if (!fits || total.sum() == 0 || (counts < 0).any()) {
    throw core::InternalError("A histogram needs counts of cells × groups and at least as many values in every group.");
  }
}

/// Σ of scatter over Σ of multinomial variances, of the cells where enough was counted (or all).
double common_inflation(const Eigen::ArrayXd& scatters, const Eigen::ArrayXd& p, double n, double least) {
  double found = 0;
  double independent = 0;
  const bool any = (p * n >= least).any();
  for (Index cell = 0; cell < p.size(); ++cell) {
    if (!any || p(cell) * n >= least) {
      found += scatters(cell);
      independent += p(cell) * (1 - p(cell)) / n;
    }
  }
  return independent > 0 ? std::max(1., found / independent) : 1;
}

/// Errors from the common inflation, averaged with the cell's own scatter where enough was counted.
Eigen::ArrayXd errors(const Histogram& found, const Eigen::ArrayXd& scatters, double n) {
  const auto groups = static_cast<double>(found.total.size());
  const Eigen::ArrayXd& p = found.probability;
  const Eigen::ArrayXd common = (p + 1 / found.effective) * (1 - p) / found.effective;
  const Eigen::ArrayXd both = (pooled_weight * common + (groups - 1) * scatters) / (pooled_weight + groups - 1);
  return (p * n >= enough_counts * groups).select(both, common).sqrt();
}

/// Groups in which something was counted.
std::vector<Index> filled(const Totals& total) {
  std::vector<Index> out;
  for (Index group = 0; group < total.size(); ++group) {
    if (total(group) > 0) {
      out.push_back(group);
    }
  }
  return out;
}

}  // namespace

double group_scatter(const Eigen::ArrayXd& counts, const Eigen::ArrayXd& total) {
  const double n = ordered_sum(total);
  const Eigen::ArrayXd effect = (counts - ordered_sum(counts) / n * total) / n;
  return scatter(effect, effect);
}

Histogram histogram(const Counts& counts, const Totals& total) {
  check(counts, total);
  const auto n = static_cast<double>(total.sum());
  const std::vector<Index> groups = filled(total);
  Histogram out;
  out.counts = counts(Eigen::all, groups);
  out.total = total(groups);
  out.probability = counts.rowwise().sum().cast<double>() / n;
  out.outside = static_cast<double>(total.sum() - counts.sum()) / n;
  if (out.total.size() < 2) {
    out.inflation = out.effective = std::numeric_limits<double>::quiet_NaN();
    out.error.setConstant(counts.rows(), out.inflation);
    return out;
  }
  Eigen::ArrayXd scatters(counts.rows());
  for (Index cell = 0; cell < counts.rows(); ++cell) {
    scatters(cell) = group_scatter(out.counts.row(cell).cast<double>(), out.total.cast<double>());
  }
  const double least = enough_counts * static_cast<double>(groups.size());
  out.inflation = common_inflation(scatters, out.probability, n, least);
  out.effective = n / out.inflation;
  out.error = errors(out, scatters, n);
  return out;
}

}  // namespace sgdflux::sample
