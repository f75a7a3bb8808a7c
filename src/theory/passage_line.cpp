#include "sgdflux/theory/passage_line.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/feller.hpp"
#include "theory/line_path.hpp"
#include "theory/probe.hpp"

namespace sgdflux::theory {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;

constexpr double usual_drop = 50;  ///< e^{−50} = 2e-22 of the mass is left away

/// A route through given stops, in panels; `stop` are the positions of the stops among the edges.
struct Route {
  std::vector<double> edges;
  std::vector<Index> stop;
};

Route route(const model::Sde& sde, const std::vector<double>& stops) {
  Route result{{stops.front()}, {0}};
  for (std::size_t k = 1; k < stops.size(); ++k) {
    const std::vector<double> part = panel_edges(sde, stops[k - 1], stops[k]);
    result.edges.insert(result.edges.end(), part.begin() + 1, part.end());
    result.stop.push_back(static_cast<Index>(result.edges.size()) - 1);
  }
  return result;
}

/// A quantity from ever finer panels, until two values of each component agree.
using Quantity = std::function<ArrayXd(const LinePath&, const std::vector<Index>& stop)>;

ArrayXd refined(const model::Sde& sde, Route route, const Quantity& quantity) {
  constexpr double tolerance = 1e-12;
  constexpr int halvings = 6;
  ArrayXd coarse = quantity(LinePath(sde, route.edges), route.stop);
  for (int step = 0; step < halvings; ++step) {
    route.edges = halved(route.edges);
    for (Index& stop : route.stop) {
      stop *= 2;
    }
    const LinePath path(sde, route.edges);
    ArrayXd fine = quantity(path, route.stop);
    if (!fine.isFinite().all()) {
      throw core::ConvergenceError(
          "a passage time or its inverse is beyond what doubles hold: the barrier is too high");
    }
    const double rounding = 1e-15 * (path.potential().maxCoeff() - path.potential().minCoeff());
    if (((fine - coarse).abs() <= (tolerance + rounding) * fine.abs()).all()) {
      return fine;
    }
    coarse = std::move(fine);
  }
  throw core::ConvergenceError("the integrals of a passage in " + sde.variables()[0] +
                               " did not converge: drift or noise is not smooth enough");
}

void check_end(const model::Sde& sde, bool upper) {
  const Classification ends = classify(sde);
  const End& end = upper ? ends.upper : ends.lower;
  if (!end.integrable || !end.unreachable) {
    throw core::SettingsError("the natural end " + end.where +
                              (end.integrable ? " is within reach" : " attracts mass") + " (" + end.decay +
                              "): put a reflecting or an absorbing edge before it");
  }
}

void check_order(const model::Sde& sde, const std::vector<double>& points, const std::string& meaning) {
  const model::Interval domain = sde.natural_domain(0);
  const bool inside = points.front() > domain.lower && points.back() < domain.upper;
  const bool increasing = std::adjacent_find(points.begin(), points.end(), std::greater_equal<>()) == points.end();
  if (!inside || !increasing) {
    std::string text;
    for (const double point : points) {
      text += (text.empty() ? "" : ", ") + number_text(point);
    }
    throw core::SettingsError(meaning + " = " + text + ": must increase and lie inside the domain of " +
                              sde.variables()[0]);
  }
}

// ---- one absorbing edge
// -----------------------------------------------------------------------------------------------

/// (mean, variance) on a route far edge → start → absorbing edge: −τ' = G and −V' = H per unit length, weighted
/// integrals of 2/a and 2G².
ArrayXd one_sided(const LinePath& path, const std::vector<Index>& stop) {
  const ArrayXd slope = path.weighted_before(2 / path.diffusion()).nodes;
  const LinePath::Integral time = path.after(slope);
  const LinePath::Integral spread = path.weighted_before(2 * slope.square());
  return ArrayXd{{time.edges[stop[1]], path.after(spread.nodes).edges[stop[1]]}};
}

PassageTime towards(const model::Sde& sde, double start, double far, double target) {
  const ArrayXd result = refined(sde, route(sde, {far, start, target}), one_sided);
  return {result[0], result[1]};
}

/// A tail ever further out, until the variance (which feels it more than the mean) does not change.
PassageTime from_natural_end(const model::Sde& sde, double start, double target) {
  const bool upper = target < start;  // the side of the natural end
  check_end(sde, upper);
  PassageTime before = towards(sde, start, negligible_beyond(sde, start, upper, usual_drop), target);
  for (double drop = 2 * usual_drop; drop <= 16 * usual_drop; drop *= 2) {
    const PassageTime now = towards(sde, start, negligible_beyond(sde, start, upper, drop), target);
    if (std::abs(now.variance - before.variance) <= 1e-11 * now.variance) {
      return now;
    }
    before = now;
  }
  throw core::ConvergenceError(
      "the variance of the first-passage time is infinite or depends on the far tail: put a reflecting edge");
}

// ---- two edges that absorb
// --------------------------------------------------------------------------------------------

/// Scale and speed between two absorbing edges a < b, in units that make both as moderate as they can be.
struct Scale {
  LinePath::Integral from_lower;  ///< S_a
  LinePath::Integral from_upper;  ///< S_b
  ArrayXd density;                ///< s'
  ArrayXd speed;                  ///< m
};

Scale scale_of(const LinePath& path) {
  const ArrayXd& phi = path.potential();
  const double middle = (phi.maxCoeff() + phi.minCoeff()) / 2;
  const ArrayXd density = (middle - phi).exp();
  return {path.before(density), path.after(density), density, 2 / (path.diffusion() * density)};
}

/// (mean, variance) at stop 1, by Green's function: a source f gives (S_b(x)∫_a^x S_a f m + S_a(x)∫_x^b S_b f m)/S.
ArrayXd two_sided(const LinePath& path, const std::vector<Index>& stop) {
  const Scale scale = scale_of(path);
  const double total = scale.from_upper.edges[0];
  const auto solve = [&](const ArrayXd& source) {
    const LinePath::Integral left = path.before(scale.from_lower.nodes * source * scale.speed);
    const LinePath::Integral right = path.after(scale.from_upper.nodes * source * scale.speed);
    const double value = (scale.from_upper.edges * left.edges + scale.from_lower.edges * right.edges)[stop[1]] / total;
    return std::pair{value, ArrayXd(scale.density * (right.nodes - left.nodes) / total)};
  };
  const auto [mean, slope] = solve(ArrayXd::Ones(path.diffusion().size()));
  const double variance = solve(path.diffusion() * slope.square()).first;
  return ArrayXd{{mean, variance}};
}

void check_edges(const model::Sde& sde, double start, const Edge& lower, const Edge& upper) {
  std::vector<double> points;
  if (lower.kind != Edge::Kind::natural) {
    points.push_back(lower.at);
  }
  points.push_back(start);
  if (upper.kind != Edge::Kind::natural) {
    points.push_back(upper.at);
  }
  check_order(sde, points, "lower edge, start, upper edge");
  if (lower.kind != Edge::Kind::absorbing && upper.kind != Edge::Kind::absorbing) {
    throw core::SettingsError("a first passage needs an absorbing edge: neither the lower nor the upper one absorbs");
  }
}

}  // namespace

