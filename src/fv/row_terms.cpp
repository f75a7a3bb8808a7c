#include "fv/row_terms.hpp"

#include <algorithm>

namespace sgdflux::fv {
namespace {

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

/// (f p)(x) at −reach … n + reach − 1 into `product`, which begins at −max_half_width.
void multiply(double base, const double* along, const double* p, int reach, Index n, double* product) {
  double* __restrict to = product + max_half_width;
  for (Index x = -reach; x < n + reach; ++x) {
    to[x] = (base + along[x]) * p[x];
  }
}

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

void add_along_times(const double* q, const StencilTable& table, int last, const Row& row, const double* p) {
  const Index first = first_of(row, last);
  const Uniform middle = uniform(table, first, row.n);
  if (middle.end > middle.begin) {
    add_sums_times(q + middle.begin, table.reach(), table[first + middle.begin].middle(), {p + middle.begin, 1},
                   row.result + middle.begin, middle.end - middle.begin);
  }
  for_each_end(middle, row.n, [&](Index x) { row.result[x] += q[x] * sum_at(table, first + x, p + x); });
}

void add_function(const Direction& direction, const CellFunction& f, const StencilTable& table, const Row& row,
                  const Source& p, Stencil& weights) {
  if (f.zero()) {
    return;
  }
  const double* along = f.along(row.cell);
  const int reach = table.reach();
  if (direction.along_rows) {
    std::array<double, longest_row + 2 * max_half_width> product;
    if (along == nullptr) {
      add_along(f.base(row.cell), table, direction.axis, row, p.row);
      return;
    }
    multiply(f.base(row.cell), along, p.row, reach, row.n, product.data());
    add_along(1, table, direction.axis, row, product.data() + max_half_width);
    return;
  }
  const Stencil& here = table[row.cell[static_cast<std::size_t>(direction.axis)]];
  Stencil bases;
  f.bases(row.cell, direction.axis, reach, bases.middle());
  for (int k = -reach; k <= reach; ++k) {
    weights[k] += here[k] * bases[k];
  }
  if (along != nullptr) {
    const Index step = f.step(direction.axis);
    step == 0 ? add_sums_times(along, reach, here.middle(), p, row.result, row.n)
              : add_sums_of_products(reach, here.middle(), {along, step}, p, row.result, row.n);
  }
}

void add_own_function(const Direction& direction, const CellFunction& f, const StencilTable& table, const Row& row,
                      const Source& u, Stencil& weights) {
  if (f.zero()) {
    return;
  }
  const double base = f.base(row.cell);
  const double* along = f.along(row.cell);
  if (direction.along_rows) {
    if (base != 0) {
      add_along(base, table, direction.axis, row, u.row);
    }
    if (along != nullptr) {
      add_along_times(along, table, direction.axis, row, u.row);
    }
    return;
  }
  const Stencil& here = table[row.cell[static_cast<std::size_t>(direction.axis)]];
  weights.add(base, here);
  if (along != nullptr) {
    add_sums_times(along, table.reach(), here.middle(), u, row.result, row.n);
  }
}

}  // namespace sgdflux::fv
