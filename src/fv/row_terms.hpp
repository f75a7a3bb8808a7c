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

/// result_c += factor Σ_k table[c][k] p_{c+k} along rows, i.e. along axis `last`.
void add_along(double factor, const StencilTable& table, int last, const Row& row, const double* p);
/// The same for two sums.
void add_two_along(const StencilTable& table1, const double* p1, double factor2, const StencilTable& table2,
                   const double* p2, int last, const Row& row);
/// result_c += q_c Σ_k table[c][k] p_{c+k} along rows.
void add_along_times(const double* q, const StencilTable& table, int last, const Row& row, const double* p);
/// A row with its neighbours at both ends; it begins at max_half_width.
using RowBuffer = std::array<double, longest_row + 2 * max_half_width>;
/// (base + along) p of a row, at `reach` cells beyond its ends, too.
void multiply(double base, const double* along, const double* p, int reach, Index n, RowBuffer& product);
/// result_c += Σ_k table[c][k] (f p)_{c+k} along rows.
void add_function_along(const CellFunction& f, const StencilTable& table, int last, const Row& row, const double* p);
/// result_c += f_c Σ_k table[c][k] u_{c+k} along rows.
void add_own_function_along(const CellFunction& f, const StencilTable& table, int last, const Row& row,
                            const double* u);

/// Σ_k table[c][k] (f p)_{c+k} along another axis, for a row that begins at `cell`.
void gather_function(const CellFunction& f, const StencilTable& table, int axis, const mesh::Cell& cell, RowSums& sums);
/// f_c Σ_k table[c][k] u_{c+k} in the same way.
void gather_own_function(const CellFunction& f, const StencilTable& table, int axis, const mesh::Cell& cell,
                         RowSums& sums);

}  // namespace sgdflux::fv