PassageTime first_passage(const model::Sde& sde, double start, const Edge& lower, const Edge& upper) {
  check_edges(sde, start, lower, upper);
  if (lower.kind == Edge::Kind::absorbing && upper.kind == Edge::Kind::absorbing) {
    const ArrayXd result = refined(sde, route(sde, {lower.at, start, upper.at}), two_sided);
    return {result[0], result[1]};
  }
  const Edge& target = lower.kind == Edge::Kind::absorbing ? lower : upper;
  const Edge& far = lower.kind == Edge::Kind::absorbing ? upper : lower;
  return far.kind == Edge::Kind::natural ? from_natural_end(sde, start, target.at)
                                         : towards(sde, start, far.at, target.at);
}

double committor(const model::Sde& sde, double x, double lower, double upper) {
  check_order(sde, {lower, x, upper}, "lower set, point, upper set");
  const auto share = [](const LinePath& path, const std::vector<Index>& stop) {
    const ArrayXd scale = (path.potential().minCoeff() - path.potential()).exp();
    const ArrayXd sums = path.before(scale).edges;
    return ArrayXd(ArrayXd::Constant(1, sums[stop[1]] / sums[stop[2]]));
  };
  return refined(sde, route(sde, {lower, x, upper}), share)[0];
}

double transition_rate(const model::Sde& sde, double lower, double upper) {
  check_order(sde, {lower, upper}, "lower set, upper set");
  check_end(sde, false);
  check_end(sde, true);
  const double first = negligible_beyond(sde, lower, false, usual_drop);
  const double last = negligible_beyond(sde, upper, true, usual_drop);
  const auto rate = [](const LinePath& path, const std::vector<Index>& stop) {
    const ArrayXd& phi = path.potential();
    const double top = phi.maxCoeff();
    const double mass = path.before(2 / path.diffusion() * (phi - top).exp()).edges[stop[3]];
    const Index from = stop[1] * LinePath::order;
    ArrayXd scale = ArrayXd::Zero(phi.size());  // between the sets only: in the tails it exceeds the doubles
    scale.segment(from, stop[2] * LinePath::order - from) =
        (top - phi.segment(from, stop[2] * LinePath::order - from)).exp();
    return ArrayXd(ArrayXd::Constant(1, 1 / (mass * path.before(scale).edges[stop[3]])));
  };
  return refined(sde, route(sde, {first, lower, upper, last}), rate)[0];
}

}  // namespace sgdflux::theory
