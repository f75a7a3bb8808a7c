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

/// An axis of the grid: of rows themselves (the last), or across them.
struct Direction {
  int axis;
  bool along_rows;
};

/// result_c += factor Σ_k table[c][k] p_{c+k} along rows, i.e. along axis `last`.
void add_along(double factor, const StencilTable& table, int last, const Row& row, const double* p);
/// result_c += q_c Σ_k table[c][k] p_{c+k} along rows.
void add_along_times(const double* q, const StencilTable& table, int last, const Row& row, const double* p);

/// result_c += Σ_k table[c][k] (f p)_{c+k}. Across rows, what takes one number per neighbour is added to `weights`
/// instead, for one add_sums in the end.
void add_function(const Direction& direction, const CellFunction& f, const StencilTable& table, const Row& row,
                  const Source& p, Stencil& weights);
/// result_c += f_c Σ_k table[c][k] u_{c+k}, in the same way.
void add_own_function(const Direction& direction, const CellFunction& f, const StencilTable& table, const Row& row,
                      const Source& u, Stencil& weights);

}  // namespace sgdflux::fv
