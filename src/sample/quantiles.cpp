#include <algorithm>
#include <cmath>

#include "clusters.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

constexpr Index enough_paths = 32;

/// Which cluster every value belongs to, value by value as in `sorted`'s source: path by path, or blocks of time.
struct Grouping {
  bool by_path = true;
  Index groups = 0;
  Index times = 0;
  [[nodiscard]] Index of(Index path, Index time) const { return by_path ? path : time * groups / times; }
};

Grouping grouping(const Eigen::ArrayXXd& values) {
  const Index blocks = std::min(values.cols(), enough_paths);
  const bool by_path = values.rows() >= std::min(enough_paths, blocks);
  return {by_path, by_path ? values.rows() : blocks, values.cols()};
}

/// Linear interpolation between order statistics (Hyndman & Fan 1996, definition 7).
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), sorted.size() - 1);
  const double weight = at - static_cast<double>(i);
  return weight == 0 ? sorted[i] : sorted[i] + weight * (sorted[i + 1] - sorted[i]);
}

/// Standard error of the share of values ≤ q, from the scatter over the clusters.
double share_error(const Eigen::ArrayXXd& values, double q, const Grouping& grouping) {
  Eigen::ArrayXd below = Eigen::ArrayXd::Zero(grouping.groups);
  Eigen::ArrayXd count = Eigen::ArrayXd::Zero(grouping.groups);
  for (Index t = 0; t < values.cols(); ++t) {
    for (Index path = 0; path < values.rows(); ++path) {
      const Index g = grouping.of(path, t);
      below(g) += values(path, t) <= q ? 1 : 0;
      count(g) += 1;
    }
  }
  const auto total = static_cast<double>(values.size());
  const Eigen::ArrayXd effect = (below - ordered_sum(below) / total * count) / total;
  return std::sqrt(scatter(effect, effect));
}

core::Estimate estimate(const Eigen::ArrayXXd& values, const std::vector<double>& sorted, double p,
                        const Grouping& grouping) {
  const double q = quantile(sorted, p);
  if (!std::isfinite(q)) {
    return core::undefined("the quantile is infinite");
  }
  if (grouping.groups < 2) {
    return {q, std::nullopt, "no error: there is only one path at one time"};
  }
  const double e = share_error(values, q, grouping);
  if (std::min(p, 1 - p) < 3 * e) {
    return {q, std::nullopt, "no error: too few values beyond the quantile"};
  }
  const double error = (quantile(sorted, p + 2 * e) - quantile(sorted, p - 2 * e)) / 4;
  return std::isfinite(error) ? core::Estimate{q, error, {}}
                              : core::Estimate{q, std::nullopt, "no error: values near the quantile are infinite"};
}

/// Rows of the paths that are alive.
Eigen::ArrayXXd living(const Eigen::ArrayXXd& values, const Alive& alive) {
  Eigen::ArrayXXd out(alive.count(), values.cols());
  for (Index path = 0, row = 0; path < values.rows(); ++path) {
    if (alive(path)) {
      out.row(row++) = values.row(path);
    }
  }
  return out;
}

}  // namespace

std::vector<core::Estimate> quantiles(const Eigen::ArrayXXd& values, const Alive& alive, const std::vector<double>& p) {
  if (alive.size() != values.rows() || alive.count() == 0 || values.cols() == 0 ||
      !std::all_of(p.begin(), p.end(), [](double x) { return 0 <= x && x <= 1; })) {
    throw core::InternalError("Quantiles need a path that is alive, a recorded time and probabilities in [0, 1].");
  }
  const Eigen::ArrayXXd kept = living(values, alive);
  const Index broken = kept.isNaN().rowwise().any().count();
  if (broken > 0) {
    return {p.size(), core::undefined("not a number on " + std::to_string(broken) + " of " +
                                      std::to_string(kept.rows()) + " paths that are alive")};
  }
  std::vector<double> sorted(kept.reshaped().begin(), kept.reshaped().end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<core::Estimate> out;
  for (const double x : p) {
    out.push_back(estimate(kept, sorted, x, grouping(kept)));
  }
  return out;
}

}  // namespace sgdflux::sample
