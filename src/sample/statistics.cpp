#include "sgdflux/sample/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "clusters.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

std::string name_of(const TallyLayout& layout, Index sum) {
  const auto columns = static_cast<Index>(layout.columns.size());
  if (sum < columns) {
    return "mean." + layout.columns[static_cast<std::size_t>(sum)];
  }
  const auto& [i, j] = layout.products[static_cast<std::size_t>(sum - columns)];
  return "cov." + layout.columns[static_cast<std::size_t>(i)] + "." + layout.columns[static_cast<std::size_t>(j)];
}

Scattered scattered(const Clusters& data, const TallyLayout& layout, Index sum) {
  const auto columns = static_cast<Index>(layout.columns.size());
  return sum < columns ? mean(data, layout, sum) : covariance(data, layout, sum - columns);
}

core::Estimate infinite(Index broken, const Alive& alive) {
  return core::undefined("not finite on " + std::to_string(broken) + " of " + std::to_string(alive.count()) +
                         " paths that are alive");
}

using Found = std::function<core::Estimate(Index)>;

/// One estimate per sum of the layout, unless it is broken on some path (of either tally).
std::map<std::string, core::Estimate> all_sums(const Tally& tally, const Tally& other, const Alive& alive,
                                               const Found& found) {
  std::map<std::string, core::Estimate> out;
  for (Index sum = 0; sum < tally.layout().sums(); ++sum) {
    const Index broken = std::max(broken_paths(tally, alive, sum), broken_paths(other, alive, sum));
    out[name_of(tally.layout(), sum)] = broken > 0 ? infinite(broken, alive) : found(sum);
  }
  return out;
}

/// The normal deviate with the probability of Student's t; t itself where that probability is no longer a number.
double normal_deviate(double t, double degrees) {
  namespace math = boost::math;
  const double tail = math::cdf(math::complement(math::students_t(degrees), std::abs(t)));
  const bool far = tail < std::numeric_limits<double>::min();
  return far ? t : std::copysign(math::quantile(math::complement(math::normal(), std::min(tail, .5))), t);
}

/// Difference of two estimates over standard error; 0 when they differ by rounding alone.
double deviation(double first, double last, double variance, double degrees) {
  const double difference = first - last;
  const bool rounding = std::abs(difference) <= 1e-13 * std::max(std::abs(first), std::abs(last));
  return rounding ? 0 : normal_deviate(difference / std::sqrt(variance), degrees);
}

double drift(const Clusters& first, const Clusters& last, const TallyLayout& layout, Index column) {
  if (first.count() < 2 || last.count() < 2) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const Scattered a = mean(first, layout, column);
  const Scattered b = mean(last, layout, column);
  if (first.word == "path" && last.word == "path") {
    const Eigen::ArrayXd effect = a.effect - b.effect;
    return deviation(a.value, b.value, scatter(effect, effect), static_cast<double>(first.count() - 1));
  }
  const double variance = scatter(a.effect, a.effect) + scatter(b.effect, b.effect);
  return deviation(a.value, b.value, variance, static_cast<double>(first.count() + last.count() - 2));
}

}  // namespace

std::map<std::string, core::Estimate> estimates(const Tally& tally, const Alive& alive) {
  const Clusters data = clusters(tally, alive, 0, tally.blocks());
  return all_sums(tally, tally, alive,
                  [&](Index sum) { return estimate(scattered(data, tally.layout(), sum), data.word); });
}

std::map<std::string, core::Estimate> differences(const Tally& coarse, const Tally& fine, const Alive& alive) {
  if (coarse.layout().columns != fine.layout().columns || coarse.layout().products != fine.layout().products) {
    throw core::InternalError("Differences need two tallies of the same columns and products.");
  }
  const Clusters a = clusters(coarse, alive, 0, coarse.blocks());
  const Clusters b = clusters(fine, alive, 0, fine.blocks());
  if (a.count() != b.count()) {
    throw core::InternalError("Differences need two tallies of the same paths and blocks.");
  }
  return all_sums(coarse, fine, alive, [&](Index sum) {
    const Scattered c = scattered(a, coarse.layout(), sum);
    const Scattered f = scattered(b, fine.layout(), sum);
    return estimate({c.value - f.value, c.effect - f.effect}, a.word);
  });
}

std::map<std::string, double> drifts(const Tally& tally, const Alive& alive) {
  const TallyLayout& layout = tally.layout();
  const int third = std::max(1, tally.blocks() / 3);
  const Clusters first = clusters(tally, alive, 0, third);
  const Clusters last = clusters(tally, alive, tally.blocks() - third, tally.blocks());
  std::map<std::string, double> out;
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    const auto column = static_cast<Index>(c);
    const bool unknown = tally.blocks() < 2 || broken_paths(tally, alive, column) > 0;
    out[layout.columns[c]] = unknown ? std::numeric_limits<double>::quiet_NaN() : drift(first, last, layout, column);
  }
  return out;
}

namespace {

/// Sum of a sum over blocks [begin, end), per path and record.
Eigen::ArrayXd block_mean(const Tally& tally, Index sum, int begin, int end) {
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(tally.paths());
  double records = 0;
  for (int block = begin; block < end; ++block) {
    mean += tally.sums(block).col(sum);
    records += tally.records(block);
  }
  return mean / records;
}

}  // namespace

std::map<std::string, double> spreads(const Tally& tally, const Alive& alive) {
  const TallyLayout& layout = tally.layout();
  const int third = std::max(1, tally.blocks() / 3);
  const auto paths = static_cast<double>(alive.count());
  std::map<std::string, double> out;
  for (std::size_t p = 0; p < layout.products.size(); ++p) {
    const auto [a, b] = layout.products[p];
    if (a != b) {
      continue;
    }
    const auto sum = static_cast<Index>(layout.columns.size() + p);
    const Eigen::ArrayXd early = block_mean(tally, sum, 0, third);
    const Eigen::ArrayXd late = block_mean(tally, sum, tally.blocks() - third, tally.blocks());
    const auto grown = static_cast<double>((alive && late > early).count());
    const auto shrunk = static_cast<double>((alive && late < early).count());
    out[layout.columns[static_cast<std::size_t>(a)]] = paths < 32 || tally.blocks() < 2
                                                           ? std::numeric_limits<double>::quiet_NaN()
                                                           : (grown - shrunk) / std::sqrt(paths);
  }
  return out;
}

}  // namespace sgdflux::sample
