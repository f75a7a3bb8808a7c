#include "invariant_surfaces.hpp"

#include <algorithm>
#include <limits>

#include "restricted.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/lie_rank.hpp"
#include "sgdflux/theory/noiseless.hpp"

namespace sgdflux::study {
namespace {

using core::Batch;
using Eigen::ArrayXd;
using mesh::Boundary;

/// Drift and noise of one variable at values of it, over several points of the other variables at once: n → n ×
/// columns.
Batch across(const model::Sde& sde, int axis, const Batch& others, const ArrayXd& x) {
  const int width = 1 + sde.noises();
  Batch columns(x.size(), others.rows() * width);
  for (Eigen::Index j = 0; j < others.rows(); ++j) {
    Batch points = others.row(j).replicate(x.size(), 1);
    points.col(axis) = x;
    columns.col(j * width) = sde.drift(points).col(axis);
    columns.middleCols(j * width + 1, sde.noises()) =
        sde.noise_factor(points).middleCols(axis * sde.noises(), sde.noises());
  }
  return columns;
}

/// Points of the other variables where the coefficients are numbers.
Batch usable(const model::Sde& sde, int axis, const Batch& points, double x) {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index k = 0; k < points.rows(); ++k) {
    if (across(sde, axis, points.row(k), ArrayXd::Constant(1, x)).isFinite().all()) {
      rows.push_back(k);
    }
  }
  Batch kept(static_cast<Eigen::Index>(rows.size()), points.cols());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    kept.row(static_cast<Eigen::Index>(k)) = points.row(rows[k]);
  }
  return kept;
}

std::vector<double> surfaces_across(const model::Sde& sde, int d, const mesh::AxisSpec& axis, const Batch& others) {
  if (axis.lower == Boundary::periodic) {
    return {};
  }
  constexpr double none = std::numeric_limits<double>::infinity();
  const double typical = sde.typical_point()(d);
  const Batch points = usable(sde, d, others, typical + 0.37);
  if (points.rows() < 3) {
    return {};
  }
  const ArrayXd sample =
      theory::sample_line(reach_of(sde, d, axis), {typical, 0}, axis.automatic() ? -none : axis.arguments[0],
                          axis.automatic() ? none : axis.arguments[1]);
  return theory::common_zeros([&](const ArrayXd& x) { return across(sde, d, points, x); }, sample);
}

/// Axes of the dynamics on a surface: automatic but where walls or periods are part of the question.
std::vector<mesh::AxisSpec> axes_on_surface(const std::vector<mesh::AxisSpec>& mesh, int axis) {
  constexpr core::Index cells[3] = {400, 48, 16};
  std::vector<mesh::AxisSpec> result;
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    if (static_cast<int>(d) == axis) {
      continue;
    }
    const bool free = mesh[d].lower == Boundary::truncated && mesh[d].upper == Boundary::truncated;
    const core::Index wanted = cells[std::min<std::size_t>(mesh.size() - 2, 2)];
    result.push_back(free ? mesh::AxisSpec{mesh[d].name, "auto", {}, wanted} : mesh[d]);
  }
  return result;
}

}  // namespace

model::Interval reach_of(const model::Sde& sde, int d, const mesh::AxisSpec& axis) {
  model::Interval domain = sde.natural_domain(d);
  if (!axis.automatic()) {
    domain.lower = axis.lower == Boundary::reflecting ? axis.arguments[0] : domain.lower;
    domain.upper = axis.upper == Boundary::reflecting ? axis.arguments[1] : domain.upper;
  }
  return domain;
}

std::vector<Surface> find_surfaces(const Question& question) {
  const model::Sde& sde = question.sde;
  Eigen::VectorXd scale = Eigen::VectorXd::Ones(sde.dimension());
  Eigen::VectorXd centre = sde.typical_point();
  for (int d = 0; d < sde.dimension(); ++d) {
    const auto& axis = question.options.mesh[static_cast<std::size_t>(d)];
    if (!axis.automatic()) {
      centre(d) = (axis.arguments[0] + axis.arguments[1]) / 2;
      scale(d) = (axis.arguments[1] - axis.arguments[0]) / 6;
    }
  }
  const Batch others = theory::probe_points(sde, centre, scale);
  std::vector<Surface> surfaces;
  for (int d = 0; d < sde.dimension(); ++d) {
    for (const double at : surfaces_across(sde, d, question.options.mesh[static_cast<std::size_t>(d)], others)) {
      surfaces.push_back({d, at, {}});
    }
  }
  return surfaces;
}

core::Estimate growth_rate(const Question& question, const Surface& surface) {
  const auto sde = on_surface(question.sde, surface.axis, surface.at);
  StationaryOptions options;
  options.mesh = axes_on_surface(question.options.mesh, surface.axis);
  options.memory_limit = question.options.memory_limit;
  StationaryAnswer on;
  try {
    on = stationary(question.comm, *sde, options);
  } catch (const core::SettingsError& error) {  // the same on every rank
    return core::undefined(error.what());
  } catch (const core::ConvergenceError& error) {
    return core::undefined(error.what());
  }
  if (on.verdict != Verdict::converged) {
    return core::undefined(on.reason);
  }
  return on.observables.at("mean." + rate_name);
}

}  // namespace sgdflux::study
