#include "judgement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convergence.hpp"
#include "refinement.hpp"

namespace sgdflux::study {
namespace {

using Complex = std::complex<double>;

constexpr double zero_share = 1e-9;       ///< of the largest |λ| found: below it a mode counts as zero
constexpr double sawtooth_share = 0.1;    ///< of |λ| that the damping may contribute to a believed mode
constexpr double tolerated_change = 0.1;  ///< of |λ|, between grids or boxes, for a believed mode
constexpr double settled_share = 5e-5;    ///< of |λ|: modes that move further are not resolved
constexpr double settled_ratio = 0.3;     ///< of a step to the one before, for steps that show how they go on
constexpr double caution = 4;
constexpr double defective_share = 0.5;    ///< of |λ| that a mode without a left vector may be off by to be believed
constexpr double unresolved_share = 1e-3;  ///< of |λ| that a mode moves by, from which on the order says nothing
constexpr double rounding = 1e-14;

/// Distance of each of `modes` to its counterpart on another grid; infinite when it has none.
std::vector<double> changes(const std::vector<solve::Mode>& modes, const std::vector<solve::Mode>& others,
                            const std::vector<int>& partners) {
  std::vector<double> distances;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    const int partner = partners[k];
    distances.push_back(partner < 0 ? std::numeric_limits<double>::infinity()
                                    : std::abs(modes[k].value - others[static_cast<std::size_t>(partner)].value));
  }
  return distances;
}

constexpr double unknown = std::numeric_limits<double>::infinity();

/// How far an eigenvalue moves between two grids, and between the next two coarser ones.
struct Steps {
  double change = 0;
  double before = unknown;  ///< infinite without a third grid or a counterpart there
};

/// What other grids say of the modes of the fine one.
struct Witnesses {
  std::vector<Steps> grid;  ///< with fewer cells
  std::vector<Steps> box;   ///< of the counterparts on the coarse and on the coarser grid, when the box gets smaller
};

/// changes between `modes` and `others` at the counterparts given by `partners`; `unknown` where there is none.
std::vector<double> followed(const std::vector<double>& changes, const std::vector<int>& partners) {
  std::vector<double> result;
  for (const int partner : partners) {
    result.push_back(partner < 0 ? unknown : changes[static_cast<std::size_t>(partner)]);
  }
  return result;
}

std::vector<double> changes(const std::vector<solve::Mode>& modes, const std::vector<solve::Mode>& others) {
  return changes(modes, others, counterparts(modes, others));
}

Witnesses hear(const Modes& fine, const Others& others) {
  const auto& modes = fine.result.modes;
  Witnesses said{std::vector<Steps>(modes.size()), std::vector<Steps>(modes.size())};
  if (others.coarse == nullptr) {
    return said;
  }
  const auto& coarse = others.coarse->result.modes;
  const std::vector<int> partners = counterparts(modes, coarse);
  const auto fill = [&](std::vector<Steps>& steps, double Steps::*member, const std::vector<double>& values) {
    for (std::size_t k = 0; k < modes.size(); ++k) {
      steps[k].*member = values[k];
    }
  };
  fill(said.grid, &Steps::change, changes(modes, coarse, partners));
  if (others.coarser != nullptr) {
    fill(said.grid, &Steps::before, followed(changes(coarse, others.coarser->result.modes), partners));
  }
  if (others.boxed != nullptr) {
    fill(said.box, &Steps::change, followed(changes(coarse, others.boxed->result.modes), partners));
  }
  if (others.coarser != nullptr && others.coarser_boxed != nullptr) {
    const auto& coarser = others.coarser->result.modes;
    const auto moved = followed(changes(coarser, others.coarser_boxed->result.modes), counterparts(coarse, coarser));
    fill(said.box, &Steps::before, followed(moved, partners));
  }
  return said;
}

/// What the scheme promises of the ratio of steps, and whether eigenvalues may converge faster.
struct Order {
  double ratio;
  bool beaten;
};

/// Whether a mode is resolved well enough for its steps to be a sequence.
bool settled(const Steps& steps, double scale) {
  return std::isfinite(steps.before) && steps.change < settled_share * scale &&
         steps.change < settled_ratio * steps.before;
}

/// Error of the first grid by the ratio of the steps, where they settle, else by the order of the scheme. Eigenvalues
/// may have parts (damping, ends) that converge more slowly than the rest: hence `caution`.
double grid_error(const Steps& steps, double scale, double factor, const Order& order) {
  if (!settled(steps, scale)) {
    return (steps.change < unresolved_share * scale ? 1 : caution) * factor * steps.change;
  }
  const double ratio = next_ratio(steps.change / steps.before, order.ratio, order.beaten);
  return std::min(factor * steps.change, caution * sequence_error(steps.change, steps.before, ratio));
}

/// Dependence on the box that falls as the grid gets finer is a matter of the grid: the fine one has less of it.
double box_error(const Steps& steps, double scale, const Order& order) {
  const double ratio = settled(steps, scale) ? next_ratio(steps.change / steps.before, order.ratio, order.beaten) : 1;
  return std::min(1., caution * ratio) * steps.change;
}

/// Size that changes of an eigenvalue are judged against: its own, or that of the slowest decay for the zero.
double scale_of(const Modes& fine, const Complex& value) {
  // Several zeros may lead the list (components that do not mix): the first that is not one of them counts.
  double largest = 0;
  for (const solve::Mode& mode : fine.result.modes) {
    largest = std::max(largest, std::abs(mode.value));
  }
  for (const solve::Mode& mode : fine.result.modes) {
    if (std::abs(mode.value) > zero_share * largest) {
      return std::max(std::abs(value), std::abs(mode.value));
    }
  }
  return std::abs(value);
}

/// Distance to the nearest other mode.
double isolation(const std::vector<solve::Mode>& modes, std::size_t k) {
  double nearest = modes[k].value.imag() != 0 ? 2 * modes[k].value.imag() : std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < modes.size(); ++j) {
    nearest = j == k ? nearest : std::min(nearest, std::abs(modes[j].value - modes[k].value));
  }
  return nearest;
}

