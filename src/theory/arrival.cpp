#include "sgdflux/theory/arrival.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sgdflux/core/errors.hpp"
#include "theory/line_path.hpp"
#include "theory/probe.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr double negligible = 45;  ///< e^{−45} = 3e−20 of the scale lies beyond
constexpr double tolerance = 1e-9;
constexpr int halvings = 6;

/// Outermost point of a probe where an octave still holds e^{−45} of the largest share of the scale.
double last_that_counts(const Probe& side, double top) {
  const ArrayXd level = side.log_scale + side.distance.log();
  Index last = level.size() - 1;
  while (last > 0 && level[last] < top - negligible) {
    --last;
  }
  return side.x[std::min(last + 1, level.size() - 1)];
}

std::vector<double> route(const model::Sde& sde, double from, double to, const std::vector<double>& stops) {
  std::vector<double> edges = panel_edges(sde, from, to);
  for (const double stop : stops) {
    if (stop > from && stop < to) {
      edges.push_back(stop);
    }
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

/// Nodes in the order of LinePath: twenty a panel.
ArrayXd positions(const LinePath& path, double start) {
  return start + path.before(ArrayXd::Ones(path.potential().size())).nodes;
}

/// (∫ρ(1−h), ∫ρh) along a path.
ArrayXd shares(const LinePath& path, double start, const std::function<ArrayXd(const ArrayXd&)>& density) {
  const ArrayXd scale = (path.potential().minCoeff() - path.potential()).exp();
  const LinePath::Integral sums = path.before(scale);
  const ArrayXd h = sums.nodes / sums.edges[path.panels()];
  const ArrayXd rho = density(positions(path, start));
  return ArrayXd{{path.before(rho * (1 - h)).edges[path.panels()], path.before(rho * h).edges[path.panels()]}};
}

}  // namespace

Arrivals arrivals(const model::Sde& sde, const std::function<ArrayXd(const ArrayXd&)>& density,
                  const std::vector<double>& stops) {
  const Probe lower = probe(sde, false);
  const Probe upper = probe(sde, true);
  const double top = std::max((lower.log_scale + lower.distance.log()).maxCoeff(),
                              (upper.log_scale + upper.distance.log()).maxCoeff());
  Arrivals result{last_that_counts(lower, top), last_that_counts(upper, top), 0, 0};
  std::vector<double> edges = route(sde, result.first, result.last, stops);
  ArrayXd coarse = shares(LinePath(sde, edges), result.first, density);
  for (int step = 0; step < halvings; ++step) {
    edges = halved(edges);
    const ArrayXd fine = shares(LinePath(sde, edges), result.first, density);
    if (((fine - coarse).abs() <= tolerance * fine.sum()).all()) {
      result.lower = fine[0];
      result.upper = fine[1];
      return result;
    }
    coarse = fine;
  }
  throw core::ConvergenceError("the share of a start density that ends at either side of " + sde.variables()[0] +
                               " did not settle: the density or the drift is not smooth enough");
}

}  // namespace sgdflux::theory
