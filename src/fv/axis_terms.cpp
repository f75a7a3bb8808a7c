#include <algorithm>
#include <cmath>

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

/// ε|B| share at the faces of an axis, over the variables that drift and noise along it depend on; 0 where no flux is.
CellFunction damping_of(const Discretisation& problem, int axis, const Box& owned, Index width,
                        const CellFunction& drift, const CellFunction& diffusion) {
  CellFunction::Axes depends{};
  for (int d = 0; d < problem.grid.dimension(); ++d) {
    depends[static_cast<std::size_t>(d)] = drift.depends(d) || diffusion.depends(d);
  }
  CellFunction::Axes along{};
  along[static_cast<std::size_t>(axis)] = depends[static_cast<std::size_t>(axis)];
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
    : direction_{axis, axis == problem.grid.dimension() - 1},
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

void AxisTerms::add(const Row& row, const Source& density) const {
  Stencil weights;
  add_function(direction_, drift_, forward_.value, row, density, weights);
  add_function(direction_, diffusion_, forward_.second, row, density, weights);
  if (direction_.along_rows) {
    add_damping_along_row(row, density.row);
    return;
  }
  add_damping(row, density, weights);
  add_sums(reach_, weights.middle(), density, row.result, row.n);
}

void AxisTerms::add_damping(const Row& row, const Source& p, Stencil& weights) const {
  if (damping_.zero()) {
    return;
  }
  const Index c = row.cell[static_cast<std::size_t>(axis())];
  const double* along = damping_.along(row.cell);
  if (along == nullptr) {
    Stencil at_faces;
    damping_.bases(row.cell, axis(), 1, at_faces.middle());
    weights.add(at_faces[0], forward_.lower[c]).add(at_faces[1], forward_.upper[c]);
    return;
  }
  const Index step = damping_.step(axis());
  if (step == 0) {
    add_sums_times(along, reach_, forward_.both[c].middle(), p, row.result, row.n);
    return;
  }
  for (const bool up : {false, true}) {
    const double* strength = along + (up ? step : 0);
    if (!all_zero(strength, 0, row.n)) {
      add_sums_times(strength, reach_, (up ? forward_.upper : forward_.lower)[c].middle(), p, row.result, row.n);
    }
  }
}

void AxisTerms::add_damping_along_row(const Row& row, const double* p) const {
  if (damping_.zero()) {
    return;
  }
  const double* along = damping_.along(row.cell);
  if (along == nullptr) {
    add_along(damping_.base(row.cell), forward_.both, axis(), row, p);
  } else if (damping_.step(axis()) == 0) {
    add_along_times(along, forward_.both, axis(), row, p);
  } else if (!all_zero(along, 0, row.n + 1)) {
    add_along_times(along, forward_.lower, axis(), row, p);
    add_along_times(along + 1, forward_.upper, axis(), row, p);
  }
}

void AxisTerms::add_transposed(const Row& row, const Source& u) const {
  Stencil weights;
  add_own_function(direction_, drift_, backward_.value, row, u, weights);
  add_own_function(direction_, diffusion_, backward_.second, row, u, weights);
  if (direction_.along_rows) {
    add_damping_along_row_transposed(row, u.row);
    return;
  }
  add_damping_transposed(row, u, weights);
  add_sums(reach_, weights.middle(), u, row.result, row.n);
}

void AxisTerms::add_damping_transposed(const Row& row, const Source& u, Stencil& weights) const {
  if (damping_.zero()) {
    return;
  }
  const Index c = row.cell[static_cast<std::size_t>(axis())];
  const double* along = damping_.along(row.cell);
  const Stencil& faces = backward_.faces[c];
  if (along == nullptr) {
    Stencil strength;
    damping_.bases(row.cell, axis(), pairs_, strength.middle());
    for (int k = 1 - pairs_; k <= pairs_; ++k) {
      weights[k] += faces[k] * strength[k];
      weights[k - 1] -= faces[k] * strength[k];
    }
    return;
  }
  const Index step = damping_.step(axis());
  if (step == 0) {
    add_sums_times(along, reach_, backward_.both[c].middle(), u, row.result, row.n);
    return;
  }
  Stencil of_cells_below;
  for (int k = 1 - pairs_; k <= pairs_; ++k) {
    of_cells_below[k - 1] = -faces[k];
  }
  add_sums_of_products(pairs_, faces.middle(), {along, step}, u, row.result, row.n);
  add_sums_of_products(pairs_, of_cells_below.middle(), {along + step, step}, u, row.result, row.n);
}

void AxisTerms::add_damping_along_row_transposed(const Row& row, const double* u) const {
  if (damping_.zero()) {
    return;
  }
  const double* along = damping_.along(row.cell);
  if (along == nullptr) {
    add_along(damping_.base(row.cell), backward_.both, axis(), row, u);
    return;
  }
  if (all_zero(along, 1 - pairs_, row.n + pairs_)) {
    return;
  }
  std::array<double, longest_row + 2 * max_half_width> buffer;
  double* jumps = buffer.data() + max_half_width;
  jumps[-pairs_] = 0;  // read with weight 0
  for (Index x = 1 - pairs_; x < row.n + pairs_; ++x) {
    jumps[x] = along[x] * (u[x] - u[x - 1]);
  }
  add_along(1, backward_.faces, axis(), row, jumps);
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
        &backward_.value, &backward_.second, &backward_.faces, &backward_.both, &backward_.derivative}) {
    total += table->bytes();
  }
  return total;
}

}  // namespace sgdflux::fv
