#include "start_mass.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/core/kronrod.hpp"
#include "sgdflux/theory/noiseless.hpp"

namespace sgdflux::study {
namespace {

constexpr int widths = 12;           ///< around a point in which its mass is looked for
constexpr int bisections = 30;       ///< of a panel
constexpr double precision = 1e-12;  ///< of a panel, relative to the whole
constexpr double far = 0x1p38;
constexpr double nothing = 1e-200;  ///< vectorised exponentials do not go below 1e−308, which the width multiplies
constexpr double lost_far = 1e-6;   ///< share of the mass beyond 2^38 that counts as divergence

using Piece = std::pair<double, double>;

Eigen::ArrayXd densities(const model::Sde& sde, const Initial& start, const std::vector<Piece>& pieces) {
  Eigen::ArrayXd x(15 * static_cast<Eigen::Index>(pieces.size()));
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    const auto [left, right] = pieces[k];
    x.segment(15 * static_cast<Eigen::Index>(k), 15) =
        left / 2 + right / 2 + (right - left) / 2 * core::kronrod_rule().node;
  }
  const Eigen::ArrayXd values = start.density(core::Batch(x));
  const double tolerated = start.center.size() > 0 ? 0 : 1e-6 * values.maxCoeff();
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    // A stored density may have the small negative values that its scheme left.
    if (!std::isfinite(values(i)) || values(i) < -tolerated) {
      throw core::SettingsError(start.key + " = " + start.what + " is " + std::to_string(values(i)) + " at " +
                                sde.variables()[0] + " = " + std::to_string(x(i)) +
                                ": a density is finite and nowhere negative");
    }
  }
  return values;
}

std::vector<double> panels(const model::Sde& sde, const Initial& start, const model::Interval& interval) {
  std::vector<double> centres{sde.typical_point()(0), 0};
  const std::vector<double> stops = start_stops(start);
  const Eigen::ArrayXd sample = theory::sample_line(interval, centres, interval.lower, interval.upper);
  std::vector<double> edges(sample.begin(), sample.end());
  for (const double stop : stops) {
    if (stop > interval.lower && stop < interval.upper) {
      edges.push_back(stop);
    }
  }
  for (const double end : {interval.lower, interval.upper}) {
    if (std::isfinite(end)) {
      edges.push_back(end);
    }
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

}  // namespace

model::Interval start_range(const model::Sde& sde, const mesh::AxisSpec& axis) {
  const model::Interval domain = sde.natural_domain(0);
  if (axis.automatic()) {
    return domain;
  }
  return {std::max(domain.lower, axis.arguments[0]), std::min(domain.upper, axis.arguments[1])};
}

std::vector<double> start_stops(const Initial& start) {
  std::vector<double> stops;
  for (int k = -2 * widths; start.center.size() > 0 && k <= 2 * widths; ++k) {
    stops.push_back(start.center(0) + 0.5 * k * start.width(0));
  }
  return stops;
}

Eigen::ArrayXd start_values(const Initial& start, const model::Interval& range, const Eigen::ArrayXd& x) {
  const Eigen::ArrayXd values = start.density(core::Batch(x));
  return (x >= range.lower && x <= range.upper).select(values, 0);
}

double start_mass(const model::Sde& sde, const Initial& start, const model::Interval& interval) {
  const std::vector<double> edges = panels(sde, start, interval);
  std::vector<Piece> pending;
  for (std::size_t k = 1; k < edges.size(); ++k) {
    pending.emplace_back(edges[k - 1], edges[k]);
  }
  double total = 0;
  double outer = 0;
  for (int depth = 0; !pending.empty(); ++depth) {
    const Eigen::ArrayXd values = densities(sde, start, pending);
    Eigen::ArrayXd fine(static_cast<Eigen::Index>(pending.size()));
    Eigen::ArrayXd error(fine.size());
    for (Eigen::Index k = 0; k < fine.size(); ++k) {
      const auto [left, right] = pending[static_cast<std::size_t>(k)];
      const auto f = values.segment(15 * k, 15);
      fine[k] = (right - left) / 2 * (core::kronrod_rule().weight * f).sum();
      error[k] = std::abs(fine[k] - (right - left) / 2 * (core::kronrod_rule().coarse * f).sum());
    }
    const double size = total + fine.sum();
    std::vector<Piece> next;
    for (Eigen::Index k = 0; k < fine.size(); ++k) {
      const auto [left, right] = pending[static_cast<std::size_t>(k)];
      if (error[k] <= precision * size || depth == bisections) {
        total += fine[k];
        outer += std::max(std::abs(left), std::abs(right)) > far ? fine[k] : 0;
      } else {
        next.emplace_back(left, left / 2 + right / 2);
        next.emplace_back(left / 2 + right / 2, right);
      }
    }
    pending = std::move(next);
  }
  if (outer > std::max(lost_far * total, nothing)) {
    throw core::SettingsError(start.key + " = " + start.what + ": its mass does not converge towards " +
                              sde.variables()[0] + " = ±∞: give a density that decays, or bounds of the mesh");
  }
  return std::max(total, 0.);
}

}  // namespace sgdflux::study
