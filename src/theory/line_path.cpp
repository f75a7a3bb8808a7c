#include "theory/line_path.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "sgdflux/core/errors.hpp"
#include "theory/probe.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr Index order = LinePath::order;
using Nodes = Eigen::Array<double, order, 1>;

/// Gauss–Legendre rule on [−1, 1], and the matrix of ∫_{−1}^{x_i} of the polynomial through the values at the nodes.
struct Rule {
  Nodes node;
  Nodes weight;
  Eigen::Matrix<double, order, order> before;
};

Rule make_rule() {
  using Gauss = boost::math::quadrature::gauss<double, order>;
  Rule rule;
  for (Index k = 0; k < order / 2; ++k) {
    const auto entry = static_cast<std::size_t>(k);
    rule.node[order / 2 + k] = Gauss::abscissa()[entry];
    rule.node[order / 2 - 1 - k] = -Gauss::abscissa()[entry];
    rule.weight[order / 2 + k] = rule.weight[order / 2 - 1 - k] = Gauss::weights()[entry];
  }
  // ℓ_j = w_j Σ_k (k + ½) P_k(x_j) P_k and ∫_{−1}^x P_k = (P_{k+1}(x) − P_{k−1}(x))/(2k + 1).
  for (Index i = 0; i < order; ++i) {
    for (Index j = 0; j < order; ++j) {
      double sum = (rule.node[i] + 1) / 2;
      for (unsigned k = 1; k < static_cast<unsigned>(order); ++k) {
        sum += std::legendre(k, rule.node[j]) *
               (std::legendre(k + 1, rule.node[i]) - std::legendre(k - 1, rule.node[i])) / 2;
      }
      rule.before(i, j) = rule.weight[j] * sum;
    }
  }
  return rule;
}

const Rule& rule() {
  static const Rule value = make_rule();
  return value;
}

void check(const model::Sde& sde, const ArrayXd& x, const Coefficients& at) {
  for (Index k = 0; k < x.size(); ++k) {
    if (!std::isfinite(at.drift[k]) || !(at.diffusion[k] > 0) || !std::isfinite(at.diffusion[k])) {
      throw core::SettingsError("at " + sde.variables()[0] + " = " + number_text(x[k]) +
                                " the drift is not finite or the noise is not positive and finite");
    }
  }
}

Nodes nodes_between(double left, double right) { return left / 2 + right / 2 + (right / 2 - left / 2) * rule().node; }

/// Whether a panel is short enough for e^{±φ} and 1/a to be nearly polynomials.
bool simple(const model::Sde& sde, double left, double right) {
  constexpr double most = 2;
  const ArrayXd x = nodes_between(left, right);
  const Coefficients at = coefficients(sde, x);
  check(sde, x, at);
  const double change = std::abs(right / 2 - left / 2) * (rule().weight * (2 * at.drift / at.diffusion).abs()).sum();
  return change <= most && at.diffusion.maxCoeff() <= std::exp(most) * at.diffusion.minCoeff();
}

/// Points about which structure is expected on no scale in particular: octaves of the distance to the typical point, or
/// to a finite end.
std::vector<double> seeds(const model::Sde& sde) {
  const model::Interval domain = sde.natural_domain(0);
  const double centre = sde.typical_point()[0];
  std::vector<double> result{centre};
  for (int k = -6; k <= 200; ++k) {
    result.push_back(centre - std::ldexp(1.0, k));
    result.push_back(centre + std::ldexp(1.0, k));
  }
  for (int k = 0; k <= 100; ++k) {
    result.push_back(domain.lower + std::ldexp(1.0, -k));  // of no effect at ±∞
    result.push_back(domain.upper - std::ldexp(1.0, -k));
  }
  return result;
}

/// ln(speed density × distance over which it lasts) along a probe, and at a point of its own.
struct Levels {
  const model::Sde& sde;
  Probe side;

  [[nodiscard]] bool beyond(double x, double from) const { return side.upper ? x > from : x < from; }
  [[nodiscard]] double at(Index k) const { return side.log_speed[k] + std::log(side.distance[k]); }
  /// ln of the speed density at x, integrated from point k of the probe.
  [[nodiscard]] double log_speed(double x, Index k) const {
    constexpr int budget = 100000;
    ArrayXd points(2);
    points << side.x[k], x;
    const Coefficients there = coefficients(sde, points);
    return side.log_speed[k] + drift_integrals(sde, points, budget)[0] -
           std::log(there.diffusion[1] / there.diffusion[0]);
  }
};

}  // namespace

std::vector<double> panel_edges(const model::Sde& sde, double from, double to) {
  constexpr std::size_t most = 1000000;
  const double low = std::min(from, to);
  const double high = std::max(from, to);
  std::vector<double> waiting{low, high};
  for (const double seed : seeds(sde)) {
    if (seed > low && seed < high) {
      waiting.push_back(seed);
    }
  }
  std::sort(waiting.begin(), waiting.end(), std::greater<>());
  waiting.erase(std::unique(waiting.begin(), waiting.end()), waiting.end());
  std::vector<double> edges{low};
  waiting.pop_back();
  while (!waiting.empty()) {
    const double left = edges.back();
    const double right = waiting.back();
    const double middle = left / 2 + right / 2;
    if (simple(sde, left, right)) {
      edges.push_back(right);
      waiting.pop_back();
    } else if (middle > left && middle < right && edges.size() + waiting.size() < most) {
      waiting.push_back(middle);
    } else {
      throw core::ConvergenceError("drift/noise^2 is too steep or too large to be integrated near " +
                                   sde.variables()[0] + " = " + number_text(middle));
    }
  }
  if (from > to) {
    std::reverse(edges.begin(), edges.end());
  }
  return edges;
}

