#include "fv/row_terms.hpp"

#include <algorithm>

namespace sgdflux::fv {
namespace {

using mesh::Cell;

/// Where the stencils of a row begin and end to be the same.
struct Uniform {
  Index begin;
  Index end;
};

Uniform uniform(const StencilTable& table, Index first, Index n) {
  const Index begin = std::clamp<Index>(table.uniform_begin() - first, 0, n);
  return {begin, std::clamp<Index>(table.uniform_end() - first, begin, n)};
}

/// Cells begin … end − 1 of rows.
Rows part(Rows rows, Index begin, Index end) {
  rows.result += begin;
  rows.n = end - begin;
  return rows;
}

const double* moved(const double* q, Index by) { return q != nullptr ? q + by : nullptr; }

/// Sums for the cells of rows whose stencils differ from those in the middle.
void add_at_ends(double factor, const double* q, const StencilTable& table, const Uniform& middle, Index first,
                 const Rows& rows, const double* p) {
  const auto add = [&](Index begin, Index end) {
    if (begin < end) {
      add_varying_sums(factor, moved(q, begin), table.reach(), table.column(first + begin), table.column_step(),
                       p + begin, part(rows, begin, end));
    }
  };
  add(0, middle.begin);
  add(middle.end, rows.n);
}

Index first_of(const Bundle& bundle, int last) { return bundle.cell[static_cast<std::size_t>(last)]; }

/// Whether a function that does not change along rows is the same in all of them.
bool same(const CellFunction& f, const Bundle& bundle) { return bundle.rows.count == 1 || !f.depends(bundle.axis); }

/// result_c += factor q_c Σ_k table[c][k] p_{c+k}; without q it is 1.
void add_sums_along(double factor, const double* q, const StencilTable& table, int last, const Bundle& bundle,
                    const Rows& rows) {
  const Index first = first_of(bundle, last);
  const Uniform middle = uniform(table, first, rows.n);
  if (middle.end > middle.begin) {
    const Stencil weights = Stencil{}.add(factor, table[first + middle.begin]);
    add_sums(moved(q, middle.begin), table.reach(), weights.middle(), {bundle.source + middle.begin, 1},
             part(rows, middle.begin, middle.end));
  }
  add_at_ends(factor, q, table, middle, first, rows, bundle.source);
}

}  // namespace

void add_along(double factor, const StencilTable& table, int last, const Bundle& bundle) {
  add_sums_along(factor, nullptr, table, last, bundle, bundle.rows);
}

void add_two_along(const StencilTable& table1, const double* p1, Index step1, double factor2,
                   const StencilTable& table2, int last, const Bundle& bundle) {
  const Index first = first_of(bundle, last);
  const Rows& rows = bundle.rows;
  Uniform middle = uniform(table1, first, rows.n);
  const Uniform other = uniform(table2, first, rows.n);
  middle.begin = std::min(std::max(middle.begin, other.begin), rows.n);
  middle.end = std::max(middle.begin, std::min(middle.end, other.end));
  if (middle.end > middle.begin) {
    const Stencil weights = Stencil{}.add(factor2, table2[first + middle.begin]);
    add_two_sums(std::max(table1.reach(), table2.reach()), table1[first + middle.begin].middle(), p1 + middle.begin,
                 step1, weights.middle(), bundle.source + middle.begin, part(rows, middle.begin, middle.end));
  }
  Rows in_first = rows;
  in_first.source_step = step1;
  add_at_ends(1, nullptr, table1, middle, first, in_first, p1);
  add_at_ends(factor2, nullptr, table2, middle, first, rows, bundle.source);
}

void add_along_times(const double* q, Index step, const StencilTable& table, int last, const Bundle& bundle) {
  Rows rows = bundle.rows;
  rows.factor_step = step;
  add_sums_along(1, q, table, last, bundle, rows);
}

void multiply(const CellFunction& f, int reach, const Bundle& bundle, RowBuffer& product) {
  for_each_row(bundle, [&](const Row& row, const double* p, Index i) {
    const double base = f.base(row.cell);
    const double* __restrict along = f.along(row.cell);
    double* __restrict to = first_row(product) + i * buffer_step(row.n);
    for (Index x = -reach; x < row.n + reach; ++x) {
      to[x] = (base + along[x]) * p[x];
    }
  });
}

void add_function_along(const CellFunction& f, const StencilTable& table, int last, const Bundle& bundle) {
  if (f.zero()) {
    return;
  }
  if (f.along(bundle.cell) != nullptr) {
    RowBuffer buffer;
    multiply(f, table.reach(), bundle, buffer);
    Bundle products = bundle;
    products.source = first_row(buffer);
    products.rows.source_step = buffer_step(bundle.rows.n);
    return add_along(1, table, last, products);
  }
  if (same(f, bundle)) {
    return add_along(f.base(bundle.cell), table, last, bundle);
  }
  for_each_row(bundle, [&](const Row& row, const double* p, Index) {
    add_along(f.base(row.cell), table, last, one_row(row, p));
  });
}

void add_own_function_along(const CellFunction& f, const StencilTable& table, int last, const Bundle& bundle) {
  if (f.zero()) {
    return;
  }
  if (f.along(bundle.cell) == nullptr && same(f, bundle)) {
    return add_along(f.base(bundle.cell), table, last, bundle);
  }
  RowBuffer buffer;
  for_each_row(bundle, [&](const Row& row, const double*, Index i) {
    const double base = f.base(row.cell);
    const double* __restrict along = f.along(row.cell);
    double* __restrict to = first_row(buffer) + i * buffer_step(row.n);
    for (Index x = 0; x < row.n; ++x) {
      to[x] = along != nullptr ? base + along[x] : base;
    }
  });
  add_along_times(first_row(buffer), buffer_step(bundle.rows.n), table, last, bundle);
}

void gather_function(const CellFunction& f, const StencilTable& table, int axis, const Cell& cell, RowSums& sums) {
  if (f.zero()) {
    return;
  }
  const Stencil& here = table[cell[static_cast<std::size_t>(axis)]];
  const int reach = table.reach();
  if (f.has_base()) {
    Stencil bases;
    f.bases(cell, axis, reach, bases.middle());
    for (int k = -reach; k <= reach; ++k) {
      sums.plain()[k] += here[k] * bases[k];
    }
  }
  if (const double* along = f.along(cell)) {
    sums.add(along, f.step(axis), here);
  }
}

void gather_own_function(const CellFunction& f, const StencilTable& table, int axis, const Cell& cell, RowSums& sums) {
  if (f.zero()) {
    return;
  }
  const Stencil& here = table[cell[static_cast<std::size_t>(axis)]];
  if (f.has_base()) {
    sums.plain().add(f.base(cell), here);
  }
  if (const double* along = f.along(cell)) {
    sums.add(along, 0, here);
  }
}

}  // namespace sgdflux::fv
