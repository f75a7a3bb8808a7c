#include "judgement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "refinement.hpp"

namespace sgdflux::study {
namespace {

using Complex = std::complex<double>;

constexpr double zero_share = 1e-9;       ///< of the largest |λ| found: below it a mode counts as zero
constexpr double sawtooth_share = 0.1;    ///< of |λ| that the damping may contribute to a believed mode
constexpr double tolerated_change = 0.1;  ///< of |λ|, between grids or boxes, for a believed mode
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

/// What other grids say of the modes of the fine one.
struct Witnesses {
  std::vector<double> grid;  ///< change on the coarser grid
  std::vector<double> box;   ///< change of the counterpart on the coarser grid when its box becomes smaller
};

Witnesses hear(const Modes& fine, const Modes* coarse, const Modes* boxed) {
  const auto& modes = fine.result.modes;
  Witnesses said{std::vector<double>(modes.size(), 0), std::vector<double>(modes.size(), 0)};
  if (coarse == nullptr) {
    return said;
  }
  const auto& others = coarse->result.modes;
  const std::vector<int> partners = counterparts(modes, others);
  said.grid = changes(modes, others, partners);
  if (boxed == nullptr) {
    return said;
  }
  const std::vector<double> moved = changes(others, boxed->result.modes, counterparts(others, boxed->result.modes));
  for (std::size_t k = 0; k < modes.size(); ++k) {
    said.box[k] =
        partners[k] < 0 ? std::numeric_limits<double>::infinity() : moved[static_cast<std::size_t>(partners[k])];
  }
  return said;
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

std::string doubt_of(const Eigenvalue& eigenvalue, double grid_change, double scale) {
  if (eigenvalue.dissipation > sawtooth_share * scale) {
    return "a sawtooth of the grid: it lives on the scheme's damping";
  }
  if (grid_change > tolerated_change * scale) {
    return "no counterpart on a grid with 0.7 times the cells: not resolved";
  }
  if (eigenvalue.box_dependence > tolerated_change * scale) {
    return "depends on the box: not an eigenvalue of the natural domain, or the box is too small for it";
  }
  return {};
}

}  // namespace

std::vector<Judged> judge(const Modes& fine, const Modes* coarse, const Modes* boxed) {
  const std::vector<solve::Mode>& modes = fine.result.modes;
  const double factor =
      coarse != nullptr ? error_factor(fine.assembly.grid, coarse->assembly.grid, expected_order(fine.assembly)) : 0;
  const Witnesses said = hear(fine, coarse, boxed);
  std::vector<Judged> list;
  for (std::size_t k = 0; k < modes.size(); ++k) {
    const solve::Mode& mode = modes[k];
    const double scale = scale_of(fine, mode.value);
    const double grid_change = said.grid[k];
    Eigenvalue eigenvalue;
    eigenvalue.value = mode.value;
    eigenvalue.residual = std::max(mode.right_residual, mode.left_residual);
    eigenvalue.condition = mode.condition;
    eigenvalue.dissipation = fine.dissipation.empty() ? 0 : fine.dissipation[k];
    eigenvalue.box_dependence = said.box[k];
    // First-order bounds hold for errors below the distance to other eigenvalues; beyond, copies of a (nearly)
    // defective one scatter about as far as they are from each other.
    const bool has_left = std::isfinite(mode.uncertainty);
    eigenvalue.error = factor * grid_change + eigenvalue.box_dependence + rounding * scale +
                       std::min(mode.uncertainty, 2 * isolation(modes, k));
    list.push_back({&mode, has_left, eigenvalue, doubt_of(eigenvalue, grid_change, scale)});
  }
  return list;
}

}  // namespace sgdflux::study