std::vector<double> halved(const std::vector<double>& edges) {
  std::vector<double> result{edges.front()};
  for (std::size_t k = 1; k < edges.size(); ++k) {
    result.push_back(edges[k - 1] / 2 + edges[k] / 2);
    result.push_back(edges[k]);
  }
  return result;
}

double negligible_beyond(const model::Sde& sde, double from, bool upper, double drop) {
  const Levels levels{sde, probe(sde, upper)};
  const Probe& side = levels.side;
  const Index n = side.x.size();
  Index first = 0;
  while (first < n && !levels.beyond(side.x[first], from)) {
    ++first;
  }
  double reference = first > 0 ? levels.log_speed(from, first - 1) : -std::numeric_limits<double>::infinity();
  if (first > 0) {  // lasting for as long as its own slope lets it
    const Coefficients here = coefficients(sde, ArrayXd::Constant(1, from));
    const double slope = std::abs(2 * here.drift[0] / here.diffusion[0]);
    reference += std::log(std::min(side.distance[first - 1], 1 / slope));
  }
  Index last = first - 1;
  for (Index k = first; k < n; ++k) {
    reference = std::max(reference, levels.at(k));
  }
  for (Index k = first; k < n; ++k) {
    last = levels.at(k) > reference - drop ? k : last;
  }
  if (last + 1 >= n) {
    throw core::ConvergenceError("the density does not decay within doubles beyond " + sde.variables()[0] + " = " +
                                 number_text(from));
  }
  double inside = last < first ? from : side.x[last];
  double outside = side.x[last + 1];
  const Index base = std::max<Index>(last, 0);
  for (int step = 0; step < 40 && first > 0; ++step) {
    const double middle = inside / 2 + outside / 2;
    const bool high = levels.log_speed(middle, base) + std::log(side.distance[base]) > reference - drop;
    (high ? inside : outside) = middle;
  }
  return outside;
}

LinePath::LinePath(const model::Sde& sde, const std::vector<double>& edges) {
  const auto count = static_cast<Index>(edges.size()) - 1;
  half_.resize(count);
  ArrayXd x(count * order);
  for (Index k = 0; k < count; ++k) {
    const auto at = static_cast<std::size_t>(k);
    x.segment(k * order, order) = nodes_between(edges[at], edges[at + 1]);
    half_[k] = std::abs(edges[at + 1] / 2 - edges[at] / 2);
  }
  const Coefficients values = coefficients(sde, x);
  check(sde, x, values);
  diffusion_ = values.diffusion;
  const double direction = edges.back() > edges.front() ? 1 : -1;
  Integral potential = before(direction * 2 * values.drift / values.diffusion);
  potential_ = std::move(potential.nodes);
  edge_potential_ = std::move(potential.edges);
}

LinePath::Integral LinePath::before(const ArrayXd& f) const {
  Integral result{ArrayXd(f.size()), ArrayXd::Zero(panels() + 1)};
  for (Index k = 0; k < panels(); ++k) {
    const auto values = f.segment(k * order, order);
    result.nodes.segment(k * order, order) = result.edges[k] + half_[k] * (rule().before * values.matrix()).array();
    result.edges[k + 1] = result.edges[k] + half_[k] * (rule().weight * values).sum();
  }
  return result;
}

LinePath::Integral LinePath::after(const ArrayXd& f) const {
  Integral result{ArrayXd(f.size()), ArrayXd::Zero(panels() + 1)};
  for (Index k = panels() - 1; k >= 0; --k) {
    const auto values = f.segment(k * order, order);
    result.edges[k] = result.edges[k + 1] + half_[k] * (rule().weight * values).sum();
    // A rule is symmetric: seen from its end a panel is itself reversed.
    const Nodes reversed = rule().before * values.reverse().matrix();
    result.nodes.segment(k * order, order) = result.edges[k + 1] + half_[k] * reversed.reverse();
  }
  return result;
}

LinePath::Integral LinePath::weighted_before(const ArrayXd& f) const {
  Integral result{ArrayXd(f.size()), ArrayXd::Zero(panels() + 1)};
  for (Index k = 0; k < panels(); ++k) {
    const Nodes gain = (potential_.segment(k * order, order) - edge_potential_[k]).exp();
    const Nodes values = f.segment(k * order, order) * gain;
    const Nodes sums = half_[k] * (rule().before * values.matrix()).array();
    result.nodes.segment(k * order, order) = (result.edges[k] + sums) / gain;
    result.edges[k + 1] = (result.edges[k] + half_[k] * (rule().weight * values).sum()) *
                          std::exp(edge_potential_[k] - edge_potential_[k + 1]);
  }
  return result;
}

}  // namespace sgdflux::theory
