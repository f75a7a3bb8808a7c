#include "escaping.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "quantities.hpp"
#include "sgdflux/la/halo.hpp"

namespace sgdflux::study {
namespace {

using Eigen::ArrayXd;
using mesh::Boundary;

constexpr double doubtful_outside = 1e-4;  ///< estimated mass beyond the ends from which on they are moved
constexpr double doubtful_fall = -3;       ///< d ln p/d ln distance at an end above which they are
constexpr double doubtful_share = 1e-8;    ///< of the mass in the last cells, below which an end does not matter
/// Mass outside over mass inside, at twice the distance each: increments of a normalisable tail r^{−1−δ} fall by
/// 2^{−δ}.
constexpr double settled = 0.93;

bool open(const mesh::Axis& axis, bool upper) {
  return (upper ? axis.spec().upper : axis.spec().lower) == Boundary::truncated;
}

/// Whether the marginal falls off slowly towards an end, and matters there.
bool falls_slowly(const Solution& solution, int d, bool upper) {
  const ArrayXd w = observe::marginal(solution.state, d).abs();
  const ArrayXd x = solution.grid.axis(d).centres();
  const Eigen::Index n = w.size();
  const Eigen::Index span = std::max<Eigen::Index>(1, n / 20);
  const Eigen::Index at = upper ? n - 1 : 0;
  const Eigen::Index inside = upper ? n - 1 - span : span;
  const double centre = (w * x).sum() / w.sum();
  const ArrayXd density = w / solution.grid.axis(d).map().slope(ArrayXd::NullaryExpr(
                                  n, [&](Eigen::Index i) { return solution.grid.axis(d).centre(i); }));
  const double slope =
      std::log(density(at) / density(inside)) / std::log(std::abs(x(at) - centre) / std::abs(x(inside) - centre));
  return w(at) > doubtful_share * w.sum() && !(slope < doubtful_fall);
}

bool doubtful(const Solution& solution) {
  bool slow = false;
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    for (const bool upper : {false, true}) {
      slow = slow || (open(solution.grid.axis(d), upper) && falls_slowly(solution, d, upper));
    }
  }
  return slow || outside_mass(solution.state) > doubtful_outside;
}

core::Index base_cells(int dimension) { return dimension == 2 ? 36 : 10; }

/// The mesh with truncated ends `factor` times as far from the middle, stretched so that the inside keeps its cells.
std::vector<mesh::AxisSpec> stretched(const Solution& solution, double factor) {
  std::vector<mesh::AxisSpec> result;
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    const mesh::Axis& axis = solution.grid.axis(d);
    mesh::AxisSpec spec = axis.spec();
    const model::Interval domain = solution.sde.natural_domain(d);
    const double middle = axis.lower() / 2 + axis.upper() / 2;
    const double half = (axis.upper() - axis.lower()) / 2;
    const double lower = open(axis, false) ? std::max(middle - factor * half, domain.lower) : axis.lower();
    const double upper = open(axis, true) ? std::min(middle + factor * half, domain.upper) : axis.upper();
    const double inside = std::asinh(2.) * 2;
    const double all = std::asinh(2 * (upper - middle) / half) + std::asinh(2 * (middle - lower) / half);
    const core::Index cells = std::min(base_cells(solution.grid.dimension()), axis.cells());
    if (spec.lower == Boundary::periodic) {
      spec.cells = cells;
    } else {
      spec.map = "sinh";
      spec.arguments = {lower, upper, half / 2, middle};
      spec.cells = std::llround(static_cast<double>(cells) * all / inside);
    }
    result.push_back(spec);
  }
  return result;
}

/// Mass outside the original mesh over mass inside it.
double outside_ratio(const Solution& original, const Solution& wide) {
  const auto& x = wide.state.points;
  Eigen::Array<bool, Eigen::Dynamic, 1> inside = Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(x.rows(), true);
  for (int d = 0; d < original.grid.dimension(); ++d) {
    const mesh::Axis& axis = original.grid.axis(d);
    inside = inside && x.col(d) > axis.lower() && x.col(d) < axis.upper();
  }
  const double within = la::sum(wide.comm, inside.select(wide.state.mass, 0).sum());
  return la::sum(wide.comm, inside.select(0, wide.state.mass).sum()) / within;
}

}  // namespace

std::string escaping_mass(const Solution& solution) {
  const int dim = solution.grid.dimension();
  if (dim < 2 || dim > 3 || !doubtful(solution)) {
    return {};
  }
  const fv::Scheme scheme{fv::Flux::order2, 1};
  double ratio[3];
  for (int k = 0; k < 3; ++k) {
    const auto wide = solve_on(solution.comm, solution.sde, stretched(solution, std::exp2(k + 1)), scheme);
    ratio[k] = outside_ratio(solution, *wide);
    if (!wide->result.converged || !std::isfinite(ratio[k])) {
      return {};
    }
  }
  const double first = ratio[1] - ratio[0];
  const double second = ratio[2] - ratio[1];
  if (!(ratio[2] > 1e-2) || !(second > settled * first) || !(second > 1e-3)) {
    return {};
  }
  std::ostringstream text;
  text.precision(3);
  text << "the mass leaves through the truncated ends: with them at 2, 4 and 8 times the distance there is " << ratio[0]
       << ", " << ratio[1] << " and " << ratio[2]
       << " times as much mass outside of the mesh as inside, with no sign of an end: nothing confines it";
  return text.str();
}

}  // namespace sgdflux::study
