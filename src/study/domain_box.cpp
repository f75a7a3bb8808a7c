#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <optional>

#include "domain.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/ornstein_uhlenbeck.hpp"
#include "solution.hpp"

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;
using core::Index;

constexpr double half_width_in_sigma = 7;  ///< where linearity is tested and the search begins
constexpr double reliable_depth = 10;      ///< depth to which a coarse marginal is trusted
constexpr double occupied = 1e-3;          ///< share of the peak that counts as density while the box is searched
constexpr int search_rounds = 60;
constexpr double largest_growth = 1e9;  ///< and, inverted, the largest shrinking

/// A box in the model's variables.
struct Extent {
  Eigen::VectorXd lower;
  Eigen::VectorXd upper;
};

Eigen::VectorXd drift_at(const model::Sde& sde, const Eigen::VectorXd& x) {
  return sde.drift(core::Batch(x.transpose().array())).row(0).transpose().matrix();
}

Eigen::MatrixXd diffusion_at(const model::Sde& sde, const Eigen::VectorXd& x) {
  const core::Batch a = sde.diffusion(core::Batch(x.transpose().array()));
  const auto dim = static_cast<int>(x.size());
  Eigen::MatrixXd tensor(dim, dim);
  for (int i = 0; i < dim; ++i) {
    for (int j = 0; j < dim; ++j) {
      tensor(i, j) = a(0, model::pair_index(i, j, dim));
    }
  }
  return tensor;
}

Eigen::MatrixXd jacobian_at(const model::Sde& sde, const Eigen::VectorXd& x) {
  Eigen::MatrixXd jacobian(x.size(), x.size());
  for (Eigen::Index d = 0; d < x.size(); ++d) {
    const double step = 1e-4 * (1 + std::abs(x(d)));
    const Eigen::VectorXd shift = step * Eigen::VectorXd::Unit(x.size(), d);
    jacobian.col(d) = (drift_at(sde, x + shift) - drift_at(sde, x - shift)) / (2 * step);
  }
  return jacobian;
}

/// Zero of the drift by Newton's method from the typical point.
std::optional<Eigen::VectorXd> fixed_point(const model::Sde& sde) {
  Eigen::VectorXd x = sde.typical_point();
  for (int step = 0; step < 50; ++step) {
    const Eigen::VectorXd b = drift_at(sde, x);
    const Eigen::VectorXd move = jacobian_at(sde, x).fullPivLu().solve(b);
    if (!b.allFinite() || !move.allFinite()) {
      return std::nullopt;
    }
    x -= move;
    if (move.norm() <= 1e-10 * (1 + x.norm())) {
      return x;
    }
  }
  return std::nullopt;
}

/// Stationary law of the linearisation at a stable fixed point.
struct Gaussian {
  Eigen::VectorXd mean;
  Eigen::VectorXd sigma;
  Eigen::MatrixXd jacobian;
};

std::optional<Gaussian> linearisation(const model::Sde& sde) {
  const auto point = fixed_point(sde);
  if (!point) {
    return std::nullopt;
  }
  const Eigen::MatrixXd jacobian = jacobian_at(sde, *point);
  if ((jacobian.eigenvalues().real().array() >= 0).any()) {
    return std::nullopt;
  }
  const Eigen::MatrixXd covariance = theory::solve_lyapunov(-jacobian, diffusion_at(sde, *point));
  const Eigen::VectorXd variance = covariance.diagonal();
  if (!(variance.array() > 0).all() || !variance.allFinite()) {
    return std::nullopt;
  }
  return Gaussian{*point, variance.cwiseSqrt(), jacobian};
}

/// Whether drift and noise seven standard deviations away are those of the linearisation.
bool is_linear(const model::Sde& sde, const Gaussian& law) {
  const Eigen::MatrixXd a = diffusion_at(sde, law.mean);
  for (Eigen::Index d = 0; d < law.mean.size(); ++d) {
    for (const double side : {-half_width_in_sigma, 0.6 * half_width_in_sigma}) {
      const Eigen::VectorXd shift = side * law.sigma(d) * Eigen::VectorXd::Unit(law.mean.size(), d) + 0.3 * law.sigma;
      const Eigen::VectorXd expected = law.jacobian * shift;
      const bool drift = (drift_at(sde, law.mean + shift) - expected).norm() <= 1e-6 * expected.norm();
      const bool noise = (diffusion_at(sde, law.mean + shift) - a).norm() <= 1e-10 * a.norm();
      if (!drift || !noise) {
        return false;
      }
    }
  }
  return true;
}