std::string doubt_of(const Eigenvalue& eigenvalue, bool has_left, double grid_change, double scale) {
  if (eigenvalue.dissipation > sawtooth_share * scale) {
    return "a sawtooth of the grid: it lives on the scheme's damping";
  }
  if (grid_change > tolerated_change * scale) {
    return "no counterpart on a grid with 0.7 times the cells: not resolved";
  }
  if (eigenvalue.box_dependence > tolerated_change * scale) {
    return "depends on the box: not an eigenvalue of the natural domain, or the box is too small for it";
  }
  if (!has_left && eigenvalue.error > defective_share * scale) {
    return no_left_eigenfunction;
  }
  return {};
}

}  // namespace

std::vector<Judged> judge(const Modes& fine, const Others& others) {
  const std::vector<solve::Mode>& modes = fine.result.modes;
  const double factor = others.coarse != nullptr ? error_factor(fine.assembly.grid, others.coarse->assembly.grid,
                                                                expected_order(fine.assembly))
                                                 : 0;
  const Order order{others.coarse != nullptr ? ratio_by_order(fine.assembly, others.coarse->assembly.grid) : 1,
                    beats_its_order(fine.assembly)};
  const Witnesses said = hear(fine, others);
  std::vector<Judged> list;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    const solve::Mode& mode = modes[k];
    const double scale = scale_of(fine, mode.value);
    const double grid_change = said.grid[k].change;
    Eigenvalue eigenvalue;
    eigenvalue.value = mode.value;
    eigenvalue.residual = std::max(mode.right_residual, mode.left_residual);
    eigenvalue.condition = mode.condition;
    eigenvalue.dissipation = fine.dissipation.empty() ? 0 : fine.dissipation[k];
    eigenvalue.box_dependence = said.box[k].change;
    // First-order bounds hold for errors below the distance to other eigenvalues; beyond, copies of a (nearly)
    // defective one scatter about as far as they are from each other.
    const bool has_left = std::isfinite(mode.uncertainty);
    eigenvalue.error = grid_error(said.grid[k], scale, factor, order) + box_error(said.box[k], scale, order) +
                       rounding * scale + std::min(mode.uncertainty, 2 * isolation(modes, k));
    list.push_back({&mode, has_left, eigenvalue, doubt_of(eigenvalue, has_left, grid_change, scale)});
  }
  return list;
}

}  // namespace sgdflux::study
