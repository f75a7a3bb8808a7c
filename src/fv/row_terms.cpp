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

double sum_at(const StencilTable& table, Index cell, const double* p) {
  const Stencil& weights = table[cell];
  double sum = 0;
  for (int k = -table.reach(); k <= table.reach(); ++k) {
    sum += weights[k] * p[k];
  }
  return sum;
}

/// Calls visit(x) for cells of the row whose stencils differ from those in the middle.
template <class Visit>
void for_each_end(const Uniform& middle, Index n, const Visit& visit) {
  for (Index x = 0; x < middle.begin; ++x) {
    visit(x);
  }
  for (Index x = middle.end; x < n; ++x) {
    visit(x);
  }
}

Index first_of(const Row& row, int last) { return row.cell[static_cast<std::size_t>(last)]; }

}  // namespace

void add_along(double factor, const StencilTable& table, int last, const Row& row, const double* p) {
  const Index first = first_of(row, last);
  const Uniform middle = uniform(table, first, row.n);
  if (middle.end > middle.begin) {
    const Stencil weights = Stencil{}.add(factor, table[first + middle.begin]);
    add_sums(table.reach(), weights.middle(), {p + middle.begin, 1}, row.result + middle.begin,
             middle.end - middle.begin);
  }
  for_each_end(middle, row.n, [&](Index x) { row.result[x] += factor * sum_at(table, first + x, p + x); });
}

void add_two_along(const StencilTable& table1, const double* p1, double factor2, const StencilTable& table2,
                   const double* p2, int last, const Row& row) {
  const Index first = first_of(row, last);
  Uniform middle = uniform(table1, first, row.n);
  const Uniform other = uniform(table2, first, row.n);
  middle.begin = std::min(std::max(middle.begin, other.begin), row.n);
  middle.end = std::max(middle.begin, std::min(middle.end, other.end));
  if (middle.end > middle.begin) {
    const Stencil weights = Stencil{}.add(factor2, table2[first + middle.begin]);
    add_two_sums(std::max(table1.reach(), table2.reach()), table1[first + middle.begin].middle(), p1 + middle.begin,
                 weights.middle(), p2 + middle.begin, row.result + middle.begin, middle.end - middle.begin);
  }
  for_each_end(middle, row.n, [&](Index x) {
    row.result[x] += sum_at(table1, first + x, p1 + x) + factor2 * sum_at(table2, first + x, p2 + x);
  });
}

void multiply(double base, const double* along, const double* p, int reach, Index n, RowBuffer& product) {
  double* __restrict to = product.data() + max_half_width;
  for (Index x = -reach; x < n + reach; ++x) {
    to[x] = (base + along[x]) * p[x];
  }
}

void add_along_times(const double* q, const StencilTable& table, int last, const Row& row, const double* p) {
  const Index first = first_of(row, last);
  const Uniform middle = uniform(table, first, row.n);
  if (middle.end > middle.begin) {
    add_sums_times(q + middle.begin, table.reach(), table[first + middle.begin].middle(), {p + middle.begin, 1},
                   row.result + middle.begin, middle.end - middle.begin);
  }
  for_each_end(middle, row.n, [&](Index x) { row.result[x] += q[x] * sum_at(table, first + x, p + x); });
}

void add_function_along(const CellFunction& f, const StencilTable& table, int last, const Row& row, const double* p) {
  if (f.zero()) {
    return;
  }
  const double* along = f.along(row.cell);
  if (along == nullptr) {
    add_along(f.base(row.cell), table, last, row, p);
    return;
  }
  RowBuffer product;
  multiply(f.base(row.cell), along, p, table.reach(), row.n, product);
  add_along(1, table, last, row, product.data() + max_half_width);
}

void add_own_function_along(const CellFunction& f, const StencilTable& table, int last, const Row& row,
                            const double* u) {
  if (f.zero()) {
    return;
  }
  const double base = f.base(row.cell);
  const double* along = f.along(row.cell);
  if (base != 0) {
    add_along(base, table, last, row, u);
  }
  if (along != nullptr) {
    add_along_times(along, table, last, row, u);
  }
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
