#include "domain_wells.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <optional>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"

namespace sgdflux::study {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int newton_steps = 60;
constexpr double at_rest = 1e-10;         ///< relative size of the last Newton step
constexpr double difference_step = 1e-4;  ///< of derivatives, in units of the last Newton step or of x
constexpr double smallest_step = 1e-7;
constexpr double same = 0.05;  ///< wells closer than this share of their widths are one
constexpr int most_decades = 14;
constexpr double settled = 1e-3;  ///< relative change of the Jacobian from one scale to the next
constexpr std::size_t most_wells = 64;

MatrixXd jacobian_at(const model::Sde& sde, const VectorXd& x, const VectorXd& scale) {
  const auto n = x.size();
  core::Batch points(2 * n, n);
  VectorXd step(n);
  for (Eigen::Index d = 0; d < n; ++d) {
    step(d) = std::max(smallest_step * std::abs(x(d)), difference_step * scale(d));
    for (Eigen::Index side = 0; side < 2; ++side) {
      points.row(2 * d + side) = x.transpose().array();
      points(2 * d + side, d) += side == 0 ? step(d) : -step(d);
    }
  }
  const core::Batch b = sde.drift(points);
  MatrixXd jacobian(n, n);
  for (Eigen::Index d = 0; d < n; ++d) {
    jacobian.col(d) = ((b.row(2 * d) - b.row(2 * d + 1)) / (2 * step(d))).transpose().matrix();
  }
  return jacobian;
}

bool inside(const model::Sde& sde, const VectorXd& x) {
  for (int d = 0; d < sde.dimension(); ++d) {
    const model::Interval domain = sde.natural_domain(d);
    if (!(x(d) > domain.lower && x(d) < domain.upper)) {
      return false;
    }
  }
  return true;
}

/// Zero of the drift, with the scale of its last derivative, by Newton's method.
struct Rest {
  VectorXd point;
  VectorXd scale;
};

std::optional<Rest> rest_from(const model::Sde& sde, VectorXd x, double scale) {
  VectorXd scales = VectorXd::Constant(x.size(), scale);
  for (int step = 0; step < newton_steps; ++step) {
    const VectorXd b = drift_at(sde, x);
    const VectorXd move = jacobian_at(sde, x, scales).fullPivLu().solve(b);
    if (!b.allFinite() || !move.allFinite() || !inside(sde, x - move)) {
      return std::nullopt;
    }
    x -= move;
    const double largest = move.cwiseAbs().maxCoeff();
    if (largest <= at_rest * x.cwiseAbs().maxCoeff()) {
      return Rest{x, scales};
    }
    scales = scales.cwiseMin(VectorXd::Constant(x.size(), 10 * largest));
  }
  return std::nullopt;
}

/// The Jacobian on a scale on which it does not change any more; empty when there is none (a quartic minimum).
MatrixXd settled_jacobian(const model::Sde& sde, const Rest& rest) {
  VectorXd scale = rest.scale;
  MatrixXd last = jacobian_at(sde, rest.point, scale);
  for (int decade = 0; decade < most_decades && last.allFinite(); ++decade) {
    scale /= 10;
    const MatrixXd next = jacobian_at(sde, rest.point, scale);
    // Column by column: one variable's restoring force may vanish beside another's.
    const auto changes = (next - last).colwise().norm().array();
    if ((changes <= settled * next.colwise().norm().array()).all()) {
      return next;
    }
    last = next;
  }
  return {};
}

std::optional<Well> well_at(const model::Sde& sde, const Rest& rest) {
  const MatrixXd jacobian = settled_jacobian(sde, rest);
  const MatrixXd a = diffusion_at(sde, rest.point);
  if (jacobian.size() == 0 || !a.allFinite() || (jacobian.eigenvalues().real().array() >= 0).any()) {
    return std::nullopt;
  }
  try {
    const VectorXd variance = theory::solve_lyapunov(-jacobian, a).diagonal();
    if (!(variance.array() > 0).all() || !variance.allFinite()) {
      return std::nullopt;
    }
    return Well{rest.point, variance.cwiseSqrt(), jacobian};
  } catch (const core::SettingsError&) {  // stable to rounding only
    return std::nullopt;
  }
}

bool known(const std::vector<Well>& wells, const Well& well) {
  return std::any_of(wells.begin(), wells.end(), [&](const Well& other) {
    return ((well.mean - other.mean).array().abs() <= same * well.sigma.array().min(other.sigma.array())).all();
  });
}

std::vector<VectorXd> directions(int dim) {
  std::vector<VectorXd> list;
  for (int i = 0; i < dim; ++i) {
    for (const double sign : {1., -1.}) {
      list.emplace_back(sign * VectorXd::Unit(dim, i));
      for (int j = 0; j < i && dim <= 3; ++j) {
        list.emplace_back(sign * (VectorXd::Unit(dim, i) + VectorXd::Unit(dim, j)));
        list.emplace_back(sign * (VectorXd::Unit(dim, i) - VectorXd::Unit(dim, j)));
      }
    }
  }
  return list;
}

void add_well(const model::Sde& sde, const VectorXd& start, double scale, std::vector<Well>& wells) {
  if (wells.size() >= most_wells || !inside(sde, start)) {
    return;
  }
  if (const auto rest = rest_from(sde, start, scale)) {
    const auto well = well_at(sde, *rest);
    if (well && !known(wells, *well)) {
      wells.push_back(*well);
    }
  }
}

}  // namespace

VectorXd drift_at(const model::Sde& sde, const VectorXd& x) {
  return sde.drift(core::Batch(x.transpose().array())).row(0).transpose().matrix();
}

MatrixXd diffusion_at(const model::Sde& sde, const VectorXd& x) {
  const core::Batch a = sde.diffusion(core::Batch(x.transpose().array()));
  const auto dim = static_cast<int>(x.size());
  MatrixXd tensor(dim, dim);
  for (int i = 0; i < dim; ++i) {
    for (int j = 0; j < dim; ++j) {
      tensor(i, j) = a(0, model::pair_index(i, j, dim));
    }
  }
  return tensor;
}

std::vector<Well> find_wells(const model::Sde& sde) {
  std::vector<Well> wells;
  const VectorXd typical = sde.typical_point();
  add_well(sde, typical, 1, wells);
  if (!wells.empty() && is_linear(sde, wells.front(), 100)) {
    return wells;
  }
  for (int half = -12; half <= 12; ++half) {
    const double scale = std::pow(10., 0.5 * half);
    for (const VectorXd& direction : directions(sde.dimension())) {
      add_well(sde, typical + scale * direction, scale, wells);
    }
  }
  return wells;
}

bool is_linear(const model::Sde& sde, const Well& well, double reach) {
  const MatrixXd a = diffusion_at(sde, well.mean);
  for (Eigen::Index d = 0; d < well.mean.size(); ++d) {
    for (const double side : {-reach, 0.6 * reach}) {
      const VectorXd shift = side * well.sigma(d) * VectorXd::Unit(well.mean.size(), d) + 0.3 * well.sigma;
      const VectorXd expected = well.jacobian * shift;
      const bool drift = (drift_at(sde, well.mean + shift) - expected).norm() <= 1e-6 * expected.norm();
      const bool noise = (diffusion_at(sde, well.mean + shift) - a).norm() <= 1e-10 * a.norm();
      if (!drift || !noise) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace sgdflux::study
