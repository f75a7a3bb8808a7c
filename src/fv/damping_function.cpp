#include "fv/damping_function.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fv/damping.hpp"
#include "fv/flux_terms.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

Cell below(Cell cell, int axis) {
  --cell[static_cast<std::size_t>(axis)];
  return cell;
}

bool has_flux(const mesh::Axis& axis, Index face) { return axis.periodic() || (face > 0 && face < axis.cells()); }

/// Without cells beyond ends that are not periodic, where coefficients hold nothing.
Box inside(const mesh::Grid& grid, Box box) {
  for (int d = 0; d < grid.dimension(); ++d) {
    if (!grid.axis(d).periodic()) {
      box.lower[d] = std::max<Index>(box.lower[d], 0);
      box.upper[d] = std::min(box.upper[d], grid.axis(d).cells());
    }
  }
  return box;
}

/// One cell along the axes that are not in `axes`.
Box varying(Box box, const CellFunction::Axes& axes) {
  for (std::size_t d = 0; d < axes.size(); ++d) {
    box.upper[d] = axes[d] ? box.upper[d] : box.lower[d] + 1;
  }
  return box;
}

/// Whether |B|h/A may exceed the Péclet number of the damping anywhere in a box: of the largest |B| and the least A.
bool may_damp(const mesh::Grid& grid, int axis, const Box& box, const CellFunction& drift,
              const CellFunction& diffusion) {
  const int last = grid.dimension() - 1;
  double speed = 0;
  double noise = std::numeric_limits<double>::infinity();
  for_each_row(box, last, [&](const Cell& cell) {
    const Index length = box.extent(last);
    const double* along = drift.along(cell);
    const double base = drift.base(cell);
    for (Index x = 0; x < (along != nullptr ? length : 1); ++x) {
      speed = std::max(speed, std::abs(along != nullptr ? base + along[x] : base));
    }
    along = diffusion.along(cell);
    const double level = diffusion.base(cell);
    for (Index x = 0; x < (along != nullptr ? length : 1); ++x) {
      noise = std::min(noise, along != nullptr ? level + along[x] : level);
    }
  });
  return damping_share(speed, noise, grid.axis(axis).spacing()) > 0;
}

}  // namespace

CellFunction damping_function(const Discretisation& problem, int axis, const Box& owned, Index width,
                              const CellFunction& drift, const CellFunction& diffusion) {
  CellFunction::Axes depends{};
  for (int d = 0; d < problem.grid.dimension(); ++d) {
    depends[static_cast<std::size_t>(d)] = drift.depends(d) || diffusion.depends(d);
  }
  CellFunction::Axes along{};
  along[static_cast<std::size_t>(axis)] = depends[static_cast<std::size_t>(axis)];
  if (!may_damp(problem.grid, axis, varying(inside(problem.grid, widened(owned, along, width)), depends), drift,
                diffusion)) {
    return {};
  }
  // One face more on both sides than fluxes read: sums may go over it with weight 0.
  CellFunction result = CellFunction::table(widened(owned, along, width + 1), problem.grid.dimension(), depends);
  const mesh::Axis& line = problem.grid.axis(axis);
  const Box faces = result.box();
  const bool changes = depends[static_cast<std::size_t>(axis)];
  bool any = false;
  for (Index i = 0; i < faces.cells(); ++i) {
    const Cell upper = faces.cell(i);
    const Cell lower = changes ? below(upper, axis) : upper;
    const bool known = lower[axis] >= owned.lower[axis] - width && upper[axis] < owned.upper[axis] + width;
    if (changes && !(known && has_flux(line, upper[axis]))) {
      continue;
    }
    const double speed = std::abs(0.5 * (drift.at(upper) + drift.at(lower)));
    const double noise = 0.5 * (diffusion.at(upper) + diffusion.at(lower));
    const double strength = problem.scheme.damping * damping_share(speed, noise, line.spacing()) * speed;
    result.set(upper, strength);
    any = any || strength != 0;
  }
  return any ? result : CellFunction{};
}

}  // namespace sgdflux::fv
