#include "start.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/theory/dynamics.hpp"

namespace sgdflux::study {
namespace {

constexpr double narrowest = 0.5;  ///< cells that a width must span: sums of a Gaussian are right to 1e−2 there
constexpr double most_cut = 1e-2;  ///< of a point's mass that may lie outside the mesh
constexpr double widths = 7;       ///< of the point that the mesh shall hold
constexpr int path_steps = 4000;   ///< Runge–Kutta steps over the whole time, for a domain only

std::string place(const model::Sde& sde, const Eigen::VectorXd& x) {
  std::string text;
  for (Eigen::Index d = 0; d < x.size(); ++d) {
    text += (d > 0 ? ", " : "") + sde.variables()[static_cast<std::size_t>(d)] + " = " + std::to_string(x(d));
  }
  return text;
}

/// A point whose width spans less than a cell is a spike that no scheme resolves.
void require_resolved(const Assembly& assembly, const Initial& initial) {
  for (int d = 0; d < initial.center.size(); ++d) {
    const auto& axis = assembly.grid.axis(d);
    const double x = initial.center(d);
    if (!axis.periodic() && !(x > axis.lower() && x < axis.upper())) {
      throw core::SettingsError(initial.key + " = " + initial.what +
                                ": its centre is outside the mesh, which goes from " + axis.name() + " = " +
                                std::to_string(axis.lower()) + " to " + std::to_string(axis.upper()));
    }
    const double cell = axis.map().slope(Eigen::ArrayXd::Constant(1, axis.map().computational(x)))(0) * axis.spacing();
    if (initial.width(d) < narrowest * cell) {
      throw core::SettingsError(initial.key + " = " + initial.what + ": the width " + std::to_string(initial.width(d)) +
                                " along " + axis.name() + " is less than half a cell there, " +
                                std::to_string(narrowest * cell) + ": use more cells or a wider point");
    }
  }
}

/// The density, that of a point summed over its images along periodic axes (the nearest ones: more are too far away).
Eigen::ArrayXd with_images(const Assembly& assembly, const Initial& initial, const core::Batch& x) {
  Eigen::ArrayXd sum = initial.density(x);
  for (int d = 0; d < initial.center.size(); ++d) {
    const auto& axis = assembly.grid.axis(d);
    for (const double side : {-1., 1.}) {
      if (axis.periodic()) {
        core::Batch moved = x;
        moved.col(d) += side * (axis.upper() - axis.lower());
        sum += initial.density(moved);
      }
    }
  }
  return sum;
}

/// The points whose paths are followed: the centre, then seven widths to either side of it along each axis.
core::Batch seeds(const Initial& initial) {
  const Eigen::Index dim = initial.center.size();
  core::Batch points = initial.center.transpose().array().replicate(1 + 2 * dim, 1);
  for (Eigen::Index d = 0; d < dim; ++d) {
    points(1 + 2 * d, d) += widths * initial.width(d);
    points(2 + 2 * d, d) -= widths * initial.width(d);
  }
  return points;
}

core::Batch runge_kutta(const model::Sde& sde, const core::Batch& x, double h) {
  const core::Batch k1 = sde.drift(x);
  const core::Batch k2 = sde.drift(x + 0.5 * h * k1);
  const core::Batch k3 = sde.drift(x + 0.5 * h * k2);
  const core::Batch k4 = sde.drift(x + h * k3);
  return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
}

/// Interval of each axis that paths of spread `half` (per axis) around them need.
struct Hull {
  Eigen::VectorXd lower;
  Eigen::VectorXd upper;
  void add(const core::Batch& x, const Eigen::VectorXd& half) {
    for (Eigen::Index d = 0; d < half.size(); ++d) {
      const double spread = std::sqrt(0.5 * (x.col(d) - x(0, d)).square().sum() + half(d) * half(d));
      lower(d) = std::min(lower(d), x(0, d) - spread);
      upper(d) = std::max(upper(d), x(0, d) + spread);
    }
  }
};

bool stretches(const mesh::AxisSpec& wanted, const mesh::AxisSpec& settled) {
  return wanted.automatic() && (settled.map == "linear" || settled.map == "sinh");
}

}  // namespace

Eigen::ArrayXd start_density(const Assembly& assembly, const Initial& initial) {
  Eigen::ArrayXd density;
  la::guard(assembly.comm, [&] {
    require_resolved(assembly, initial);
    const core::Batch x = fv::physical(assembly.grid, fv::centres(assembly.grid, assembly.owned));
    density = with_images(assembly, initial, x);
    for (Eigen::Index i = 0; i < density.size(); ++i) {
      // A stored density may have the small negative values that its scheme left.
      const bool stored = initial.center.size() == 0 && density(i) > -1e-6 * density.maxCoeff();
      if (!std::isfinite(density(i)) || (density(i) < 0 && !stored)) {
        throw core::SettingsError(initial.key + " = " + initial.what + " is " + std::to_string(density(i)) + " at " +
                                  place(assembly.sde, x.row(i).transpose().matrix()) +
                                  ": a density is finite and nowhere negative");
      }
    }
    density *= fv::jacobian(assembly.grid, assembly.owned);
  });
  const double mass = la::sum(assembly.comm, density.sum()) * assembly.grid.cell_volume();
  if (!(mass > 0)) {
    throw core::SettingsError(initial.key + " = " + initial.what +
                              " is zero on the whole mesh: there is no mass to move");
  }
  if (initial.center.size() > 0 && mass < 1 - most_cut) {
    throw core::SettingsError(
        initial.key + " = " + initial.what + ": " + std::to_string(1 - mass) +
        " of its mass lies outside the mesh or between its cells; use a larger mesh or more cells");
  }
  return density / mass;
}

std::vector<mesh::AxisSpec> widened(const model::Sde& sde, const std::vector<mesh::AxisSpec>& wanted,
                                    std::vector<mesh::AxisSpec> settled, const Initial& initial, double until) {
  if (initial.center.size() == 0) {
    return settled;
  }
  const int dim = sde.dimension();
  Hull hull{initial.center, initial.center};
  // Linear drift carries the point along without changing what the noise does around it.
  const bool linear = theory::linear_dynamics(sde) != nullptr;
  Eigen::VectorXd half(dim);
  Eigen::VectorXd side(dim);
  for (int d = 0; d < dim; ++d) {
    const auto& axis = settled[static_cast<std::size_t>(d)];
    half(d) = linear ? 0.5 * (axis.arguments[1] - axis.arguments[0]) : 0;
  }
  for (int d = 0; d < dim; ++d) {
    const auto& axis = settled[static_cast<std::size_t>(d)];
    side(d) = axis.arguments[1] - axis.arguments[0] + widths * initial.width(d);
  }
  hull.add(seeds(initial), Eigen::VectorXd::Zero(dim));
  core::Batch x = seeds(initial);
  for (int step = 0; step < path_steps; ++step) {
    const core::Batch next = runge_kutta(sde, x, until / path_steps);
    // A step across the box means that these steps cannot follow the path: it says nothing about the domain then.
    const bool followed = next.allFinite() && ((next - x).abs().colwise().maxCoeff() < side.transpose().array()).all();
    if (!followed) {
      break;
    }
    x = next;
    hull.add(x, half);
  }
  for (int d = 0; d < dim; ++d) {
    auto& axis = settled[static_cast<std::size_t>(d)];
    if (stretches(wanted[static_cast<std::size_t>(d)], axis)) {
      const model::Interval domain = sde.natural_domain(d);
      axis.arguments[0] = std::max(domain.lower, std::min(axis.arguments[0], hull.lower(d)));
      axis.arguments[1] = std::min(domain.upper, std::max(axis.arguments[1], hull.upper(d)));
    }
  }
  return settled;
}

}  // namespace sgdflux::study
