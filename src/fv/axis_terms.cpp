#include <algorithm>
#include <cmath>
#include <limits>

#include "fv/damping_function.hpp"
#include "fv/flux_terms.hpp"

namespace sgdflux::fv {
namespace {

using mesh::Box;
using mesh::Cell;

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
      forward_uniform_(common({&forward_.value, &forward_.second, &forward_.lower, &forward_.upper, &forward_.both})),
      backward_uniform_(
          common({&backward_.value, &backward_.second, &backward_.faces, &backward_.faces_below, &backward_.both})),
      drift_(std::move(drift)),
      diffusion_(std::move(diffusion)),
      pairs_(static_cast<int>(width)) {
  if (problem.scheme.damping > 0 && owned.cells() > 0) {
    damping_ = damping_function(problem, axis, owned, width, drift_, diffusion_);
  }
  reach_ = std::max(forward_.value.reach(), damping_.zero() ? 0 : pairs_);
}

AxisTerms::Uniform AxisTerms::common(std::initializer_list<const StencilTable*> tables) {
  Uniform result{0, std::numeric_limits<Index>::max()};
  for (const StencilTable* table : tables) {
    result.begin = std::max(result.begin, table->uniform_begin());
    result.end = std::min(result.end, table->uniform_end());
  }
  return result;
}

Index AxisTerms::same_sums(const Bundle& bundle, const Uniform& cells) const {
  if (!same(bundle.axis)) {
    return 1;
  }
  if (bundle.axis != axis_) {
    return bundle.rows.count;
  }
  const Index first = bundle.cell[static_cast<std::size_t>(axis_)];
  return first < cells.begin ? 1 : std::clamp<Index>(cells.end - first, 1, bundle.rows.count);
}

/// Sums are made ready once for all rows that have the same.
template <class Sums>
void AxisTerms::add_across(Bundle& bundle, Index stride, const Uniform& cells, const Sums& sums) const {
  for (Index left = bundle.rows.count; left > 0; left -= bundle.rows.count) {
    bundle.rows.count = left;
    Rows& rows = bundle.rows;
    rows.count = same_sums(bundle, cells);
    sums(bundle.cell).add_to(rows, {bundle.source, stride});
    rows.result += rows.count * rows.result_step;
    bundle.source += rows.count * rows.source_step;
    bundle.cell[static_cast<std::size_t>(bundle.axis)] += rows.count;
  }
}

void AxisTerms::add_across(Bundle bundle, Index stride) const {
  add_across(bundle, stride, forward_uniform_, [this](const Cell& cell) { return sums(cell); });
}
void AxisTerms::add_across_transposed(Bundle bundle, Index stride) const {
  add_across(bundle, stride, backward_uniform_, [this](const Cell& cell) { return transposed_sums(cell); });
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

void AxisTerms::begin_rows(const Bundle& bundle, RowBuffer& drift_fluxes) const {
  if (drift_.along(bundle.cell) != nullptr) {
    multiply(drift_, forward_.value.reach(), bundle, drift_fluxes);
  }
}

void AxisTerms::add_along_rows(const Bundle& bundle, const RowBuffer& drift_fluxes) const {
  const bool same_noise = bundle.rows.count == 1 || !diffusion_.depends(bundle.axis);
  if (drift_.along(bundle.cell) != nullptr && !diffusion_.depends(axis_) && same_noise) {
    add_two_along(forward_.value, first_row(drift_fluxes), buffer_step(bundle.rows.n), diffusion_.base(bundle.cell),
                  forward_.second, axis_, bundle);
  } else {
    add_drift_along_rows(bundle, drift_fluxes);
    add_function_along(diffusion_, forward_.second, axis_, bundle);
  }
  if (!damping_.zero()) {
    add_damping_along_rows(bundle);
  }
}

void AxisTerms::add_drift_along_rows(const Bundle& bundle, const RowBuffer& drift_fluxes) const {
  if (drift_.along(bundle.cell) == nullptr) {
    return add_function_along(drift_, forward_.value, axis_, bundle);
  }
  Bundle fluxes = bundle;
  fluxes.source = first_row(drift_fluxes);
  fluxes.rows.source_step = buffer_step(bundle.rows.n);
  add_along(1, forward_.value, axis_, fluxes);
}

bool AxisTerms::damps(const Bundle& bundle) const {
  const double* along = damping_.along(bundle.cell);
  for (Index i = 0; i < (damping_.depends(bundle.axis) ? bundle.rows.count : 1); ++i) {
    if (!all_zero(along + i * damping_.step(bundle.axis), 1 - pairs_, bundle.rows.n + pairs_)) {
      return true;
    }
  }
  return false;
}

void AxisTerms::add_damping_along_rows(const Bundle& bundle) const {
  const double* along = damping_.along(bundle.cell);
  if (along == nullptr) {
    add_function_along(damping_, forward_.both, axis_, bundle);
  } else if (damps(bundle)) {
    const Index step = damping_.step(bundle.axis);
    add_along_times(along, step, forward_.lower, axis_, bundle);
    add_along_times(along + 1, step, forward_.upper, axis_, bundle);
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

void AxisTerms::add_along_rows_transposed(const Bundle& bundle) const {
  add_own_function_along(drift_, backward_.value, axis_, bundle);
  add_own_function_along(diffusion_, backward_.second, axis_, bundle);
  if (!damping_.zero()) {
    add_damping_along_rows_transposed(bundle);
  }
}

void AxisTerms::add_damping_along_rows_transposed(const Bundle& bundle) const {
  if (damping_.along(bundle.cell) == nullptr) {
    return add_own_function_along(damping_, backward_.both, axis_, bundle);
  }
  if (!damps(bundle)) {
    return;
  }
  RowBuffer buffer;
  for_each_row(bundle, [&](const Row& row, const double* u, Index i) {
    const double* along = damping_.along(row.cell);
    double* jumps = first_row(buffer) + i * buffer_step(row.n);
    jumps[-pairs_] = 0;  // read with weight 0
    for (Index x = 1 - pairs_; x < row.n + pairs_; ++x) {
      jumps[x] = along[x] * (u[x] - u[x - 1]);
    }
  });
  Bundle jumps = bundle;
  jumps.source = first_row(buffer);
  jumps.rows.source_step = buffer_step(bundle.rows.n);
  add_along(1, backward_.faces, axis_, jumps);
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
