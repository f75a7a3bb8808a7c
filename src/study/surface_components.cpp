#include <algorithm>
#include <cmath>
#include <sstream>

#include "assembly.hpp"
#include "components.hpp"
#include "domain.hpp"
#include "invariant_surfaces.hpp"
#include "restricted.hpp"
#include "sgdflux/core/errors.hpp"
#include "sgdflux/fv/coefficients.hpp"
#include "sgdflux/la/halo.hpp"
#include "sgdflux/la/session.hpp"
#include "sgdflux/theory/lie_rank.hpp"

namespace sgdflux::study {
namespace {

using core::Batch;
using Eigen::ArrayXd;
using mesh::Boundary;

std::string short_text(double value) {
  std::ostringstream text;
  text.precision(4);
  text << value;
  return text.str();
}

/// "phi = 0 (imbalance = 0)": derived quantities that are constant on the surface are named, too.
std::string place(const Question& question, const Surface& surface) {
  const model::Sde& sde = question.sde;
  std::string text = sde.variables()[static_cast<std::size_t>(surface.axis)] + " = " + short_text(surface.at);
  Batch points = theory::probe_points(sde, sde.typical_point(), Eigen::VectorXd::Ones(sde.dimension()));
  points.col(surface.axis).setConstant(surface.at);
  std::string also;
  for (std::size_t k = 0; k < sde.derived().size(); ++k) {
    const ArrayXd q = sde.derive(static_cast<int>(k), points);
    if (q.isFinite().all() && (q == q(0)).all()) {
      also += (also.empty() ? "" : ", ") + sde.derived()[k].name + " = " + short_text(q(0));
    }
  }
  return also.empty() ? text : text + ", where " + also;
}

bool attracts(const Surface& s) { return s.rate.value && *s.rate.value + s.rate.error.value_or(0) < 0; }
bool repels(const Surface& s) { return s.rate.value && *s.rate.value - s.rate.error.value_or(0) > 0; }

std::string rate_text(const Surface& s) {
  return short_text(*s.rate.value) + " ± " + short_text(s.rate.error.value_or(0)) + " per unit time";
}

StationaryAnswer refusal(const Question& question, const Surface& surface) {
  StationaryAnswer answer;
  answer.mesh = question.options.mesh;
  answer.verdict = Verdict::no_stationary_density;
  answer.reason =
      "the mass contracts onto " + place(question, surface) +
      ": drift and noise across it vanish there, so that no path crosses it, and the distance to it shrinks, "
      "with the Lyapunov exponent " +
      rate_text(surface);
  return answer;
}

/// Weights of the sides and how far they may be off.
struct Weights {
  std::vector<double> shares;
  double error = 0;
};

/// Mass of a point on one side: its variables are independent.
double point_beyond(const Initial& start, int axis, const model::Interval& side) {
  const auto below = [&](double x) {
    return 0.5 * std::erfc((start.center(axis) - x) / (start.width(axis) * std::sqrt(2.)));
  };
  return below(side.upper) - below(side.lower);
}

/// Midpoint sum over one side of a given mesh, every cell cut into `finer` along each axis.
double sum_beyond(const Question& question, int axis, const model::Interval& side, core::Index finer) {
  std::vector<mesh::AxisSpec> specs = question.options.mesh;
  auto& spec = specs[static_cast<std::size_t>(axis)];
  spec = clipped(spec, side);
  if (spec.automatic()) {
    return 0;  // the mesh does not reach that side
  }
  constexpr double most_cells = 1e6;
  specs = limited(specs, most_cells / std::pow(static_cast<double>(finer), static_cast<double>(specs.size())));
  for (mesh::AxisSpec& one : specs) {
    one.cells *= finer;
  }
  const mesh::Grid grid(make_axes(specs));
  mesh::Box all;
  all.upper = grid.shape();
  const ArrayXd density = question.options.start->density(fv::physical(grid, fv::centres(grid, all)));
  if (!density.isFinite().all() || density.minCoeff() < -1e-6 * density.maxCoeff()) {
    throw core::SettingsError(
        question.options.start->key + " = " + question.options.start->what +
        " is negative or no number somewhere on the mesh: a density is finite and nowhere negative");
  }
  return (density * fv::jacobian(grid, all)).sum() * grid.cell_volume();
}

std::vector<double> shares(const Question& question, int axis, const std::vector<model::Interval>& sides,
                           core::Index finer) {
  const Initial& start = *question.options.start;
  std::vector<double> result;
  double total = 0;
  for (const model::Interval& side : sides) {
    result.push_back(start.center.size() > 0 ? point_beyond(start, axis, side)
                                             : sum_beyond(question, axis, side, finer));
    total += result.back();
  }
  if (!(total > 0) || !std::isfinite(total)) {
    throw core::SettingsError(start.key + " = " + start.what +
                              " is zero on the whole mesh: there is no mass to start with");
  }
  for (double& share : result) {
    share /= total;
  }
  return result;
}

/// Empty when they are not known.
Weights weigh(const Question& question, int axis, const std::vector<model::Interval>& sides) {
  const auto& mesh = question.options.mesh;
  const bool any_automatic =
      std::any_of(mesh.begin(), mesh.end(), [](const mesh::AxisSpec& spec) { return spec.automatic(); });
  Weights result;
  if (!question.options.start || (any_automatic && question.options.start->center.size() == 0)) {
    return result;
  }
  la::guard(question.comm, [&] {
    const core::Index finer = mesh.size() == 2 ? 4 : 2;
    const std::vector<double> coarse = shares(question, axis, sides, std::max<core::Index>(1, finer / 2));
    result.shares = shares(question, axis, sides, finer);
    result.error = 1e-10;
    for (std::size_t k = 0; k < coarse.size(); ++k) {
      result.error = std::max(result.error, std::abs(result.shares[k] - coarse[k]));
    }
  });
  return result;
}

/// An end on the surface itself, as cells go, has nothing beyond.
void close_ends(const model::Interval& side, mesh::AxisSpec& axis) {
  const ArrayXd faces = mesh::Axis(axis).faces();
  const Eigen::Index n = faces.size();
  if (std::abs(axis.arguments[0] - side.lower) <= 1e-3 * (faces[1] - faces[0])) {
    axis.lower = Boundary::reflecting;
  }
  if (std::abs(axis.arguments[1] - side.upper) <= 1e-3 * (faces[n - 1] - faces[n - 2])) {
    axis.upper = Boundary::reflecting;
  }
}

StationaryAnswer solve_side(const Question& question, int axis, const model::Interval& side) {
  const auto part = restricted(question.sde, axis, side);
  StationaryOptions options = question.options;
  options.start.reset();
  auto& spec = options.mesh[static_cast<std::size_t>(axis)];
  spec = clipped(spec, side);
  const bool automatic =
      std::any_of(options.mesh.begin(), options.mesh.end(), [](const mesh::AxisSpec& s) { return s.automatic(); });
  std::vector<std::string> remarks;
  if (automatic) {
    const Domain domain = choose_box(question.comm, *part, options.mesh);
    if (!domain.refusal.empty()) {
      StationaryAnswer none;
      none.verdict = Verdict::no_stationary_density;
      none.reason = domain.refusal;
      return none;
    }
    options.mesh = domain.mesh;
    remarks = domain.remarks;
  }
  close_ends(side, spec);
  StationaryAnswer answer = stationary(question.comm, *part, options, question.observables);
  answer.remarks.insert(answer.remarks.end(), remarks.begin(), remarks.end());
  return answer;
}

bool has_density(const StationaryAnswer& answer) {
  return answer.verdict == Verdict::converged || answer.verdict == Verdict::not_converged;
}

std::vector<model::Interval> sides_of(const Question& question, const std::vector<Surface>& surfaces, int axis) {
  std::vector<model::Interval> sides;
  model::Interval rest = reach_of(question.sde, axis, question.options.mesh[static_cast<std::size_t>(axis)]);
  for (const Surface& surface : surfaces) {
    if (surface.axis == axis) {
      sides.push_back({rest.lower, surface.at});
      rest.lower = surface.at;
    }
  }
  sides.push_back(rest);
  return sides;
}

/// Both sides of the surfaces across one axis, one by one; further axes are found when a side is solved.
StationaryAnswer solve_sides(const Question& question, const std::vector<Surface>& surfaces) {
  const int axis = surfaces.front().axis;
  const std::string& name = question.sde.variables()[static_cast<std::size_t>(axis)];
  const std::vector<model::Interval> sides = sides_of(question, surfaces, axis);
  const Weights weight = weigh(question, axis, sides);
  StationaryAnswer answer;
  answer.mesh = question.options.mesh;
  answer.reason = "no path crosses " + place(question, surfaces.front()) +
                  " (drift and noise across it vanish there, and paths leave it at the mean rate " +
                  rate_text(surfaces.front()) + ")";
  std::vector<StationaryAnswer> answers;
  for (std::size_t k = 0; k < sides.size(); ++k) {
    StationaryAnswer one = solve_side(question, axis, sides[k]);
    const std::string where = words(name, sides[k]);
    if (!has_density(one)) {
      const std::string share = weight.shares.empty() ? "" : " (weight " + short_text(weight.shares[k]) + ")";
      answer.remarks.push_back(where + share + " has no density of its own: " + one.reason);
      continue;
    }
    answer.components.push_back(component_of(where, one));
    if (!weight.shares.empty()) {
      answer.components.back().weight = {weight.shares[k], weight.error, {}};
    } else if (question.options.start) {
      answer.components.back().weight =
          core::undefined("a start that is no point is summed over the mesh: give bounds for the mesh instead of auto");
    }
    answers.push_back(std::move(one));
  }
  choose_component(answers, !weight.shares.empty(), answer);
  return answer;
}

}  // namespace

std::optional<StationaryAnswer> surface_components(const Question& question) {
  std::vector<Surface> surfaces;
  la::guard(question.comm, [&] { surfaces = find_surfaces(question); });
  std::vector<Surface> repelling;
  std::vector<std::string> remarks;
  for (Surface& surface : surfaces) {
    surface.rate = growth_rate(question, surface);
    if (attracts(surface)) {
      return refusal(question, surface);
    }
    if (repels(surface)) {
      repelling.push_back(surface);
    } else {
      remarks.push_back(
          "no path crosses " + place(question, surface) + "; whether it attracts mass was not decided: " +
          (surface.rate.value ? "the growth rate across it is " + rate_text(surface) : surface.rate.reason));
    }
  }
  if (repelling.empty() && remarks.empty()) {
    return std::nullopt;
  }
  StationaryAnswer answer =
      repelling.empty() ? question.solve(question.sde, question.options) : solve_sides(question, repelling);
  answer.remarks.insert(answer.remarks.end(), remarks.begin(), remarks.end());
  return answer;
}

}  // namespace sgdflux::study
