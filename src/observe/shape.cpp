#include "sgdflux/observe/shape.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace sgdflux::observe {
namespace {

using Mask = Eigen::Array<bool, Eigen::Dynamic, 1>;

/// Peaks closer in height than this (of ln p) are equal: the first counts, whatever rounding makes of them.
constexpr double equal_height = 1e-9;

/// Whether the function behind the nodes has a strict maximum near node i; two nodes that a symmetric peak makes equal
/// count once.
bool near_maximum(const Eigen::ArrayXd& y, const Mask& trusted, Eigen::Index i) {
  if (!trusted.segment(i - 1, 3).all() || !(y(i) > y(i - 1))) {
    return false;
  }
  const bool twin = y(i) == y(i + 1) && i + 2 < y.size() && trusted(i + 2) && y(i + 1) > y(i + 2);
  return y(i) > y(i + 1) || twin;
}

/// Coefficients of the polynomial through y(i−k) … y(i+k) in t = node − i.
Eigen::VectorXd interpolant(const Eigen::ArrayXd& y, Eigen::Index i, Eigen::Index k) {
  const Eigen::Index n = 2 * k + 1;
  Eigen::MatrixXd vandermonde(n, n);
  Eigen::VectorXd values(n);
  for (Eigen::Index row = 0; row < n; ++row) {
    const auto t = static_cast<double>(row - k);
    for (Eigen::Index power = 0; power < n; ++power) {
      vandermonde(row, power) = std::pow(t, static_cast<double>(power));
    }
    values(row) = y(i - k + row) - y(i);
  }
  return vandermonde.householderQr().solve(values);
}

double slope(const Eigen::VectorXd& c, double t) {
  double sum = 0;
  for (Eigen::Index power = c.size() - 1; power >= 1; --power) {
    sum = sum * t + static_cast<double>(power) * c(power);
  }
  return sum;
}

/// Zero of the interpolant's slope between the neighbours of node i, by bisection.
double refine(const Eigen::ArrayXd& y, const Mask& trusted, Eigen::Index i) {
  Eigen::Index k = std::min<Eigen::Index>({4, i, y.size() - 1 - i});
  while (k > 1 && !trusted.segment(i - k, 2 * k + 1).all()) {
    --k;
  }
  const Eigen::VectorXd c = interpolant(y, i, k);
  double low = -1;
  double high = 1;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (slope(c, middle) > 0 ? low : high) = middle;
  }
  return static_cast<double>(i) + 0.5 * (low + high);
}

}  // namespace

std::optional<double> mode(const Eigen::ArrayXd& log_density, const Mask& trusted) {
  Eigen::Index best = -1;
  for (Eigen::Index i = 1; i + 1 < log_density.size(); ++i) {
    if (near_maximum(log_density, trusted, i) && (best < 0 || log_density(i) > log_density(best) + equal_height)) {
      best = i;
    }
  }
  return best < 0 ? std::nullopt : std::optional(refine(log_density, trusted, best));
}

double tail_sum(const Eigen::ArrayXd& w, bool upper) {
  const Eigen::Index n = w.size();
  const Eigen::Index span = std::max<Eigen::Index>(1, n / 40);
  const auto at = [&](Eigen::Index from_end) { return std::abs(upper ? w(n - 1 - from_end) : w(from_end)); };
  // A last cell that the end has emptied does not count for less than the decay before it promises.
  const double promised = n > 2 && at(2) > at(1) ? at(1) * at(1) / at(2) : n > 1 ? 0.5 * at(1) : 0;
  const double last = std::max(at(0), promised);
  const double inner = at(std::min(span, n - 1));
  if (last == 0) {
    return 0;
  }
  const double rate = inner > last ? std::log(inner / last) / static_cast<double>(span) : 0;
  return rate * static_cast<double>(n) > 1 ? last / rate : last * static_cast<double>(n);
}

}  // namespace sgdflux::observe
