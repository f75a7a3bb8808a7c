#include "sgdflux/fv/absorption.hpp"

#include <algorithm>
#include <array>

#include "sgdflux/fv/region.hpp"

namespace sgdflux::fv {
namespace {

/// Values at `at` of the Lagrange polynomials of the nodes `fixed` … and −first, −first−1, …; the value at
/// `fixed` is 0.
Eigen::ArrayXd lagrange(const std::vector<double>& fixed, int first, int cells, double at) {
  std::vector<double> nodes = fixed;
  for (int j = 0; j < cells; ++j) {
    nodes.push_back(-(first + j));
  }
  Eigen::ArrayXd weights = Eigen::ArrayXd::Ones(cells);
  for (int j = 0; j < cells; ++j) {
    const std::size_t own = fixed.size() + static_cast<std::size_t>(j);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      weights(j) *= i == own ? 1 : (at - nodes[i]) / (nodes[own] - nodes[i]);
    }
  }
  return weights;
}

/// `cell` moved into the lattice: wrapped along periodic axes, otherwise the nearest one. False: beyond an absorbing
/// end.
bool bring_inside(const mesh::Grid& grid, mesh::Cell& cell) {
  for (int d = 0; d < grid.dimension(); ++d) {
    const auto& axis = grid.axis(d);
    Index& at = cell[static_cast<std::size_t>(d)];
    const auto end = at < 0 ? axis.spec().lower : axis.spec().upper;
    if (at >= 0 && at < axis.cells()) {
      continue;
    }
    if (end == mesh::Boundary::absorbing) {
      return false;
    }
    at = axis.periodic() ? (at % axis.cells() + axis.cells()) % axis.cells()
                         : std::clamp<Index>(at, 0, axis.cells() - 1);
  }
  return true;
}

}  // namespace

Extrapolation extrapolation(double distance, int beyond, int cells, double other) {
  const int first = distance < too_near ? 1 : 0;
  const std::vector<double> surfaces = other > 0 ? std::vector{distance, -other} : std::vector{distance};
  return {first, lagrange(surfaces, first, cells, beyond)};
}

Extrapolation free_extrapolation(int beyond, int cells) { return {0, lagrange({}, 0, cells, beyond)}; }

int closure_cells(int half_width) {
  static constexpr std::array<int, 4> cells = {2, 4, 5, 7};
  return cells.at(static_cast<std::size_t>(half_width - 1));
}

Eigen::Array<bool, Eigen::Dynamic, 1> active_cells(const mesh::Grid& grid, const AbsorbingSet& absorbing,
                                                   const mesh::Box& box) {
  Eigen::Array<bool, Eigen::Dynamic, 1> active(box.cells());
  std::vector<Index> asked;
  core::Batch xi(box.cells(), grid.dimension());
  for (Index row = 0; row < box.cells(); ++row) {
    mesh::Cell cell = box.cell(row);
    active(row) = bring_inside(grid, cell);
    for (int d = 0; d < grid.dimension() && active(row); ++d) {
      xi(static_cast<Eigen::Index>(asked.size()), d) = grid.axis(d).centre(cell[static_cast<std::size_t>(d)]);
    }
    if (active(row)) {
      asked.push_back(row);
    }
  }
  if (absorbing && !asked.empty()) {
    const Eigen::ArrayXd g = level(grid, absorbing, xi.topRows(static_cast<Eigen::Index>(asked.size())));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      active(asked[i]) = !(g(static_cast<Eigen::Index>(i)) > 0);
    }
  }
  return active;
}

}  // namespace sgdflux::fv
