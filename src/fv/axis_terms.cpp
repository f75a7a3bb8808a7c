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

/// ε|B| share at the faces of an axis, over the variables that drift and noise along it depend on; 0 where no flux is.
CellFunction damping_of(const Discretisation& problem, int axis, const Box& owned, Index width,
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

bool all_zero(const double* row, Index first, Index last) {
  return std::all_of(row + first, row + last, [](double value) { return value == 0; });
}

}  // namespace

AxisTerms::AxisTerms(const Discretisation& problem, int axis, const Box& owned, Index width, CellFunction drift,
                     CellFunction diffusion)
    : axis_(axis),
      sizes_(stencil_sizes(problem.grid.axis(axis), problem.scheme)),
      forward_(problem.grid.axis(axis), problem.scheme),
      backward_(problem.grid.axis(axis), problem.scheme, forward_),
      drift_(std::move(drift)),
      diffusion_(std::move(diffusion)),
      pairs_(static_cast<int>(width)) {
  if (problem.scheme.damping > 0 && owned.cells() > 0) {
    damping_ = damping_of(problem, axis, owned, width, drift_, diffusion_);
  }
  reach_ = std::max(forward_.value.reach(), damping_.zero() ? 0 : pairs_);
}

RowSums AxisTerms::sums(const Cell& cell) const {
  RowSums result(reach_);
  gather_function(drift_, forward_.value, axis_, cell, result);
  gather_function(diffusion_, forward_.second, axis_, cell, result);
  if (!damping_.zero()) {
    gather_damping(cell, result);
  }
  return result;
}

void AxisTerms::gather_damping(const Cell& cell, RowSums& sums) const {
  const Index c = cell[static_cast<std::size_t>(axis_)];
  const double* along = damping_.along(cell);
  const Index step = damping_.step(axis_);
  if (along == nullptr) {
    Stencil at_faces;
    damping_.bases(cell, axis_, 1, at_faces.middle());
    sums.plain().add(at_faces[0], forward_.lower[c]).add(at_faces[1], forward_.upper[c]);
  } else if (step == 0) {
    sums.add(along, 0, forward_.both[c]);
  } else {
    sums.add(along, 0, forward_.lower[c]);
    sums.add(along + step, 0, forward_.upper[c]);
  }
}

void AxisTerms::begin_row(const Row& row, const double* density, RowBuffer& drift_flux) const {
  if (const double* along = drift_.along(row.cell)) {
    multiply(drift_.base(row.cell), along, density, forward_.value.reach(), row.n, drift_flux);
  }
}

void AxisTerms::add_along_row(const Row& row, const double* p, const RowBuffer& drift_flux) const {
  if (drift_.along(row.cell) != nullptr && !diffusion_.depends(axis_)) {
    add_two_along(forward_.value, drift_flux.data() + max_half_width, diffusion_.base(row.cell), forward_.second, p,
                  axis_, row);
  } else {
    add_function_along(drift_, forward_.value, axis_, row, p);
    add_function_along(diffusion_, forward_.second, axis_, row, p);
  }
  if (damping_.zero()) {
    return;
  }
  const double* along = damping_.along(row.cell);
  if (along == nullptr) {
    add_along(damping_.base(row.cell), forward_.both, axis_, row, p);
  } else if (!all_zero(along, 0, row.n + 1)) {
    add_along_times(along, forward_.lower, axis_, row, p);
    add_along_times(along + 1, forward_.upper, axis_, row, p);
  }
}

RowSums AxisTerms::transposed_sums(const Cell& cell) const {
  RowSums result(reach_);
  gather_own_function(drift_, backward_.value, axis_, cell, result);
  gather_own_function(diffusion_, backward_.second, axis_, cell, result);
  if (!damping_.zero()) {
    gather_damping_transposed(cell, result);
  }
  return result;
}

void AxisTerms::gather_damping_transposed(const Cell& cell, RowSums& sums) const {
  const Index c = cell[static_cast<std::size_t>(axis_)];
  const double* along = damping_.along(cell);
  const Index step = damping_.step(axis_);
  if (along == nullptr) {
    const Stencil& above = backward_.faces[c];
    const Stencil& below = backward_.faces_below[c];
    Stencil strength;
    damping_.bases(cell, axis_, pairs_, strength.middle());
    for (int k = 1 - pairs_; k <= pairs_; ++k) {
      sums.plain()[k] += above[k] * strength[k];
      sums.plain()[k - 1] += below[k - 1] * strength[k];
    }
  } else if (step == 0) {
    sums.add(along, 0, backward_.both[c]);
  } else {
    sums.add(along, step, backward_.faces[c]);
    sums.add(along + step, step, backward_.faces_below[c]);
  }
}

void AxisTerms::add_along_row_transposed(const Row& row, const double* u) const {
  add_own_function_along(drift_, backward_.value, axis_, row, u);
  add_own_function_along(diffusion_, backward_.second, axis_, row, u);
  if (damping_.zero()) {
    return;
  }
  const double* along = damping_.along(row.cell);
  if (along == nullptr) {
    add_along(damping_.base(row.cell), backward_.both, axis_, row, u);
  } else if (!all_zero(along, 1 - pairs_, row.n + pairs_)) {
    RowBuffer buffer;
    double* jumps = buffer.data() + max_half_width;
    jumps[-pairs_] = 0;  // read with weight 0
    for (Index x = 1 - pairs_; x < row.n + pairs_; ++x) {
      jumps[x] = along[x] * (u[x] - u[x - 1]);
    }
    add_along(1, backward_.faces, axis_, row, jumps);
  }
}

void AxisTerms::add_rates(const Row& row) const {
  const auto add = [&](const CellFunction& f, double factor) {
    const double base = f.base(row.cell);
    const double* along = f.along(row.cell);
    for (Index x = 0; x < row.n; ++x) {
      row.result[x] += factor * std::abs(along != nullptr ? base + along[x] : base);
    }
  };
  add(drift_, sizes_.first);
  add(diffusion_, 0.5 * sizes_.second);
}

double AxisTerms::bytes() const {
  double total = drift_.bytes() + diffusion_.bytes() + damping_.bytes();
  for (const StencilTable* table :
       {&forward_.value, &forward_.second, &forward_.lower, &forward_.upper, &forward_.both, &forward_.derivative,
        &backward_.value, &backward_.second, &backward_.faces, &backward_.faces_below, &backward_.both}) {
    total += table->bytes();
  }
  return total;
}

}  // namespace sgdflux::fv
