#include "marginal_function.hpp"

#include <cmath>

#include "sgdflux/observe/shape.hpp"

namespace sgdflux::study {
namespace {

using Array = Eigen::ArrayXd;

/// Share of a cell over which dq/dξ is differenced: error 1e−9 of q's fourth derivative per cell, rounding 1e−14.
constexpr double step_share = 0.03;

constexpr double noise_share = 1e-10;      ///< of the largest marginal mass: below it a maximum may be rounding
constexpr double smallest_slope = 1e-280;  ///< differences of q below it have lost digits to underflow

/// Points on a line along `axis`, all other variables at the share `t` of their range (in ξ).
core::Batch line(const mesh::Grid& grid, int axis, const Array& xi, double t) {
  core::Batch x(xi.size(), grid.dimension());
  for (int d = 0; d < grid.dimension(); ++d) {
    const auto& along = grid.axis(d);
    const double fixed = along.face(0) + t * (along.face(along.cells()) - along.face(0));
    x.col(d) = along.map().physical(d == axis ? xi : Array(Array::Constant(xi.size(), fixed)));
  }
  return x;
}

Array centres_xi(const mesh::Axis& axis) {
  Array xi(axis.cells());
  for (core::Index i = 0; i < axis.cells(); ++i) {
    xi(i) = axis.centre(i);
  }
  return xi;
}

Array evaluate(const Law& law, int axis, int derived, const Array& xi, double t = 0.5) {
  const core::Batch x = line(law.state.grid, axis, xi, t);
  return derived < 0 ? Array(x.col(axis)) : law.sde.derive(derived, x);
}

/// Whether q along the axis is the same whatever the other variables are.
bool depends_only_on(const Law& law, int axis, int derived) {
  const Array xi = centres_xi(law.state.grid.axis(axis));
  const Array q = evaluate(law, axis, derived, xi, 0.5);
  if (!q.allFinite()) {
    return false;
  }
  for (const double t : {0.17, 0.38, 0.81}) {
    const Array other = evaluate(law, axis, derived, xi, t);
    if (!((other - q).abs() <= 1e-12 * (q.abs() + 1e-300)).all()) {
      return false;
    }
  }
  return true;
}

bool strictly_monotone(const Array& q) {
  const Array steps = q.tail(q.size() - 1) - q.head(q.size() - 1);
  return (steps >= 0).all() || (steps <= 0).all();
}

Array slope(const Law& law, int axis, int derived) {
  const Array xi = centres_xi(law.state.grid.axis(axis));
  const double step = step_share * law.state.grid.axis(axis).spacing();
  const auto q = [&](double shift) { return evaluate(law, axis, derived, xi + shift); };
  return ((8 * (q(step) - q(-step)) - (q(2 * step) - q(-2 * step))) / (12 * step)).abs();
}

}  // namespace

Array MarginalFunction::density(const Law& law) const {
  return observe::marginal(law.state, axis) / (slope * law.state.grid.axis(axis).spacing());
}

std::optional<double> MarginalFunction::mode(const Law& law) const {
  const Array mass = observe::marginal(law.state, axis);
  const auto trusted = (mass > noise_share * mass.maxCoeff() && slope > smallest_slope).eval();
  const Array log_density = mass.max(1e-300).log() - slope.max(smallest_slope).log();
  if (!law.state.grid.axis(axis).periodic()) {
    return observe::mode(log_density, trusted);
  }
  // A ring is cut where the density is lowest, so that no maximum sits on the cut.
  const Eigen::Index n = log_density.size();
  Eigen::Index cut = 0;
  log_density.minCoeff(&cut);
  const Eigen::ArrayXi turned =
      Eigen::ArrayXi::NullaryExpr(n, [&](Eigen::Index i) { return static_cast<int>((i + cut) % n); });
  const auto position = observe::mode(log_density(turned), trusted(turned));
  return position ? std::optional(std::fmod(*position + static_cast<double>(cut), static_cast<double>(n)))
                  : std::nullopt;
}

double MarginalFunction::value_at(const Law& law, double position) const {
  const auto& along = law.state.grid.axis(axis);
  return evaluate(law, axis, derived, Array::Constant(1, along.centre(0) + position * along.spacing()))(0);
}

double MarginalFunction::spread(const Law& law) const {
  const Array mass = observe::marginal(law.state, axis);
  const double mean = (mass * positions).sum();
  return std::sqrt(std::abs((mass * (positions - mean).square()).sum()));
}

std::optional<MarginalFunction> marginal_function(const Law& law, int which) {
  const int dim = law.state.grid.dimension();
  const int derived = which < dim ? -1 : which - dim;
  for (int axis = 0; axis < dim; ++axis) {
    if (derived < 0 ? axis != which : !depends_only_on(law, axis, derived)) {
      continue;
    }
    const Array positions = evaluate(law, axis, derived, centres_xi(law.state.grid.axis(axis)));
    if (!strictly_monotone(positions) || positions(0) == positions(positions.size() - 1)) {
      return std::nullopt;
    }
    const std::string name = derived < 0 ? law.sde.variables()[static_cast<std::size_t>(which)]
                                         : law.sde.derived()[static_cast<std::size_t>(derived)].name;
    return MarginalFunction{name, axis, derived, positions, slope(law, axis, derived)};
  }
  return std::nullopt;
}

}  // namespace sgdflux::study
