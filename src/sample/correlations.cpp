#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <unsupported/Eigen/FFT>

#include "clusters.hpp"
#include "sgdflux/core/errors.hpp"

namespace sgdflux::sample {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Index enough_paths = 8;
constexpr Index segments = 20;
constexpr Index short_lag = 32;

std::vector<Index> lags_up_to(Index last) {
  std::vector<Index> lags;
  for (Index lag = 0; lag <= last;
       lag = std::max<Index>(lag + 1, std::lround(static_cast<double>(lag) * std::exp2(1. / 16)))) {
    lags.push_back(lag);
  }
  return lags;
}

/// Autocovariances about zero by fast Fourier transforms of padded histories.
class Correlator {
 public:
  explicit Correlator(Index records) : records_(records) {
    while (padded_ < 2 * records) {
      padded_ *= 2;
    }
    fft_.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  }
  /// Σ_t x_t x_{t+lag} / (records − lag) for lag = 0 … records − 1.
  Eigen::ArrayXd operator()(const Eigen::ArrayXd& x) {
    std::vector<double> values(static_cast<std::size_t>(padded_), 0.);
    std::copy(x.begin(), x.end(), values.begin());
    std::vector<std::complex<double>> spectrum;
    fft_.fwd(spectrum, values);
    for (std::complex<double>& s : spectrum) {
      s = std::norm(s);
    }
    fft_.inv(values, spectrum, padded_);
    Eigen::ArrayXd out(records_);
    for (Index lag = 0; lag < records_; ++lag) {
      out(lag) = values[static_cast<std::size_t>(lag)] / static_cast<double>(records_ - lag);
    }
    return out;
  }

