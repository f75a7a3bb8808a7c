#include "continuation/marginal_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sgdflux/core/errors.hpp"
#include "sgdflux/theory/feller.hpp"

namespace sgdflux::continuation {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using mesh::Boundary;

constexpr double least_share = 1e-10;   ///< of the largest cell mass: below it rounding shows
constexpr double error_share = 100;     ///< as many errors of the density must fit into a node
constexpr double least_noise = 1e-9;    ///< of ln p per node
constexpr Index fewest_nodes = 5;       ///< of a stretch that is looked at
constexpr double hardly_any = 1e-2;     ///< of the largest mass, and of what the density would suggest
constexpr double least_density = 1e-6;  ///< of the largest one

/// One marginal density as the answer has it.
struct Marginal {
  std::string quantity;
  ArrayXd values;
  ArrayXd density;
  ArrayXd mass;  ///< of each cell
};

/// |dq/dindex| by differences of second order, enough to weigh cells.
ArrayXd widths(const ArrayXd& q) {
  const Index n = q.size();
  ArrayXd result(n);
  result.segment(1, n - 2) = 0.5 * (q.tail(n - 2) - q.head(n - 2));
  result(0) = q(1) - q(0);
  result(n - 1) = q(n - 1) - q(n - 2);
  return result.abs();
}

const study::Array* find(const study::Answer& answer, const std::string& path) {
  const auto found = std::find_if(answer.arrays.begin(), answer.arrays.end(),
                                  [&](const study::Array& array) { return array.path == path; });
  return found == answer.arrays.end() ? nullptr : &*found;
}

ArrayXd numbers(const study::Array& array) {
  return Eigen::Map<const ArrayXd>(array.values.data(), static_cast<Index>(array.values.size()));
}

std::optional<Marginal> marginal(const study::Answer& answer, const std::string& quantity) {
  const study::Array* values = find(answer, "density_of/" + quantity + "/value");
  const study::Array* density = find(answer, "density_of/" + quantity + "/density");
  if (values == nullptr || density == nullptr || values->values.size() < fewest_nodes) {
    return std::nullopt;
  }
  Marginal result{quantity, numbers(*values), numbers(*density), {}};
  result.mass = result.density * widths(result.values);
  return result;
}

/// The axis whose cells hold the same masses as those of q, by distance; q may underflow where the variable does not.
const Marginal* own_axis(const Marginal& q, const std::vector<Marginal>& variables) {
  const Marginal* best = nullptr;
  double least = std::numeric_limits<double>::infinity();
  for (const Marginal& variable : variables) {
    if (variable.mass.size() != q.mass.size()) {
      continue;
    }
    const ArrayXd both = q.mass.isFinite().select(q.mass - variable.mass, 0);
    if (const double distance = both.abs().sum(); best == nullptr || distance < least) {
      least = distance;
      best = &variable;
    }
  }
  return best;
}

bool is_wall(const mesh::AxisSpec& axis, bool upper) {
  return (upper ? axis.upper : axis.lower) != Boundary::truncated;
}

/// What decides which nodes count.
struct Trust {
  ArrayXd mass;
  ArrayXd density;
  Eigen::Array<bool, Eigen::Dynamic, 1> above_noise;