void clip(const model::Sde& sde, Extent& extent) {
  for (int d = 0; d < sde.dimension(); ++d) {
    const model::Interval domain = sde.natural_domain(d);
    extent.lower(d) = std::max(extent.lower(d), domain.lower);
    extent.upper(d) = std::min(extent.upper(d), domain.upper);
  }
}

/// The given mesh with automatic axes replaced by linear ones on `extent`.
std::vector<mesh::AxisSpec> resolved(const std::vector<mesh::AxisSpec>& mesh, const Extent& extent, Index cells) {
  std::vector<mesh::AxisSpec> result = mesh;
  for (std::size_t d = 0; d < mesh.size(); ++d) {
    const auto e = static_cast<Eigen::Index>(d);
    if (mesh[d].automatic()) {
      result[d].map = "linear";
      result[d].arguments = {extent.lower(e), extent.upper(e)};
    }
    result[d].cells = cells > 0 ? std::min(cells, std::max<Index>(mesh[d].cells, 8)) : mesh[d].cells;
  }
  return result;
}

/// ln of the marginal density over its peak, with rounding noise cut off.
Array log_profile(const Solution& solution, int d) {
  const Array marginal = observe::marginal(solution.state, d);
  return (marginal / marginal.maxCoeff()).max(1e-16).log();
}

Index coarse_cells(int dimension) { return dimension == 2 ? 40 : dimension == 3 ? 16 : 9; }
Index fine_cells(int dimension) { return dimension == 2 ? 72 : dimension == 3 ? 20 : 10; }

/// One round of the search: ends with density move out, empty parts are given up. Returns whether anything moved.
bool adjust(const Solution& solution, const std::vector<mesh::AxisSpec>& mesh, Extent& extent) {
  bool moved = false;
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    if (!mesh[static_cast<std::size_t>(d)].automatic()) {
      continue;
    }
    const Array profile = log_profile(solution, d);
    const double width = extent.upper(d) - extent.lower(d);
    const Eigen::Index n = profile.size();
    const double floor = std::log(occupied);
    Eigen::Index first = 0;
    Eigen::Index last = n - 1;
    while (first < n - 1 && profile(first) < floor) {
      ++first;
    }
    while (last > first && profile(last) < floor) {
      --last;
    }
    const double lower = extent.lower(d);
    const double cell = width / static_cast<double>(n);
    const double margin = std::max(2 * cell, 0.5 * cell * static_cast<double>(last - first + 1));
    if (first == 0 || last == n - 1 || 4 * (last - first + 1) < n) {
      extent.lower(d) = first == 0 ? lower - 0.6 * width : lower + cell * static_cast<double>(first) - margin;
      extent.upper(d) =
          last == n - 1 ? extent.upper(d) + 0.6 * width : lower + cell * static_cast<double>(last + 1) + margin;
      moved = true;
    }
  }
  clip(solution.sde, extent);
  return moved;
}

/// Distance from the peak at which the logarithm of a marginal has fallen by end_depth, continued with the local power
/// law of its logarithm.
double end_distance(const Array& position, const Array& profile, double end_depth, bool upper) {
  Eigen::Index peak = 0;
  profile.maxCoeff(&peak);
  const auto distance_at = [&](double depth) {
    const Eigen::Index step = upper ? 1 : -1;
    Eigen::Index i = peak;
    while (i + step >= 0 && i + step < profile.size() && profile(i + step) > -depth) {
      i += step;
    }
    const Eigen::Index next = std::clamp<Eigen::Index>(i + step, 0, profile.size() - 1);
    const double share = next == i ? 0 : (profile(i) + depth) / (profile(i) - profile(next));
    return std::abs(position(i) + share * (position(next) - position(i)) - position(peak));
  };
  const double near = distance_at(reliable_depth / 2);
  const double far = distance_at(reliable_depth);
  const double power = far > near ? std::clamp(std::log(2.) / std::log(far / near), 0.5, 8.) : 2;
  return far * std::pow(end_depth / reliable_depth, 1 / power);
}

