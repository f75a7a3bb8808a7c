#include "fv/surface_values.hpp"

#include <cmath>
#include <cstdlib>
#include <numeric>

namespace sgdflux::fv {
namespace {

using mesh::Cell;

Cell plus(Cell cell, const Cell& step, Index times) {
  for (std::size_t d = 0; d < cell.size(); ++d) {
    cell[d] += times * step[d];
  }
  return cell;
}

}  // namespace

Cell difference(const Cell& a, const Cell& b) { return plus(a, b, -1); }

LineSum SurfaceValues::on_diagonal(const Line& line, const Cell& cell, const Cell& straight, int d, int j) const {
  const LineSum sum = region_.beyond(line, closure_);
  if (sum.size == closure_.cells || region_.active(cell) || !comes_over_end(line)) {
    return sum;
  }
  const LineSum other = by_axes(cell, straight, d, j);
  return other.size > sum.size ? other : sum;
}

LineSum SurfaceValues::by_axes(const Cell& cell, const Cell& straight, int d, int j) const {
  const Cell way = difference(cell, centre_);
  const auto i_d = static_cast<std::size_t>(d);
  const auto i_j = static_cast<std::size_t>(j);
  const Index divisor = std::gcd(way[i_d], way[i_j]);
  Cell slanted{};
  slanted[i_d] = way[i_d] / divisor;
  slanted[i_j] = way[i_j] / divisor;
  return region_.best({back_along(cell, straight, d), back_along(cell, straight, j), back(cell, slanted, divisor)},
                      closure_);
}

bool SurfaceValues::outside(const Cell& cell) const {
  for (int d = 0; d < grid_.dimension(); ++d) {
    const Index at = cell[static_cast<std::size_t>(d)];
    if (!grid_.axis(d).periodic() && (at < 0 || at >= grid_.axis(d).cells())) {
      return true;
    }
  }
  return false;
}

/// Whether the line, going back, leaves the lattice through an end before a surface and before it has enough cells.
bool SurfaceValues::comes_over_end(const Line& line) const {
  for (int k = 0; k <= closure_.cells; ++k) {
    const Cell cell = plus(line.last, line.step, -k);
    const bool active = region_.active(cell);
    if (!active || outside(cell)) {
      return active;
    }
  }
  return false;
}

/// Ends of this axis behind the surface bend nothing.
Line SurfaceValues::back_along(Cell cell, const Cell& straight, int axis) const {
  const auto i = static_cast<std::size_t>(axis);
  const Index bent = cell[i];
  cell[i] = straight[i];
  const Line line = back_along(cell, axis);
  cell[i] = bent;
  return line.beyond > 0 ? line : back_along(cell, axis);
}

Line SurfaceValues::back_along(const Cell& cell, int axis) const {
  const Index by = difference(cell, centre_)[static_cast<std::size_t>(axis)];
  return back(cell, unit_step(axis, by < 0 ? -1 : 1), std::abs(by));
}

/// The line that goes back from `cell` at most `steps` steps to an active cell before a surface, with those cells that
/// the row holds.
Line SurfaceValues::back(const Cell& cell, const Cell& step, Index steps) const {
  Line line = region_.land(cell, step, static_cast<int>(steps));
  if (line.beyond == 0 || region_.active(plus(line.last, step, 1))) {
    return {};
  }
  const Cell last = difference(line.last, centre_);
  line.room = 0;
  while (line.room < LineSum::capacity && slots_.find(plus(last, step, -line.room)) >= 0) {
    ++line.room;
  }
  return line;
}

}  // namespace sgdflux::fv
