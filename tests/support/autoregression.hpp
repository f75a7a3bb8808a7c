#pragma once
/// Paths of known statistics: x ← φx + √(1 − φ²) g, stationary with mean 0, variance 1 and covariance φ^lag.
#include <cmath>
#include <random>

#include "sgdflux/sample/statistics.hpp"

namespace sgdflux::test {

using core::Index;
using Random = std::mt19937_64;

/// records × paths.
inline Eigen::ArrayXXd autoregression(Random& random, double phi, Index records, Index paths) {
  std::normal_distribution<double> normal;
  Eigen::ArrayXXd out(records, paths);
  for (Index path = 0; path < paths; ++path) {
    double x = normal(random);
    for (Index t = 0; t < records; ++t) {
      out(t, path) = x;
      x = phi * x + std::sqrt(1 - phi * phi) * normal(random);
    }
  }
  return out;
}

/// Its integrated autocorrelation time in records.
inline double correlation_time(double phi) { return (1 + phi) / (1 - phi); }

/// A tally of one column "x" and its square from a history, records × paths, in equal blocks of time.
inline sample::Tally tally_of(const Eigen::ArrayXXd& history, int blocks, double shift = 0) {
  sample::Tally out({{"x"}, {{0, 0}}, Eigen::ArrayXd::Constant(1, shift)}, 0, history.cols(), blocks);
  for (Index t = 0; t < history.rows(); ++t) {
    out.add(static_cast<int>(t * blocks / history.rows()), 0, history.row(t).transpose());
  }
  return out;
}

inline sample::Alive all_alive(Index paths) { return sample::Alive::Constant(paths, true); }

/// Histogram of a history on equal cells of [−reach, reach], its paths dealt to groups in turn.
inline sample::Histogram histogram_of(const Eigen::ArrayXXd& history, double reach, Index cells, Index groups) {
  sample::Counts counts = sample::Counts::Zero(cells, groups);
  sample::Totals total = sample::Totals::Zero(groups);
  for (Index path = 0; path < history.cols(); ++path) {
    for (const double x : history.col(path)) {
      const double cell = std::floor((x + reach) / (2 * reach) * static_cast<double>(cells));
      if (cell >= 0 && cell < static_cast<double>(cells)) {
        ++counts(static_cast<Index>(cell), path % groups);
      }
      ++total(path % groups);
    }
  }
  return sample::histogram(counts, total);
}

inline double normal_share_below(double x) { return std::erfc(-x / std::sqrt(2.)) / 2; }

/// Probabilities of those cells under the normal law of mean `centre` and variance 1.
inline Eigen::ArrayXd normal_cells(double reach, Index cells, double centre = 0) {
  Eigen::ArrayXd out(cells);
  const double width = 2 * reach / static_cast<double>(cells);
  for (Index cell = 0; cell < cells; ++cell) {
    const double left = -reach + width * static_cast<double>(cell) - centre;
    out(cell) = normal_share_below(left + width) - normal_share_below(left);
  }
  return out;
}

/// How often 95 % intervals, value ± 1.96 error, contain the truth.
class Coverage {
 public:
  void add(double value, double error, double truth) {
    hits_ += std::abs(value - truth) <= 1.96 * error ? 1 : 0;
    ++count_;
  }
  void add(const core::Estimate& found, double truth) { add(found.value.value(), found.error.value(), truth); }
  [[nodiscard]] double share() const { return hits_ / count_; }

 private:
  double hits_ = 0;
  double count_ = 0;
};

}  // namespace sgdflux::test
