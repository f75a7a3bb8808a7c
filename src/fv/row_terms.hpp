#pragma once
/// What a flux function contributes to rows of cells, by the stencils of an axis.
#include "fv/axis_stencils.hpp"
#include "fv/cell_function.hpp"
#include "fv/row_sums.hpp"

namespace sgdflux::fv {

/// Longest row that is worked on at once; products along it then stay in the first cache.
inline constexpr Index longest_row = 1024;

/// n cells along the last axis of the grid, the first of them, and where their results are added.
struct Row {
  mesh::Cell cell;
  Index n;
  double* result;
};

/// Rows that follow each other along an axis, from the first cell of the first of them, and where their sources begin.
struct Bundle {
  mesh::Cell cell;
  int axis;
  Rows rows;
  const double* source;
};
/// Calls visit(row, its source, its number) for every row.
template <class Visit>
void for_each_row(const Bundle& bundle, const Visit& visit) {
  Row row{bundle.cell, bundle.rows.n, bundle.rows.result};
  for (Index i = 0; i < bundle.rows.count; ++i) {
    visit(row, bundle.source + i * bundle.rows.source_step, i);
    row.cell[static_cast<std::size_t>(bundle.axis)] += 1;
    row.result += bundle.rows.result_step;
  }
}

/// The bundle of one row.
inline Bundle one_row(const Row& row, const double* source) { return {row.cell, 0, {row.result, row.n}, source}; }

/// result_c += factor Σ_k table[c][k] p_{c+k} along rows, i.e. along axis `last`, of a source p.
void add_along(double factor, const StencilTable& table, int last, const Bundle& bundle);
/// The same for two sums, of which the first is of p1, whose rows are `step1` apart.
void add_two_along(const StencilTable& table1, const double* p1, Index step1, double factor2,
                   const StencilTable& table2, int last, const Bundle& bundle);
/// result_c += q_c Σ_k table[c][k] p_{c+k} along rows, which in q are `step` apart.
void add_along_times(const double* q, Index step, const StencilTable& table, int last, const Bundle& bundle);
/// Rows with their neighbours at both ends.
using RowBuffer = std::array<double, longest_row + 2 * max_half_width>;
/// How far rows of n cells are apart in a buffer, and where the first of them begins.
inline Index buffer_step(Index n) { return n + 2 * max_half_width; }
template <class Buffer>
auto first_row(Buffer& buffer) {
  return buffer.data() + max_half_width;
}
/// product = f p in rows along which f changes, at `reach` cells beyond their ends, too.
void multiply(const CellFunction& f, int reach, const Bundle& bundle, RowBuffer& product);
/// result_c += Σ_k table[c][k] (f p)_{c+k} along rows.
void add_function_along(const CellFunction& f, const StencilTable& table, int last, const Bundle& bundle);
/// result_c += f_c Σ_k table[c][k] u_{c+k} along rows.
void add_own_function_along(const CellFunction& f, const StencilTable& table, int last, const Bundle& bundle);

/// Σ_k table[c][k] (f p)_{c+k} along another axis, for a row that begins at `cell`.
void gather_function(const CellFunction& f, const StencilTable& table, int axis, const mesh::Cell& cell, RowSums& sums);
/// f_c Σ_k table[c][k] u_{c+k} in the same way.
void gather_own_function(const CellFunction& f, const StencilTable& table, int axis, const mesh::Cell& cell,
                         RowSums& sums);

}  // namespace sgdflux::fv
