#include "escaping.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

#include "quantities.hpp"
#include "sgdflux/core/errors.hpp"
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
constexpr double settled = 0.95;
constexpr double doubtful_negative = 0.1;  ///< negative mass with which a coarse solve says nothing
constexpr double noticeable = 1e-2;        ///< mass outside over inside that is worth a refusal
constexpr double too_much = 0.2;           ///< the same, beyond which the mesh is no place to ask for the density

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

/// Share of each cell of an axis that lies inside another axis with wider cells counted by their ξ.
ArrayXd share_inside(const mesh::Axis& original, const mesh::Axis& wide) {
  if (wide.periodic()) {
    return ArrayXd::Ones(wide.cells());
  }
  const double lower = wide.map().computational(original.lower());
  const double upper = wide.map().computational(original.upper());
  return ArrayXd::NullaryExpr(wide.cells(), [&](Eigen::Index i) {
    const double covered = std::min(wide.face(i + 1), upper) - std::max(wide.face(i), lower);
    return std::clamp(covered / wide.spacing(), 0., 1.);
  });
}

/// Mass outside the original mesh over mass inside it.
double outside_ratio(const Solution& original, const Solution& wide) {
  ArrayXd share = ArrayXd::Ones(wide.owned.cells());
  for (int d = 0; d < original.grid.dimension(); ++d) {
    const ArrayXd along = share_inside(original.grid.axis(d), wide.grid.axis(d));
    for (core::Index i = 0; i < wide.owned.cells(); ++i) {
      share(i) *= along(wide.owned.cell(i)[static_cast<std::size_t>(d)]);
    }
  }
  const double within = la::sum(wide.comm, (share * wide.state.mass).sum());
  const double beyond = la::sum(wide.comm, ((1 - share) * wide.state.mass).sum());
  // All of a positive density may have left; a negative mass inside is an artefact, and no evidence.
  return within > 0 ? beyond / within : within < 0 ? -1 : std::numeric_limits<double>::infinity();
}

/// outside_ratio on one wide mesh; nothing where that could not be solved, or is too negative to mean anything.
std::optional<double> ratio_on(const Solution& solution, const std::vector<mesh::AxisSpec>& mesh, fv::Flux flux) {
  const auto wide = solve_on(solution.comm, solution.sde, mesh, {flux, 1});
  const double ratio = outside_ratio(solution, *wide);
  const double negative = la::sum(wide->comm, (-wide->state.mass).max(0.).sum());
  return wide->result.converged && ratio >= 0 && negative < doubtful_negative ? std::optional(ratio) : std::nullopt;
}

/// The same with the truncated ends `factor` times as far away, by the monotone flux where the second order has steps
/// that it cannot resolve; nothing where the model is not defined out there.
std::optional<double> ratio_beyond(const Solution& solution, double factor) {
  try {
    const std::vector<mesh::AxisSpec> mesh = stretched(solution, factor);
    const std::optional<double> ratio = ratio_on(solution, mesh, fv::Flux::order2);
    return ratio ? ratio : ratio_on(solution, mesh, fv::Flux::monotone);
  } catch (const core::Error& error) {
    if (error.code() != core::ExitCode::settings) {
      throw;
    }
    return std::nullopt;
  }
}

}  // namespace

Escape escaping_mass(const Solution& solution) {
  const int dim = solution.grid.dimension();
  if (dim < 2 || dim > 3 || !doubtful(solution)) {
    return {};
  }
  std::array<double, 3> ratio{};
  for (std::size_t k = 0; k < ratio.size(); ++k) {
    const std::optional<double> found = ratio_beyond(solution, std::exp2(static_cast<double>(k + 1)));
    if (!found) {
      return {};
    }
    ratio[k] = *found;
  }
  const double first = ratio[1] - ratio[0];
  const double second = ratio[2] - ratio[1];
  std::ostringstream text;
  text.precision(3);
  text << "with the truncated ends at 2, 4 and 8 times their distance there is " << ratio[0] << ", " << ratio[1]
       << " and " << ratio[2] << " times as much mass outside of the mesh as inside";
  if (std::isinf(ratio[2]) || (ratio[2] > noticeable && second > settled * first)) {
    return {
        "the mass leaves through the truncated ends: " + text.str() + ", with no sign of an end: nothing confines it",
        ""};
  }
  return {"", ratio[2] > too_much ? "the mesh ends too early: " + text.str() : ""};
}

}  // namespace sgdflux::study
