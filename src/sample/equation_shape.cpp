#include "sample/equation_shape.hpp"

#include <algorithm>
#include <cmath>

#include "sgdflux/sample/random.hpp"

namespace sgdflux::sample {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index random_points = 64;
constexpr double tolerance = 1e-9;
constexpr double rounding = 1e-15 / tolerance;

/// Point 0 is the centre, 1 … n are steps from it along the axes, the rest random at distances from 1e-3 to 1e3.
struct Probe {
  Batch points;
  VectorXd steps;
  Batch drift;
  Batch noise;
};

/// Moves a coordinate that left the interval to a point between centre and bound.
double inside(double value, double centre, const model::Interval& domain) {
  const auto between = [&](double bound) { return centre + (bound - centre) * 0.9; };
  if (value <= domain.lower) {
    return between(domain.lower);
  }
  return value >= domain.upper ? between(domain.upper) : value;
}

void evaluate(const model::Sde& sde, Probe& probe) { sde.coefficients(probe.points, probe.drift, probe.noise); }

Probe make_probe(const model::Sde& sde) {
  const Index n = sde.dimension();
  Probe probe;
  probe.points = sde.typical_point().transpose().replicate(1 + n + random_points, 1).array();
  probe.steps.resize(n);
  std::vector<double> normal(2 * random_points);
  for (Index d = 0; d < n; ++d) {
    const double centre = probe.points(0, d);
    const model::Interval domain = sde.natural_domain(static_cast<int>(d));
    probe.points(1 + d, d) = inside(centre + 1, centre, domain);
    probe.steps[d] = probe.points(1 + d, d) - centre;
    normals({0, Purpose::user}, 0, random_points, static_cast<std::uint64_t>(d), normal.data(),
            normal.data() + random_points);
    for (Index i = 0; i < random_points; ++i) {
      const double distance = std::pow(10., -3 + 6. * static_cast<double>(i) / (random_points - 1));
      probe.points(1 + n + i, d) = inside(centre + distance * normal[static_cast<std::size_t>(i)], centre, domain);
    }
  }
  evaluate(sde, probe);
  return probe;
}

/// Slopes of the columns of `values` (columns × n) if these are affine functions of the points, up to the rounding of
/// numbers as large as `sizes`; points where those are not finite do not count.
std::optional<MatrixXd> affine(const Probe& probe, const Batch& values, const Batch& sizes) {
  const Index n = probe.points.cols();
  MatrixXd slope(values.cols(), n);
  for (Index j = 0; j < n; ++j) {
    slope.col(j) = (values.row(1 + j) - values.row(0)).matrix().transpose() / probe.steps[j];
  }
  for (Index i = 0; i < probe.points.rows(); ++i) {
    const VectorXd shift = (probe.points.row(i) - probe.points.row(0)).matrix().transpose();
    const VectorXd expected = values.row(0).matrix().transpose() + slope * shift;
    const VectorXd reach = shift.cwiseAbs() + probe.points.row(0).abs().matrix().transpose();
    const VectorXd terms = values.row(0).abs().matrix().transpose() + slope.cwiseAbs() * reach;
    for (Index c = 0; c < values.cols(); ++c) {
      if (std::isfinite(sizes(i, c)) && !agrees(values(i, c), expected[c], terms[c] + rounding * sizes(i, c))) {
        return std::nullopt;
      }
    }
  }
  return slope;
}

std::optional<MatrixXd> affine(const Probe& probe, const Batch& values) {
  return affine(probe, values, Batch::Zero(values.rows(), values.cols()));
}

bool is_constant(const Batch& values) {
  return values.isFinite().all() &&
         (values.rowwise() - values.row(0)).abs().maxCoeff() <= 1e-14 * values.row(0).abs().maxCoeff();
}

/// s as dimension × noises from one row of a batch.
MatrixXd noise_matrix(const model::Sde& sde, const Batch& noise) {
  MatrixXd matrix(sde.dimension(), sde.noises());
  for (Index column = 0; column < noise.cols(); ++column) {
    matrix(column / sde.noises(), column % sde.noises()) = noise(0, column);
  }
  return matrix;
}

/// For every variable the one that is its rate of change, or −1.
std::vector<Index> rates(const Probe& probe, const MatrixXd& noise) {
  std::vector<Index> found(static_cast<std::size_t>(probe.points.cols()), -1);
  for (Index i = 0; i < probe.points.cols(); ++i) {
    for (Index j = 0; j < probe.points.cols() && noise.row(i).isZero(0); ++j) {
      const bool same = ((probe.drift.col(i) - probe.points.col(j)).abs() <= 1e-14 * probe.points.col(j).abs()).all();
      found[static_cast<std::size_t>(i)] = same && i != j ? j : found[static_cast<std::size_t>(i)];
    }
  }
  return found;
}

/// Positions and velocities in pairs, if all variables are one or the other.
std::optional<KineticEquation> paired(const std::vector<Index>& rate) {
  KineticEquation equation;
  for (std::size_t i = 0; i < rate.size(); ++i) {
    if (rate[i] >= 0) {
      equation.positions.push_back(static_cast<Index>(i));
      equation.velocities.push_back(rate[i]);
    }
  }
  std::vector<Index> all = equation.positions;
  all.insert(all.end(), equation.velocities.begin(), equation.velocities.end());
  std::sort(all.begin(), all.end());
  const bool each_once = std::adjacent_find(all.begin(), all.end()) == all.end();
  return each_once && all.size() == rate.size() ? std::optional(equation) : std::nullopt;
}

/// Friction, if the force is F(x) − friction·v with a constant matrix.
std::optional<MatrixXd> friction_of(const model::Sde& sde, const Probe& probe, const KineticEquation& equation) {
  Probe still = probe;
  for (const Index v : equation.velocities) {
    still.points.col(v) = 0;
  }
  evaluate(sde, still);
  // The difference is −friction·v, so an affine function of all variables that does not depend on positions.
  const auto modes = static_cast<Index>(equation.velocities.size());
  Batch damping(probe.points.rows(), modes);
  Batch sizes(probe.points.rows(), modes);
  for (Index m = 0; m < modes; ++m) {
    const Index v = equation.velocities[static_cast<std::size_t>(m)];
    damping.col(m) = still.drift.col(v) - probe.drift.col(v);
    sizes.col(m) = still.drift.col(v).abs() + probe.drift.col(v).abs();
  }
  const std::optional<MatrixXd> slope = affine(probe, damping, sizes);
  if (!slope) {
    return std::nullopt;
  }
  MatrixXd friction(modes, modes);
  for (Index m = 0; m < modes; ++m) {
    friction.col(m) = slope->col(equation.velocities[static_cast<std::size_t>(m)]);
  }
  return friction;
}

/// The one Wiener process that acts on each variable, −1 for none; nothing when one acts on several variables or
/// several act on one.
std::optional<std::vector<Index>> processes_of_variables(const model::Sde& sde, const Probe& probe) {
  std::vector<Index> process(static_cast<std::size_t>(sde.dimension()), -1);
  std::vector<bool> used(static_cast<std::size_t>(sde.noises()), false);
  for (Index column = 0; column < probe.noise.cols(); ++column) {
    if ((probe.noise.col(column) == 0).all()) {
      continue;
    }
    const auto d = static_cast<std::size_t>(column / sde.noises());
    const auto k = static_cast<std::size_t>(column % sde.noises());
    if (process[d] >= 0 || used[k]) {
      return std::nullopt;
    }
    process[d] = static_cast<Index>(k);
    used[k] = true;
  }
  return process;
}

/// Whether moving variable `moving` alone leaves the noise factors of all others as they are.
bool keeps_other_factors(const model::Sde& sde, const Probe& probe, Index moving, const std::vector<Index>& process) {
  Probe moved = probe;
  for (Index i = 0; i < moved.points.rows(); ++i) {
    moved.points(i, moving) = probe.points((i + 7) % moved.points.rows(), moving);
  }
  evaluate(sde, moved);
  for (Index d = 0; d < sde.dimension(); ++d) {
    const Index column = d * sde.noises() + process[static_cast<std::size_t>(d)];
    if (d != moving && process[static_cast<std::size_t>(d)] >= 0 &&
        !(moved.noise.col(column) == probe.noise.col(column)).all()) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool agrees(double found, double expected, double terms) {
  return std::abs(found - expected) <= tolerance * terms;  // false for NaN
}

std::optional<LinearEquation> linear_equation(const model::Sde& sde) {
  const Probe probe = make_probe(sde);
  const std::optional<MatrixXd> slope = affine(probe, probe.drift);
  if (!slope || !is_constant(probe.noise)) {
    return std::nullopt;
  }
  const VectorXd centre = probe.points.row(0).matrix().transpose();
  return LinearEquation{*slope, probe.drift.row(0).matrix().transpose() - *slope * centre,
                        noise_matrix(sde, probe.noise)};
}

bool is_affine(const model::Sde& sde) {
  const Probe probe = make_probe(sde);
  return affine(probe, probe.drift) && affine(probe, probe.noise);
}

std::optional<KineticEquation> kinetic_equation(const model::Sde& sde) {
  const Probe probe = make_probe(sde);
  if (!is_constant(probe.noise)) {
    return std::nullopt;
  }
  const MatrixXd noise = noise_matrix(sde, probe.noise);
  std::optional<KineticEquation> equation = paired(rates(probe, noise));
  if (!equation) {
    return std::nullopt;
  }
  const std::optional<MatrixXd> friction = friction_of(sde, probe, *equation);
  if (!friction) {
    return std::nullopt;
  }
  equation->friction = *friction;
  equation->noise.resize(static_cast<Index>(equation->velocities.size()), noise.cols());
  for (std::size_t m = 0; m < equation->velocities.size(); ++m) {
    equation->noise.row(static_cast<Index>(m)) = noise.row(equation->velocities[m]);
  }
  return equation;
}

bool has_commuting_noise(const model::Sde& sde) {
  if (sde.noises() <= 1) {
    return true;
  }
  const Probe probe = make_probe(sde);
  const std::optional<std::vector<Index>> process = processes_of_variables(sde, probe);
  if (!process) {
    return false;
  }
  for (Index d = 0; d < sde.dimension(); ++d) {
    if ((*process)[static_cast<std::size_t>(d)] >= 0 && !keeps_other_factors(sde, probe, d, *process)) {
      return false;
    }
  }
  return true;
}

}  // namespace sgdflux::sample