void set_ends(const Solution& solution, const std::vector<mesh::AxisSpec>& mesh, const Reach& reach, Extent& extent) {
  const double depth = 0.5 * reach.sigmas * reach.sigmas;
  for (int d = 0; d < solution.grid.dimension(); ++d) {
    if (mesh[static_cast<std::size_t>(d)].automatic()) {
      const Array profile = log_profile(solution, d);
      const Array position = solution.grid.axis(d).centres();
      Eigen::Index peak = 0;
      profile.maxCoeff(&peak);
      extent.lower(d) = position(peak) - end_distance(position, profile, depth, false);
      extent.upper(d) = position(peak) + end_distance(position, profile, depth, true);
    }
  }
  clip(solution.sde, extent);
}

/// @param first the box that the search began with: sizes are judged against it, whatever the units.
std::string size_refusal(const model::Sde& sde, const Extent& first, const Extent& extent) {
  for (int d = 0; d < sde.dimension(); ++d) {
    const std::string& name = sde.variables()[static_cast<std::size_t>(d)];
    const double width = extent.upper(d) - extent.lower(d);
    const double initial = first.upper(d) - first.lower(d);
    if (width > largest_growth * initial) {
      return "the mass keeps spreading along " + name + " as the domain grows: no confinement was found up to " +
             std::to_string(static_cast<long>(largest_growth)) + " times the width it began with";
    }
    if (width < initial / largest_growth) {
      return "the mass contracts onto a single value of " + name + " (near " + std::to_string(extent.upper(d)) +
             "): the stationary law has no density there";
    }
  }
  return {};
}

fv::Scheme search_scheme() { return {fv::Flux::order2, 1}; }

Extent first_extent(const model::Sde& sde, const std::optional<Gaussian>& law) {
  const Eigen::VectorXd centre = law ? law->mean : sde.typical_point();
  const Eigen::VectorXd reach = law ? Eigen::VectorXd(half_width_in_sigma * law->sigma)
                                    : Eigen::VectorXd(Eigen::VectorXd::Constant(centre.size(), 1));
  Extent extent{centre - reach, centre + reach};
  clip(sde, extent);
  return extent;
}

}  // namespace

Domain choose_box(MPI_Comm comm, const model::Sde& sde, const std::vector<mesh::AxisSpec>& mesh, const Reach& reach) {
  const auto law = linearisation(sde);
  const Extent first = first_extent(sde, law);
  Extent extent = first;
  if (law && is_linear(sde, *law)) {
    const Eigen::VectorXd ends = reach.sigmas * law->sigma;
    extent = {law->mean - ends, law->mean + ends};
    clip(sde, extent);
    return {resolved(mesh, extent, 0), {}, {}};
  }
  bool moving = true;
  for (int round = 0; round < search_rounds && moving; ++round) {
    const auto coarse = solve_on(comm, sde, resolved(mesh, extent, coarse_cells(sde.dimension())), search_scheme());
    moving = adjust(*coarse, mesh, extent);
    if (const std::string refusal = size_refusal(sde, first, extent); !refusal.empty()) {
      return {{}, refusal, {}};
    }
  }
  const fv::Scheme sharp{fv::Flux::order6, 1};
  for (int pass = 0; pass < 2; ++pass) {
    set_ends(*solve_on(comm, sde, resolved(mesh, extent, fine_cells(sde.dimension())), sharp), mesh, reach, extent);
  }
  Domain domain{resolved(mesh, extent, 0), {}, {}};
  if (moving) {
    domain.remarks.push_back("the automatic domain had not settled after " + std::to_string(search_rounds) +
                             " coarse solves");
  }
  return domain;
}

}  // namespace sgdflux::study
