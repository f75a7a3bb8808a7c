#include "continuation/log_slope.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace sgdflux::continuation {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr Index most_nodes = 9;
/// Samples of g' per cell: extrema of g closer to each other than half a cell are none of the grid's business.
constexpr int samples = 4;

/// Maps n values at t = −offset … n − 1 − offset to the coefficients of the polynomial through them, Σ c_m t^m.
const Eigen::MatrixXd& interpolation(Index n, Index offset) {
  static std::map<std::pair<Index, Index>, Eigen::MatrixXd> known;
  Eigen::MatrixXd& matrix = known[{n, offset}];
  if (matrix.size() == 0) {
    Eigen::MatrixXd vandermonde(n, n);
    for (Index row = 0; row < n; ++row) {
      for (Index power = 0; power < n; ++power) {
        vandermonde(row, power) = std::pow(static_cast<double>(row - offset), static_cast<double>(power));
      }
    }
    matrix = vandermonde.householderQr().solve(Eigen::MatrixXd::Identity(n, n));
  }
  return matrix;
}

/// y around node i as a polynomial in t = position − i.
class Local {
 public:
  Local(const ArrayXd& y, Index i) : node_(i) {
    const Index n = std::min(most_nodes, y.size() - (1 - y.size() % 2));
    const Index first = std::clamp<Index>(i - n / 2, 0, y.size() - n);
    c_ = interpolation(n, i - first) * (y.segment(first, n) - y(i)).matrix();
  }
  [[nodiscard]] double slope(double t) const { return derivative(t, 1); }
  [[nodiscard]] double curvature(double t) const { return derivative(t, 2); }
  [[nodiscard]] double position(double t) const { return static_cast<double>(node_) + t; }

 private:
  [[nodiscard]] double derivative(double t, int times) const {
    double sum = 0;
    for (Index power = c_.size() - 1; power >= times; --power) {
      const auto m = static_cast<double>(power);
      sum = sum * t + (times == 1 ? m : m * (m - 1)) * c_(power);
    }
    return sum;
  }
  Index node_;
  Eigen::VectorXd c_;
};

/// Where the curvature changes sign between t = a and b, and g there.
Extremum bisected(const Local& local, double a, double b, bool top) {
  for (int step = 0; step < 50; ++step) {
    const double middle = 0.5 * (a + b);
    ((local.curvature(middle) > 0) == top ? a : b) = middle;
  }
  const double t = 0.5 * (a + b);
  return {local.position(t), local.slope(t), top, !top};
}

/// Inner extrema of g between `lower` and `upper` (in t) of node i; `rising` is the state of g before, and after.
void add_inner(const Local& local, double lower, double upper, bool& rising, std::vector<Extremum>& extrema) {
  double before = lower;
  for (int k = 0; k <= samples; ++k) {
    const double t = lower + (upper - lower) * k / samples;
    const bool now = local.curvature(t) > 0;
    if (now != rising) {
      extrema.push_back(bisected(local, before, t, rising));
      rising = now;
    }
    before = t;
  }
}

Extremum end(const Local& local, double t) { return {local.position(t), local.slope(t), true, true}; }

}  // namespace

std::vector<Extremum> slope_extrema(const ArrayXd& y, bool beyond_first, bool beyond_last) {
  const Index last = y.size() - 1;
  const double begin = beyond_first ? -0.5 : 0;
  const double finish = beyond_last ? 0.5 : 0;
  std::vector<Extremum> extrema{end(Local(y, 0), begin)};
  bool rising = Local(y, 0).curvature(begin) > 0;
  for (Index i = 0; i <= last; ++i) {
    add_inner(Local(y, i), i == 0 ? begin : -0.5, i == last ? finish : 0.5, rising, extrema);
  }
  extrema.push_back(end(Local(y, last), finish));
  return extrema;
}

std::vector<Extremum> ring_extrema(const ArrayXd& y) {
  const Index n = y.size();
  constexpr Index halo = most_nodes / 2;
  ArrayXd wound(n + 2 * halo);
  wound << y.tail(halo), y, y.head(halo);
  std::vector<Extremum> extrema;
  bool rising = Local(wound, halo).curvature(-0.5) > 0;
  for (Index i = 0; i < n; ++i) {
    add_inner(Local(wound, i + halo), -0.5, 0.5, rising, extrema);
  }
  for (Extremum& extremum : extrema) {
    extremum.position -= static_cast<double>(halo);
  }
  const auto largest =
      std::max_element(extrema.begin(), extrema.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  std::rotate(extrema.begin(), largest, extrema.end());
  return extrema;
}

double depth(const std::vector<Extremum>& extrema, int k) {
  constexpr double none = -std::numeric_limits<double>::infinity();
  std::vector<double> best(static_cast<std::size_t>(2 * k) + 1, none);
  best[0] = std::numeric_limits<double>::infinity();
  for (const Extremum& extremum : extrema) {
    for (std::size_t j = best.size() - 1; j > 0; --j) {  // downwards: an extremum serves once in a chain
      const bool needs_top = j % 2 == 1;
      if (needs_top ? extremum.top : extremum.bottom) {
        best[j] = std::max(best[j], std::min(best[j - 1], needs_top ? extremum.value : -extremum.value));
      }
    }
  }
  return std::isfinite(best.back()) ? best.back() : -1;
}

int count_maxima(const std::vector<Extremum>& extrema, double noise) {
  int count = 0;
  while (depth(extrema, count + 1) > noise) {
    ++count;
  }
  return count;
}

std::vector<double> maxima(const std::vector<Extremum>& extrema, double noise) {
  std::vector<double> places;
  const Extremum* high = nullptr;
  for (const Extremum& extremum : extrema) {
    if (extremum.value > noise) {
      high = &extremum;
    } else if (extremum.value < -noise && high != nullptr) {
      const double share = high->value / (high->value - extremum.value);
      places.push_back(high->position + share * (extremum.position - high->position));
      high = nullptr;
    }
  }
  return places;
}

}  // namespace sgdflux::continuation