 private:
  Index records_;
  Index padded_ = 1;
  Eigen::FFT<double> fft_;
};

/// E[(x_{t+lag} − x_t)²] pair by pair: for short lags, where smooth histories hardly move.
double displacement(const Eigen::ArrayXd& x, Index lag) {
  const Index pairs = x.size() - lag;
  return ordered_sum((x.tail(pairs) - x.head(pairs)).square()) / static_cast<double>(pairs);
}

/// E[x_t²] over the pairs (t, t + lag), both ends: the displacement is this less twice the covariance.
Eigen::ArrayXd squares(const Eigen::ArrayXd& x, const std::vector<Index>& lags) {
  const Index n = x.size();
  Eigen::ArrayXd sums = Eigen::ArrayXd::Zero(n + 1);
  for (Index t = 0; t < n; ++t) {
    sums(t + 1) = sums(t) + x(t) * x(t);
  }
  Eigen::ArrayXd out(static_cast<Index>(lags.size()));
  for (std::size_t k = 0; k < lags.size(); ++k) {
    const Index lag = lags[k];
    out(static_cast<Index>(k)) = (sums(n - lag) + sums(n) - sums(lag)) / static_cast<double>(n - lag);
  }
  return out;
}

double standard_error(const Eigen::ArrayXd& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = ordered_sum(values) / n;
  return n > 1 ? std::sqrt(ordered_sum((values - mean).square()) / (n * (n - 1))) : nan;
}

/// What one path, or one segment of a path, contributes at every lag: rows × lags.
struct Contributions {
  Batch covariance;
  Batch displacement;
};

/// Means over the pairs (t, t + lag) with t in each of `segments` equal parts of every path.
Contributions by_segment(const Eigen::ArrayXXd& x, const std::vector<Index>& lags) {
  const auto columns = static_cast<Index>(lags.size());
  Contributions out{Batch(segments * x.cols(), columns), Batch(segments * x.cols(), columns)};
  for (Index k = 0; k < columns; ++k) {
    const Index lag = lags[static_cast<std::size_t>(k)];
    const Index pairs = x.rows() - lag;
    for (Index row = 0; row < segments * x.cols(); ++row) {
      const Index part = row % segments;
      const Index from = part * pairs / segments;
      const Index length = (part + 1) * pairs / segments - from;
      const auto a = x.col(row / segments).segment(from, length);
      const auto b = x.col(row / segments).segment(from + lag, length);
      out.covariance(row, k) = ordered_sum(a * b) / static_cast<double>(length);
      out.displacement(row, k) = ordered_sum((a - b).square()) / static_cast<double>(length);
    }
  }
  return out;
}

/// Mean autocovariances at all lags; contributions of the paths at the chosen ones.
Eigen::ArrayXd by_path(const Eigen::ArrayXXd& x, const std::vector<Index>& lags, Contributions& out) {
  const auto columns = static_cast<Index>(lags.size());
  out = {Batch(x.cols(), columns), Batch(x.cols(), columns)};
  Correlator correlate(x.rows());
  Eigen::ArrayXd total = Eigen::ArrayXd::Zero(x.rows());
  for (Index path = 0; path < x.cols(); ++path) {
    const Eigen::ArrayXd covariance = correlate(x.col(path));
    total += covariance;
    const Eigen::ArrayXd both = squares(x.col(path), lags);
    for (Index k = 0; k < columns; ++k) {
      const Index lag = lags[static_cast<std::size_t>(k)];
      out.covariance(path, k) = covariance(lag);
      out.displacement(path, k) = lag <= short_lag ? displacement(x.col(path), lag) : both(k) - 2 * covariance(lag);
    }
  }
  return total / static_cast<double>(x.cols());
}

/// Integrated time with its window; lags beyond half of the history have too few pairs to help.
void integrate(const Eigen::ArrayXd& covariance, double values, Correlations& out) {
  double sum = 1;
  double squared = 1;
  Index w = 0;
  const Index last = covariance.size() / 2;
  while (static_cast<double>(w) < 5 * std::max(sum, 2 * squared) && w < last) {
    const double rho = covariance(++w) / covariance(0);
    sum += 2 * rho;
    squared += 2 * rho * rho;
  }
  const double terms = 2 * static_cast<double>(w) + 1;
  const bool closed = static_cast<double>(w) >= 5 * std::max(sum, 2 * squared);
  out.window = w;
  out.time = sum * (1 + terms / values);
  out.time_error =
      closed ? std::abs(out.time) * std::sqrt(2 * terms / values) : std::numeric_limits<double>::infinity();
  if (!closed) {
    out.reason = "the history of " + std::to_string(covariance.size()) + " records is too short for its correlations";
  } else if (out.time <= 0) {
    out.time = out.time_error = nan;
    out.reason = "the correlations cancel: their sum is lost in noise";
  }
}

Correlations not_finite(const Eigen::ArrayXXd& history, const std::vector<Index>& lags) {
  const std::vector<double> none(lags.size(), nan);
  const auto broken = std::to_string((!history.isFinite()).colwise().any().count());
  return {lags, none, none, none, none, nan, nan, nan, 0, "not finite on " + broken + " paths"};
}

/// The history about the mean over all paths and times; exactly 0 if it is constant.
Eigen::ArrayXXd centred(const Eigen::ArrayXXd& history) {
  const Eigen::ArrayXXd shifted = history - history(0, 0);
  return shifted - ordered_sum(shifted.reshaped()) / static_cast<double>(history.size());
}

/// Standard errors at every lag, from contributions of paths or segments.
void errors(const Contributions& parts, Correlations& out) {
  for (Index k = 0; k < parts.covariance.cols(); ++k) {
    out.error.push_back(standard_error(parts.covariance.col(k)));
    out.displacement_error.push_back(standard_error(parts.displacement.col(k)));
  }
}

}  // namespace

Correlations correlations(const Eigen::ArrayXXd& history) {
  if (history.size() == 0) {
    throw core::InternalError("Correlations in time need at least one record of one path.");
  }
  Correlations out;
  out.lags = lags_up_to(history.rows() / 4);
  if (!history.isFinite().all()) {
    return not_finite(history, out.lags);
  }
  const auto values = static_cast<double>(history.size());
  const Eigen::ArrayXXd x = centred(history);
  Contributions parts;
  const Eigen::ArrayXd covariance = by_path(x, out.lags, parts);
  if (covariance(0) > 0) {
    integrate(covariance, values, out);
  }
  out.effective = values / out.time;
  // The estimated mean takes the variance of itself, C(0) time / values, off every covariance (Wolff 2004).
  const double bias = std::isfinite(out.time) ? covariance(0) * out.time / values : 0;
  for (std::size_t k = 0; k < out.lags.size(); ++k) {
    out.covariance.push_back(covariance(out.lags[k]) + bias);
    const auto moved = parts.displacement.col(static_cast<Index>(k));
    out.displacement.push_back(ordered_sum(moved) / static_cast<double>(x.cols()));
  }
  const bool segmented = x.cols() < enough_paths && x.rows() >= 2 * segments;
  errors(segmented ? by_segment(x, out.lags) : parts, out);
  return out;
}

}  // namespace sgdflux::sample
