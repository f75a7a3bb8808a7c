#include "start_mass.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/noiseless.hpp"

namespace sgdflux::study {
namespace {

constexpr int widths = 12;           ///< around a point in which its mass is looked for
constexpr unsigned bisections = 12;  ///< of a panel
constexpr double precision = 1e-11;
constexpr double far = 0x1p38;
constexpr double lost_far = 1e-6;  ///< share of the mass beyond 2^38 that counts as divergence

double density_at(const model::Sde& sde, const Initial& start, double x) {
  const double value = start.density(core::Batch::Constant(1, 1, x))(0);
  const bool point = start.center.size() > 0;
  if (!std::isfinite(value) || (value < 0 && point)) {
    throw core::SettingsError(start.key + " = " + start.what + " is " + std::to_string(value) + " at " +
                              sde.variables()[0] + " = " + std::to_string(x) +
                              ": a density is finite and nowhere negative");
  }
  return value;
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
  using Kronrod = boost::math::quadrature::gauss_kronrod<double, 15>;
  const std::vector<double> edges = panels(sde, start, interval);
  double total = 0;
  double outer = 0;
  for (std::size_t k = 1; k < edges.size(); ++k) {
    const auto f = [&](double x) { return density_at(sde, start, x); };
    const double part = Kronrod::integrate(f, edges[k - 1], edges[k], bisections, precision);
    total += part;
    outer += std::max(std::abs(edges[k - 1]), std::abs(edges[k])) > far ? part : 0;
  }
  if (outer > lost_far * total) {
    throw core::SettingsError(start.key + " = " + start.what + ": its mass does not converge towards " +
                              sde.variables()[0] + " = ±∞: give a density that decays, or bounds of the mesh");
  }
  return std::max(total, 0.);
}

}  // namespace sgdflux::study
