#include "clusters.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

constexpr Index enough_paths = 32;

Clusters by_path(const Tally& tally, const Alive& alive, int from, int to) {
  Clusters out{Batch::Zero(alive.count(), tally.layout().sums()), Eigen::ArrayXd::Zero(alive.count()), "path"};
  for (int block = from; block < to; ++block) {
    for (Index path = 0, row = 0; path < alive.size(); ++path) {
      if (alive(path)) {
        out.sums.row(row++) += tally.sums(block).row(path);
      }
    }
    out.values += tally.records(block);
  }
  return out;
}

Clusters by_block(const Tally& tally, const Alive& alive, int from, int to, Index filled) {
  Clusters out{Batch::Zero(filled, tally.layout().sums()), Eigen::ArrayXd::Zero(filled), "block of time"};
  Index row = 0;
  for (int block = from; block < to; ++block) {
    if (tally.records(block) == 0) {
      continue;
    }
    for (Index path = 0; path < alive.size(); ++path) {
      if (alive(path)) {
        out.sums.row(row) += tally.sums(block).row(path);
      }
    }
    out.values(row++) = tally.records(block) * static_cast<double>(alive.count());
  }
  return out;
}

/// Largest share of the scatter that one of n clusters may carry. Normal values, single records and their squares,
/// exceed it less than once in 100 times; squares of values with a density like v^(−7/2) exceed it in 95 of 100 for
/// n ≥ 500, where the standard error of the variance is wrong in half of all cases.
double tolerable_share(Index n) { return std::clamp(6 / std::sqrt(static_cast<double>(n)), .2, .85); }

std::string warning(const Eigen::ArrayXd& effect, const std::string& cluster) {
  const double share = effect.square().maxCoeff() / ordered_sum(effect.square());
  if (share <= tolerable_share(effect.size())) {
    return {};
  }
  return "the error may be far too small: one " + cluster + " of " + std::to_string(effect.size()) + " carries " +
         std::to_string(std::lround(100 * share)) + " % of the scatter (heavy tails)";
}

}  // namespace

Clusters clusters(const Tally& tally, const Alive& alive, int from, int to) {
  Index filled = 0;
  for (int block = from; block < to; ++block) {
    filled += tally.records(block) > 0 ? 1 : 0;
  }
  if (alive.size() != tally.paths() || alive.count() == 0 || filled == 0) {
    throw core::InternalError("Statistics need at least one path that is alive and one record.");
  }
  const bool paths = alive.count() >= std::min(enough_paths, filled);
  return paths ? by_path(tally, alive, from, to) : by_block(tally, alive, from, to, filled);
}

Scattered mean(const Clusters& data, const TallyLayout& layout, Index column) {
  const double total = ordered_sum(data.values);
  const double shifted = ordered_sum(data.sums.col(column)) / total;
  return {layout.shift(column) + shifted, (data.sums.col(column) - shifted * data.values) / total};
}

Scattered covariance(const Clusters& data, const TallyLayout& layout, Index k) {
  const auto& [i, j] = layout.products[static_cast<std::size_t>(k)];
  const auto sums = data.sums.col(static_cast<Index>(layout.columns.size()) + k);
  const double total = ordered_sum(data.values);
  const double a = ordered_sum(data.sums.col(i)) / total;
  const double b = ordered_sum(data.sums.col(j)) / total;
  const double product = ordered_sum(sums) / total;
  const Eigen::ArrayXd effect =
      (sums - b * data.sums.col(i) - a * data.sums.col(j) + (2 * a * b - product) * data.values) / total;
  const double of_means = scatter(mean(data, layout, i).effect, mean(data, layout, j).effect);
  return {product - a * b + of_means, effect};
}

double scatter(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) {
  const auto n = static_cast<double>(a.size());
  return n > 1 ? n / (n - 1) * ordered_sum(a * b) : 0;
}

core::Estimate estimate(const Scattered& found, const std::string& cluster) {
  if (found.effect.size() < 2) {
    return {found.value, std::nullopt, "no error: there is only one " + cluster};
  }
  const double error = std::sqrt(scatter(found.effect, found.effect));
  const bool rounding = error <= 1e-13 * std::abs(found.value);
  return {found.value, error, rounding ? std::string{} : warning(found.effect, cluster)};
}

Index broken_paths(const Tally& tally, const Alive& alive, Index sum) {
  Alive finite = Alive::Constant(alive.size(), true);
  for (int block = 0; block < tally.blocks(); ++block) {
    finite = finite && tally.sums(block).col(sum).isFinite();
  }
  return (alive && !finite).count();
}

}  // namespace sgdflux::sample