  /// Whether the node is next to a limit of q: density, but hardly any mass.
  [[nodiscard]] bool at_limit(Index i) const {
    const double of_density = density(i) / above_noise.select(density, 0).maxCoeff();
    const double of_mass = mass(i) / mass.maxCoeff();
    return of_mass < hardly_any && of_density > least_density && of_density > of_mass / hardly_any;
  }
};

Trust trust(const Marginal& q, const Marginal& axis, double error) {
  // What the scheme leaves negative measures the noise in the tails.
  const double floor =
      std::max(std::max(least_share, error_share * error) * axis.mass.maxCoeff(), -error_share * axis.mass.minCoeff());
  Trust result{axis.mass, q.density, {}};
  result.above_noise =
      axis.mass > floor && q.density.isFinite() && q.density > std::numeric_limits<double>::min() && q.mass > 0;
  return result;
}

std::vector<Stretch> stretches(const Trust& trust) {
  std::vector<Stretch> list;
  const Index n = trust.above_noise.size();
  for (Index first = 0; first < n; ++first) {
    if (!trust.above_noise(first)) {
      continue;
    }
    Index last = first;
    while (last + 1 < n && trust.above_noise(last + 1)) {
      ++last;
    }
    if (last - first + 1 >= fewest_nodes) {
      list.push_back({first, last});
    }
    first = last;
  }
  return list;
}

void add_stretch(const Marginal& q, const mesh::AxisSpec& axis, const Trust& trust, Stretch stretch, Profile& profile) {
  const bool wall_first = stretch.first == 0 && is_wall(axis, false);
  const bool wall_last = stretch.last + 1 == q.values.size() && is_wall(axis, true);
  stretch.open_first = wall_first || trust.at_limit(stretch.first);
  stretch.open_last = wall_last || trust.at_limit(stretch.last);
  const ArrayXd y = q.density.segment(stretch.first, stretch.last - stretch.first + 1).log();
  std::vector<Extremum> extrema = slope_extrema(y, wall_first, wall_last);
  for (Extremum& extremum : extrema) {
    extremum.position += static_cast<double>(stretch.first);
  }
  profile.ends.push_back(extrema.front().value);
  profile.ends.push_back(extrema.back().value);
  profile.extrema.insert(profile.extrema.end(), extrema.begin(), extrema.end());
  profile.stretches.push_back(stretch);
}

/// g next to a limit of q that the coefficients know, κ d ln|q − limit|/dindex, at an end of the nodes above noise.
std::optional<double> slope_at_limit(const model::Sde& sde, const std::string& quantity, bool upper, const ArrayXd& q,
                                     Index node) {
  int which = -1;
  for (std::size_t k = 0; k < sde.derived().size(); ++k) {
    which = sde.derived()[k].name == quantity ? static_cast<int>(k) : which;
  }
  try {
    const auto law = theory::edge_exponent(sde, which, upper);
    if (!law) {
      return std::nullopt;
    }
    const Index before = upper ? node - 1 : node;
    const double slope = law->exponent * std::log(std::abs((q(before + 1) - law->limit) / (q(before) - law->limit)));
    return std::isfinite(slope) ? std::optional(slope) : std::nullopt;
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

/// In one variable the law at a finite limit of q is known exactly, and maxima that leave there are seen although they
/// sink below noise first.
void use_limits(const model::Sde& sde, const mesh::AxisSpec& axis, Profile& profile) {
  if (sde.dimension() != 1 || profile.stretches.empty()) {
    return;
  }
  for (const bool upper : {false, true}) {
    Stretch& stretch = upper ? profile.stretches.back() : profile.stretches.front();
    const Index node = upper ? stretch.last : stretch.first;
    const auto slope =
        is_wall(axis, upper) ? std::nullopt : slope_at_limit(sde, profile.quantity, upper, profile.values, node);
    if (slope) {
      (upper ? stretch.open_last : stretch.open_first) = true;
      (upper ? profile.extrema.back() : profile.extrema.front()).value = *slope;
      (upper ? profile.ends.back() : profile.ends.front()) = *slope;
    }
  }
}

/// A ring that holds noise somewhere is cut there.
void turn_to_noise(Marginal& q, Marginal& axis, Trust& trust) {
  const Index n = q.values.size();
  Index cut = 0;
  axis.mass.minCoeff(&cut);
  const Eigen::ArrayXi turned =
      Eigen::ArrayXi::NullaryExpr(n, [&](Index i) { return static_cast<int>((i + cut) % n); });
  for (ArrayXd* values : {&q.values, &q.density, &q.mass, &axis.mass, &trust.mass, &trust.density}) {
    *values = (*values)(turned).eval();
  }
  trust.above_noise = trust.above_noise(turned).eval();
}

Profile make_profile(const model::Sde& sde, Marginal q, Marginal axis, const mesh::AxisSpec& spec, double error) {
  Profile result{q.quantity, {}, {}, {}, {}, error, std::max(least_noise, error)};
  Trust trusted = trust(q, axis, error);
  if (spec.lower == Boundary::periodic && trusted.above_noise.all() && q.values.size() >= fewest_nodes) {
    result.values = q.values;
    result.stretches = {{0, q.values.size() - 1}};
    result.extrema = ring_extrema(q.density.log());
    return result;
  }
  if (spec.lower == Boundary::periodic) {
    turn_to_noise(q, axis, trusted);
  }
  result.values = q.values;
  for (const Stretch& stretch : stretches(trusted)) {
    add_stretch(q, spec, trusted, stretch, result);
  }
  use_limits(sde, spec, result);
  return result;
}

std::vector<Marginal> variables(Probe& probe) {
  std::vector<Marginal> list;
  for (const std::string& name : probe.member().sde->variables()) {
    if (auto found = marginal(probe.stationary(), name)) {
      list.push_back(std::move(*found));
    }
  }
  return list;
}

/// Distance of the computed density from the true one; an estimate that no two densities can have is none.
double error_of(const study::StationaryAnswer& answer) {
  constexpr double farthest = 2;
  constexpr double unknown = 1e-4;
  const double error = answer.density_error.value_or(unknown);
  return error < farthest ? error : unknown;
}

std::optional<Profile> profile_of(Probe& probe, const std::string& quantity, const std::vector<Marginal>& axes,
                                  double error = 0) {
  const auto q = marginal(probe.stationary(), quantity);
  const Marginal* axis = q ? own_axis(*q, axes) : nullptr;
  if (axis == nullptr) {
    return std::nullopt;
  }
  const auto& mesh = probe.stationary().mesh;
  const auto spec =
      std::find_if(mesh.begin(), mesh.end(), [&](const auto& candidate) { return candidate.name == axis->quantity; });
  return make_profile(*probe.member().sde, *q, *axis, *spec, std::max(error, error_of(probe.stationary())));
}

}  // namespace

bool Profile::covers(double q) const {
  return std::any_of(stretches.begin(), stretches.end(), [&](const Stretch& stretch) {
    return q >= std::min(values(stretch.first), values(stretch.last)) &&
           q <= std::max(values(stretch.first), values(stretch.last));
  });
}

double Profile::value_at(double position) const {
  const Index node = std::clamp<Index>(static_cast<Index>(std::floor(position)), 0, values.size() - 2);
  const double share = std::clamp(position - static_cast<double>(node), 0., 1.);
  return (1 - share) * values(node) + share * values(node + 1);
}

std::vector<Profile> profiles(Probe& probe) {
  std::vector<Profile> list;
  if (!probe.has_density()) {
    return list;
  }
  const std::vector<Marginal> axes = variables(probe);
  std::vector<std::string> names = probe.member().sde->variables();
  for (const auto& derived : probe.member().sde->derived()) {
    names.push_back(derived.name);
  }
  for (const std::string& name : names) {
    if (auto found = profile_of(probe, name, axes)) {
      list.push_back(std::move(*found));
    }
  }
  return list;
}

std::optional<Profile> profile(Probe& probe, const std::string& quantity, double error) {
  return probe.has_density() ? profile_of(probe, quantity, variables(probe), error) : std::nullopt;
}

}  // namespace sgdflux::continuation
